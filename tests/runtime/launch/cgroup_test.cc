// Cgroups, as far as this machine has them: where its v2 has no controllers, the message that says
// so.

#include "runtime/launch/cgroup.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;

class CgroupTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    auto cgroup = Cgroup::Create(name_, {});
    if (!cgroup) GTEST_SKIP() << "needs a writable cgroup v2: " << cgroup.error().message;
    cgroup_.emplace(std::move(*cgroup));
  }

  std::string name_ = "launch_test-" + std::to_string(getpid());
  std::optional<Cgroup> cgroup_;
};

TEST_F(CgroupTest, TheContainerIsBornInIt) {
  for (const bool init : {false, true}) {
    Spec spec = Command({"cat", "/proc/self/cgroup"});
    spec.cgroup = cgroup_->folder();
    spec.namespaces.pid = spec.init = init;
    EXPECT_NE(RunToEnd(spec).output.find("0::/" + name_ + "\n"), std::string::npos);
  }
}

TEST_F(CgroupTest, WithoutCloneThreeItIsMovedThere) {
  EXPECT_TRUE(InFork([this] {
    const auto filter = FilterOn({SYS_clone3}, SECCOMP_RET_ERRNO | ENOSYS);
    const sock_fprog program = {static_cast<unsigned short>(filter.program.size()),
                                const_cast<sock_filter*>(filter.program.data())};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return false;
    Spec spec = Command({"cat", "/proc/self/cgroup"});
    spec.cgroup = cgroup_->folder();
    return RunToEnd(spec).output.find("0::/" + name_ + "\n") != std::string::npos;
  }));
}

TEST_F(CgroupTest, ItsKillEndsAll) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Spec spec = Shell("setsid sleep 100 & exec sleep 100");  // no pid namespace: one gets away
  spec.stdio[1] = write_end.number();
  spec.cgroup = cgroup_->folder();
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  write_end.Close();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(cgroup_->Kill());
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGKILL");
  pollfd poll_fd = {read_end.number(), 0, 0};
  EXPECT_EQ(poll(&poll_fd, 1, 5000), 1);
}

TEST_F(CgroupTest, GoesWithItsOwner) {
  EXPECT_EQ(Cgroup::Create(name_, {}).error().system_errno, EEXIST);
  cgroup_.reset();
  EXPECT_TRUE(Cgroup::Create(name_, {}));
  EXPECT_TRUE(Cgroup::Create(name_, {}));
}

TEST_F(CgroupTest, OneThatWasLetGoIsEndedByItsName) {
  cgroup_->LetGo();
  const fs::path inner =
      "/proc/self/fd/" + std::to_string(cgroup_->folder()) + "/inner";  // of the container's own
  ASSERT_TRUE(fs::create_directory(inner));
  Spec spec = Command({"sleep", "100"});
  spec.cgroup = cgroup_->folder();
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  std::ofstream(inner / "cgroup.procs") << process->pid() << std::endl;
  cgroup_.reset();
  EXPECT_EQ(kill(process->pid(), 0), 0);
  EXPECT_EQ(Cgroup::Create(name_, {}).error().system_errno, EEXIST);
  EXPECT_TRUE(Cgroup::End(name_));
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGKILL");
  EXPECT_TRUE(Cgroup::Create(name_, {}));
  EXPECT_TRUE(Cgroup::End(name_)) << "there is none";
}

