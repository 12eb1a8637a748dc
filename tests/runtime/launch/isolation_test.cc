// Namespaces and a root of its own.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;

constexpr char kBusybox[] = "/bin/busybox";

class IsolationTest : public KernelTest {};

// A folder with busybox as all its commands.
class RootfsTest : public FolderTest {
 protected:
  void SetUp() override {
    if (!fs::exists(kBusybox)) GTEST_SKIP() << "needs " << kBusybox << " (busybox-static)";
    FolderTest::SetUp();
    if (folder_.empty()) return;
    rootfs_ = folder_ / "rootfs";
    fs::create_directories(rootfs_ / "bin");
    fs::copy_file(kBusybox, rootfs_ / "bin/busybox");
    for (const char* name_of_link :
         {"sh", "ls", "cat", "ps", "stat", "id", "touch", "true", "mknod", "head", "wc"}) {
      fs::create_symlink("busybox", rootfs_ / "bin" / name_of_link);
    }
  }

  Spec Contained(const std::string& script) const {
    Spec spec = Shell(script);
    spec.rootfs = rootfs_;
    spec.namespaces.pid = true;
    return spec;
  }

  fs::path rootfs_;
};

TEST_F(IsolationTest, PidNamespaceHasItsOwnProc) {
  const Holdings before = Holdings::Now();
  Spec spec = Shell("echo $$; ls -d /proc/[0-9]*; grep ' /proc ' /proc/self/mountinfo | tail -1");
  spec.namespaces.pid = true;
  const std::string output = RunToEnd(spec).output;
  EXPECT_TRUE(output.starts_with("1\n/proc/1\n")) << output;
  EXPECT_NE(output.find("nosuid,nodev,noexec"), std::string::npos) << output;
  EXPECT_EQ(before, Holdings::Now()) << "the mount must not reach the host";
}

TEST_F(IsolationTest, ItsProcIsReadOnlyWhereItIsTheHosts) {
  Spec spec = Shell(
      "test -r /proc/sys/kernel/core_pattern || exit 1; (echo x > /proc/sys/kernel/core_pattern) 2>&1;"
      "wc -c < /proc/interrupts; exit 7");
  spec.namespaces.pid = true;
  const Ended ended = RunToEnd(spec);
  EXPECT_EQ(DescribeExit(ended.status), "exited with 7");
  EXPECT_NE(ended.output.find("Read-only file system"), std::string::npos) << ended.output;
  EXPECT_TRUE(ended.output.ends_with("\n0\n")) << ended.output;
}

TEST_F(IsolationTest, EachNamespaceIsNewOnlyWhereAskedFor) {
  const std::string script =
      "readlink /proc/self/ns/mnt /proc/self/ns/ipc /proc/self/ns/uts "
      "/proc/self/ns/net";
  const auto links = [&script](const Namespaces& namespaces) {
    Spec spec = Shell(script);
    spec.namespaces = namespaces;
    std::istringstream lines(RunToEnd(spec).output);
    std::vector<std::string> result;
    for (std::string line; std::getline(lines, line);) result.push_back(line);
    return result;
  };
  const std::vector<std::string> host = links({});
  ASSERT_EQ(host.size(), 4U);
  bool Namespaces::*const members[] = {&Namespaces::mount, &Namespaces::ipc, &Namespaces::uts,
                                       &Namespaces::net};
  for (std::size_t i = 0; i < 4; ++i) {
    Namespaces namespaces;
    namespaces.*members[i] = true;
    const std::vector<std::string> inside = links(namespaces);
    ASSERT_EQ(inside.size(), 4U);
    for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(inside[j] != host[j], i == j) << i << ", " << j;
  }
}

TEST_F(IsolationTest, KillingTheProgramKillsItsNamespace) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Spec spec = Shell("sleep 100 & sleep 100");
  spec.namespaces.pid = true;
  spec.stdio[1] = write_end.number();
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  write_end.Close();
  ASSERT_TRUE(process->Signal(SIGKILL));
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGKILL");
  char byte = 0;
  EXPECT_EQ(read(read_end.number(), &byte, 1), 0) << "the background process is dead, too";
}

TEST_F(RootfsTest, ShowsItsOwnFilesAlone) {
  const Holdings before = Holdings::Now();
  std::ofstream(folder_ / "secret") << "x";
  const Ended ended =
      RunToEnd(Contained("pwd; ls /; ls -d /.. /../*; cat " + (folder_ / "secret").string()));
  EXPECT_EQ(ended.output, "/\nbin\ndev\nproc\n/..\n/../bin\n/../dev\n/../proc\ncat: can't open '" +
                              (folder_ / "secret").string() + "': No such file or directory\n");
  EXPECT_EQ(before, Holdings::Now());
  const std::string mounts = RunToEnd(Contained("cat /proc/self/mountinfo")).output;
  for (std::istringstream lines(mounts); !lines.eof();) {
    std::string line;
    if (!std::getline(lines, line)) break;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    EXPECT_TRUE(word == "/" || word.starts_with("/dev") || word.starts_with("/proc")) << line;
    EXPECT_EQ(line.find("master:"), std::string::npos) << line;
    EXPECT_EQ(line.find("shared:"), std::string::npos) << line;
  }
}

