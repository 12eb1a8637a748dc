// What a container can do with the file of the program that launches it: see own_file.h.

#include <elf.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/runtime/run/run_process.h"

namespace runtime::run {
namespace {

namespace fs = std::filesystem;

// PT_INTERP of the program; it may be built without one.
std::string InterpreterOf(const std::string& program) {
  std::ifstream file(program, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part;
    std::memcpy(&part, bytes.data() + header.e_phoff + i * sizeof(part), sizeof(part));
    if (part.p_type == PT_INTERP) return bytes.substr(part.p_offset, part.p_filesz - 1);
  }
  return "";
}

class OwnFileTest : public RunTest {
 protected:
  std::string PlainRootfs() const {
    fs::create_directories(folder_ / "plain/bin");
    fs::copy_file("/bin/busybox", folder_ / "plain/bin/busybox");
    return folder_ / "plain";
  }

  // A rootfs in which all that is executed ends in our own program under a linker of the rootfs'.
  std::string HostileRootfs() const {
    const std::string interpreter = InterpreterOf(SECCOMP_RUN);
    EXPECT_NE(interpreter, "");
    const fs::path rootfs = folder_ / "rootfs";
    const fs::path linker = rootfs.string() + interpreter;
    fs::create_directories(linker.parent_path());
    fs::create_directories(rootfs / "bin");
    fs::copy_file(OWN_FILE, linker);
    std::ofstream(rootfs / "bin/script") << "#!/proc/self/exe\n";
    fs::permissions(rootfs / "bin/script", fs::perms(0755));
    fs::create_symlink("/proc/self/exe", rootfs / "bin/link");
    return rootfs;
  }
};

TEST_F(OwnFileTest, AContainerCannotWriteToIt) {
  if (std::string(OWN_FILE).empty()) GTEST_SKIP() << "own_file.c is for x86_64";
  const std::string rootfs = HostileRootfs();
  const auto size = fs::file_size(SECCOMP_RUN);
  for (const char* command : {"/bin/script", "/bin/link"}) {
    for (const char* isolation : {"linux/seccomp,filesystem/linux,linux/capabilities",
                                  "linux/seccomp,filesystem/linux,namespaces/pid"}) {
      // Not ETXTBSY, which would end with this program.
      EXPECT_EQ(Run({"--rootfs", rootfs, "--isolation", isolation, "--", command}).out,
                "error " + std::to_string(EROFS) + "\n")
          << command;
    }
  }
  EXPECT_EQ(fs::file_size(SECCOMP_RUN), size);
}

// As before Linux 5.2: in a container that refuses the new calls for mounts.
TEST_F(OwnFileTest, WithoutSuchMountsItIsACopy) {
  std::ofstream(folder_ / "old.json") << R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
      {"names": ["open_tree"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]})";
  const std::string script =
      SECCOMP_RUN " --rootfs " + PlainRootfs() +
      " -- /bin/busybox sleep 100 &\n"
      "for i in $(seq 100); do readlink /proc/$!/exe | grep memfd: && break; sleep 0.1; done\n"
      "kill $!";
  EXPECT_HAS(Run({"--isolation=linux/seccomp", "--profile", (folder_ / "old.json").string(), "--",
                  "sh", "-c", script})
                 .out,
             "memfd:program");
}

TEST_F(OwnFileTest, TheProgramKeepsItsName) {
  const pid_t pid =
      Start({"--rootfs", PlainRootfs(), "--", "/bin/busybox", "sh", "-c", "echo ready; sleep 100"});
  AwaitReady();
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  EXPECT_EQ(name, fs::path(SECCOMP_RUN).filename());
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

TEST_F(OwnFileTest, ALinkInTheRootfsMovesNoMount) {
  for (const char* link : {"dev", "proc"}) {
    const fs::path rootfs = folder_ / (std::string("rootfs-") + link);
    fs::create_directories(rootfs / "bin");
    fs::create_directories(rootfs / (std::string(link) == "dev" ? "proc" : "dev"));
    fs::copy_file("/bin/busybox", rootfs / "bin/busybox");
    fs::create_symlink(std::string(link) == "dev" ? "proc" : "dev", rootfs / link);
    const Outcome outcome = Run({"--rootfs", rootfs.string(), "--", "/bin/busybox", "true"});
    EXPECT_EQ(outcome.exit_code, 125);
    EXPECT_HAS(outcome.err, "it must be a folder there, not a symbolic link");
  }
}

}  // namespace
}  // namespace runtime::run
