// What a container finds in the place of the program that launches it: see
// runtime/launch/starter/main.cc.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/launch/launch.h"
#include "schema/descriptor.h"
#include "tests/runtime/run/run_process.h"

namespace runtime::run {
namespace {

namespace fs = std::filesystem;

class StarterTest : public RunTest {
 protected:
  std::string PlainRootfs() const {
    fs::create_directories(folder_ / "plain/bin");
    fs::copy_file("/bin/busybox", folder_ / "plain/bin/busybox");
    return folder_ / "plain";
  }

  // All that is executed in it ends in what executes it.
  std::string HostileRootfs() const {
    const fs::path rootfs = folder_ / "rootfs";
    fs::create_directories(rootfs / "bin");
    std::ofstream(rootfs / "bin/script") << "#!/proc/self/exe\n";
    fs::permissions(rootfs / "bin/script", fs::perms(0755));
    fs::create_symlink("/proc/self/exe", rootfs / "bin/link");
    return rootfs;
  }
};

// With the rights of the container it is a program that knows that nobody has launched it.
TEST_F(StarterTest, AContainerThatExecutesItGetsNothing) {
  const std::string rootfs = HostileRootfs();
  for (const char* command : {"/bin/script", "/bin/link"}) {
    for (const char* isolation : {"linux/seccomp,filesystem/linux,linux/capabilities",
                                  "linux/seccomp,filesystem/linux,namespaces/pid"}) {
      for (const char* more : {"--no-init", "--workdir=/"}) {
        const Outcome outcome =
            Run({"--rootfs", rootfs, "--isolation", isolation, more, "--", command});
        EXPECT_EQ(outcome.exit_code, ENOEXEC) << command << " " << isolation << more;
        EXPECT_EQ(outcome.out + outcome.err, "");
      }
    }
  }
}

// Init stays for as long as the container does: a copy that nobody can write to, not the host's
// file.
TEST_F(StarterTest, InitIsASealedCopy) {
  const pid_t pid =
      Start({"--rootfs", PlainRootfs(), "--", "/bin/busybox", "sh", "-c", "echo ready; sleep 100"});
  AwaitReady();
  std::string init;
  std::getline(
      std::ifstream("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children"),
      init, ' ');
  const std::string path = "/proc/" + init + "/exe";
  EXPECT_EQ(fs::read_symlink(path), "/memfd:seccomp-starter (deleted)");
  const schema::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(fcntl(file.number(), F_GET_SEALS),
            F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

TEST_F(StarterTest, ALinkInTheRootfsMovesNoMount) {
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