// A rootfs without the mount points gets them for a program alone.
TEST_F(RootfsTest, ARefusedFilterLeavesTheRootfsAsItWas) {
  for (const bool init : {false, true}) {
    Spec spec = Contained("true");
    spec.init = init;
    spec.late_filter = [] { return schema::Error{schema::ErrorCode::kInvalid, "no good", 0}; };
    EXPECT_EQ(FailedLaunch(spec).error.message, "no good");
    EXPECT_FALSE(fs::exists(rootfs_ / "dev"));
    EXPECT_FALSE(fs::exists(rootfs_ / "proc"));
  }
  Spec spec = Contained("true");
  spec.late_filter = [] { return schema::Result<schema::filter::Filter>(FilterOn({}, 0)); };
  EXPECT_EQ(RunToEnd(spec).status, 0);
}

// CAP_MKNOD is one of Docker's capabilities.
TEST_F(RootfsTest, NoDevicesButThoseOfDev) {
  fs::create_directory(rootfs_ / "mounted");
  EXPECT_TRUE(InFork([this] {
    // With what the host has mounted below it.
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", (rootfs_ / "mounted").c_str(), "tmpfs", 0, "") != 0) {
      return false;
    }
    std::vector<std::string> places = {"/", "/dev/", "/dev/shm/"};
    const bool is_old = syscall(SYS_mount_setattr, -1, "", 0U, nullptr, 0) != 0 && errno == ENOSYS;
    if (!is_old) places.emplace_back("/mounted/");  // see Spec::rootfs
    std::string script = "for place in";
    std::string expected;
    for (const std::string& place : places) {
      script += " " + place;
      expected += "head: " + place + "mine: Permission denied\n";
    }
    const std::string output =
        RunToEnd(Contained(script + "; do mknod ${place}mine c 1 5 && head -c 1 ${place}mine; "
                                    "done 2>&1; head -c 2 /dev/zero | wc -c; "
                                    "echo x >/dev/null && head -c 1 /dev/urandom | wc -c"))
            .output;
    EXPECT_EQ(output, expected + "2\n1\n");
    return !HasFailure();
  }));
}

// Most hosts share all their mounts with new namespaces; this one may not. Looked at while the
// program runs, for with its namespace all traces would go.
TEST_F(RootfsTest, MountsDoNotReachAHostThatSharesThem) {
  EXPECT_TRUE(InFork([this] {
    if (unshare(CLONE_NEWNS) != 0) return false;
    if (mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr) != 0) return false;
    const std::string before = Holdings::Now().mounts;
    Spec with_rootfs = Contained("while true; do :; done");
    Spec without = Shell("sleep 100");
    without.namespaces.pid = true;
    for (const Spec& spec : {with_rootfs, without}) {
      const LaunchResult process = Launch(spec);
      if (!process) return false;
      const std::string during = Holdings::Now().mounts;
      if (!process->Signal(SIGKILL) || !process->Wait() || during != before) return false;
    }
    return before.find("shared:") != std::string::npos;
  }));
}

TEST_F(RootfsTest, HasProcOfItsPidNamespace) {
  const std::string output = RunToEnd(Contained("echo $$; ps -o pid,comm; true")).output;
  EXPECT_TRUE(output.starts_with("1\nPID   COMMAND\n    1 sh\n")) << output;
}

TEST_F(RootfsTest, HasDevices) {
  const std::string output =
      RunToEnd(Contained("umask; cd /dev; stat -c '%n %t:%T %a' null zero full random urandom tty;"
                         "echo hello > null; /bin/busybox head -c 3 zero | /bin/busybox wc -c;"
                         "echo to-stdout > /dev/stdout; for i in fd stdin stdout stderr; do "
                         "/bin/busybox readlink $i; done;"
                         "stat -c %a /dev; echo x > full"))
          .output;
  EXPECT_EQ(output.substr(output.find('\n') + 1),
            "null 1:3 666\nzero 1:5 666\nfull 1:7 666\nrandom 1:8 666\nurandom 1:9 666\n"
            "tty 5:0 666\n3\nto-stdout\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n"
            "/proc/self/fd/2\n755\nsh: write error: No space left on device\n");
  EXPECT_EQ(output.substr(0, output.find('\n')), RunToEnd(Shell("umask")).output.substr(0, 4));
}