// As on Linux before 5.14.
TEST_F(CgroupTest, WithoutAFileToKillByInnerOnesEndToo) {
  cgroup_->LetGo();
  const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(cgroup_->folder()));
  const fs::path inner = path / "inner" / "most";
  ASSERT_TRUE(fs::create_directories(inner));
  Spec spec = Command({"sleep", "100"});
  spec.cgroup = cgroup_->folder();
  const LaunchResult outer_one = Launch(spec);
  const LaunchResult inner_one = Launch(spec);
  ASSERT_TRUE(outer_one && inner_one);
  std::ofstream(inner / "cgroup.procs") << inner_one->pid() << std::endl;
  EXPECT_TRUE(InFork([&] {
    const fs::path file = path / "cgroup.kill";
    return unshare(CLONE_NEWNS) == 0 &&
           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           (!fs::exists(file) ||
            mount("/dev/full", file.c_str(), nullptr, MS_BIND, nullptr) == 0) &&
           Cgroup::End(name_);
  }));
  EXPECT_EQ(DescribeExit(outer_one->Wait().value()), "killed by SIGKILL");
  EXPECT_EQ(DescribeExit(inner_one->Wait().value()), "killed by SIGKILL");
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(CgroupTest, WithoutAMountOnlyLimitsAreRefused) {
  EXPECT_TRUE(InFork([this] {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        umount2("/sys/fs/cgroup", MNT_DETACH) != 0) {
      return false;
    }
    CgroupLimits limits;
    limits.processes = 7;
    const auto without = Cgroup::CreateWhereMounted(name_, {});
    const auto with = Cgroup::CreateWhereMounted(name_, limits);
    return without && !*without && !with && with.error().code == schema::ErrorCode::kUnsupported &&
           Cgroup::End(name_);
  }));
}

TEST_F(CgroupTest, OneWhoseOwnerWasKilledIsRemoved) {
  using std::chrono::seconds;
  const std::string abandoned = name_ + "-abandoned";
  EXPECT_FALSE(InFork([&] {
    const auto cgroup = Cgroup::Create(abandoned, {});
    raise(SIGKILL);
    return cgroup.has_value();
  }));
  EXPECT_EQ(Cgroup::Create(abandoned, {}).error().system_errno, EEXIST);
  Cgroup::RemoveAbandoned(name_, seconds(1000));
  EXPECT_EQ(Cgroup::Create(abandoned, {}).error().system_errno, EEXIST) << "too young";
  Cgroup::RemoveAbandoned(name_, seconds(0));
  EXPECT_TRUE(Cgroup::Create(abandoned, {}));
  EXPECT_EQ(Cgroup::Create(name_, {}).error().system_errno, EEXIST) << "its owner lives";
}

TEST_F(CgroupTest, LimitsHoldOrAreRefused) {
  cgroup_.reset();
  std::array<CgroupLimits, 3> limits;
  limits[0].memory_bytes = 64 << 20;
  limits[1].cpu_millis = 500;
  limits[2].processes = 7;
  const char* const files[] = {"memory.max", "cpu.max", "pids.max"};
  const char* const values[] = {"67108864", "50000 100000", "7"};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto cgroup = Cgroup::Create(name_, limits[i]);
    if (!cgroup) {
      EXPECT_EQ(cgroup.error().code, schema::ErrorCode::kUnsupported);
      EXPECT_NE(cgroup.error().message.find("has no controller"), std::string::npos)
          << cgroup.error().message;
      EXPECT_TRUE(cgroup.error().message.starts_with(files[i]));
      continue;
    }
    const Descriptor file(openat(cgroup->folder(), files[i], O_RDONLY | O_CLOEXEC));
    char buffer[64] = {};
    ASSERT_GT(read(file.number(), buffer, sizeof(buffer) - 1), 0);
    EXPECT_EQ(std::string(buffer), std::string(values[i]) + "\n");
  }
}

// A filter stands in for a limit of some KiB: what fails cannot be told for want of memory, too.
TEST_F(CgroupTest, ALimitThatDoesNotDoForTheLaunch) {
  Spec spec = Command({"true"});
  spec.cgroup = cgroup_->folder();
  spec.filter = FilterOn({SYS_execve, SYS_write, SYS_sendmsg}, SECCOMP_RET_ERRNO | ENOMEM);
  for (const bool init : {false, true}) {
    spec.namespaces.pid = spec.init = init;
    const LaunchError failed = FailedLaunch(spec);
    EXPECT_EQ(failed.error.message,
              "launch true: Cannot allocate memory: the memory limit of its cgroup is too low for "
              "that");
    EXPECT_EQ(failed.failure, Failure::kSetup);
  }
}

TEST(Cgroup, TakesNoPathForAName) {
  for (const char* name : {"", "a/b", "..", "."}) {
    EXPECT_EQ(Cgroup::Create(name, {}).error().code, schema::ErrorCode::kInvalid) << name;
  }
}

}  // namespace
}  // namespace runtime::launch