TEST_F(RootfsTest, ProtectsTheHostsFilesInProc) {
  const std::string output =
      RunToEnd(Contained("for i in /proc/sysrq-trigger /proc/sys/kernel/panic"
                         "; do test ! -e $i || echo 0 > $i; done;"
                         "stat -c '%n %t:%T' /proc/kcore /proc/keys "
                         "/proc/timer_list /proc/interrupts 2> /dev/null"))
          .output;
  std::istringstream lines(output);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    // The files of the second sort are /dev/null.
    EXPECT_TRUE(line.ends_with(": Read-only file system") || line.ends_with(" 1:3")) << line;
  }
  EXPECT_GE(count, 2) << output;  // not every kernel has all
}

TEST_F(RootfsTest, WorksWithAllIsolationAtOnce) {
  Spec spec = Contained("id -u; cat /proc/self/status; touch /x");
  spec.namespaces = {true, true, true, true, true};
  spec.user = User{65534, 65534, {}};
  spec.bounding = schema::kernel::CapabilitySet::Docker();
  spec.filter = FilterOn({}, 0);
  spec.working_directory = "/bin";
  const std::string output = RunToEnd(spec).output;
  EXPECT_TRUE(output.starts_with("65534\n")) << output;
  EXPECT_EQ(Field(output, "Seccomp"), "2");
  EXPECT_EQ(Field(output, "CapEff"), "0000000000000000");
  EXPECT_TRUE(output.ends_with("touch: /x: Permission denied\n")) << output;
}

TEST_F(RootfsTest, SearchesItsOwnPath) {
  Spec spec = Contained("");
  spec.command = "true";
  spec.environment.clear();
  EXPECT_EQ(RunToEnd(spec).status, 0);
  spec.command = "/bin/bash";  // the host has it
  EXPECT_EQ(FailedLaunch(spec).failure, Failure::kNotFound);
}

// Links that would lead to the host if they were followed there.
TEST_F(RootfsTest, LinksInTheRootfsDoNotReachTheHost) {
  const fs::path victim = folder_ / "victim";
  fs::create_directory(victim);
  for (const char* mount_point : {"dev", "proc"}) {
    fs::create_symlink(victim, rootfs_ / mount_point);
    const LaunchError error = FailedLaunch(Contained("true"));
    EXPECT_EQ(error.step, std::string(mount_point) == "dev" ? Step::kMountDev : Step::kMountProc)
        << error.error.message;
    EXPECT_TRUE(fs::is_empty(victim));
    fs::remove(rootfs_ / mount_point);
  }
  // Nor inside: a link to /proc would have the mounts that protect it land elsewhere.
  fs::remove(rootfs_ / "dev");
  fs::create_symlink("proc", rootfs_ / "dev");
  EXPECT_EQ(FailedLaunch(Contained("true")).error.system_errno, ELOOP);
}

TEST_F(RootfsTest, TheWorkingDirectoryMayNotLeaveIt) {
  Spec spec = Contained("ls");
  spec.namespaces.pid = false;  // so that /proc shows the host's processes
  const std::string process = "/proc/" + std::to_string(getpid());
  for (const char* folder : {"/root", "/root/etc", "/cwd"}) {
    spec.working_directory = process + folder;
    const LaunchError error = FailedLaunch(spec);
    EXPECT_EQ(error.step, Step::kWorkingDirectory);
    EXPECT_TRUE(error.error.message.ends_with("it is outside the rootfs")) << error.error.message;
  }
  // An open folder of the launcher is no way out either (Linux 5.9: the child has closed it).
  const Descriptor folder(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  spec.namespaces.pid = true;
  spec.working_directory = "/proc/self/fd/" + std::to_string(folder.number());
  EXPECT_EQ(FailedLaunch(spec).error.system_errno, ENOENT);
}

TEST_F(RootfsTest, NamesTheStepThatFailed) {
  Spec spec = Contained("true");
  spec.rootfs = "/no/such/rootfs";
  EXPECT_EQ(FailedLaunch(spec).error.message,
            "mount the rootfs /no/such/rootfs (mount MS_BIND): No such file or directory");
  spec.rootfs = "/etc/passwd";
  EXPECT_EQ(FailedLaunch(spec).step, Step::kEnterRootfs);
  spec = Contained("true");
  spec.working_directory = "/no/such/folder";
  EXPECT_EQ(FailedLaunch(spec).step, Step::kWorkingDirectory);
  fs::remove_all(rootfs_ / "dev");
  std::ofstream(rootfs_ / "dev") << "a file";
  EXPECT_EQ(FailedLaunch(spec).step, Step::kMountDev);
}

}  // namespace
}  // namespace runtime::launch
