// Limits, host name, a filter that comes late, and what stands in for calls that this kernel may
// lack.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <new>
#include <string>
#include <thread>

#include "runtime/launch/resource.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

using SetupTest = KernelTest;
using schema::filter::Filter;

TEST(ParseLimits, TakesNamesAndNumbers) {
  const auto limits = ParseLimits("nofile=10:20,core=0,as=5:unlimited").value();
  ASSERT_EQ(limits.size(), 3U);
  EXPECT_EQ(limits[0].resource, RLIMIT_NOFILE);
  EXPECT_EQ(limits[0].soft, 10U);
  EXPECT_EQ(limits[0].hard, 20U);
  EXPECT_EQ(limits[1].hard, 0U);
  EXPECT_EQ(limits[2].hard, static_cast<std::uint64_t>(RLIM64_INFINITY));
  for (const char* bad : {"", "nofile", "nofile=", "nofile=x", "nofile=2:1", "nofile=-1", "open=1",
                          "core=0,core=1", "core=0,", "core=1:2:3"}) {
    EXPECT_FALSE(ParseLimits(bad)) << bad;
  }
}

TEST_F(SetupTest, SetsResourceLimits) {
  Spec spec = Shell("ulimit -Sn; ulimit -Hn; ulimit -c");
  spec.limits = ParseLimits("nofile=100:200,core=0").value();
  EXPECT_EQ(RunToEnd(spec).output, "100\n200\n0\n");
}

TEST_F(SetupTest, NamesTheLimitThatCannotBeSet) {
  EXPECT_TRUE(InFork([] {
    const rlimit low = {100, 100};
    if (setrlimit(RLIMIT_NOFILE, &low) != 0) return false;
    Spec spec = Command({"true"});
    spec.limits = ParseLimits("core=0,nofile=100:1000").value();
    spec.bounding = schema::kernel::CapabilitySet();
    const LaunchResult result = Launch(spec);
    // A root with CAP_SYS_RESOURCE may.
    return result || result.error().error.message ==
                         "set the resource limit nofile (prlimit64): Operation not permitted: a "
                         "hard limit is raised with CAP_SYS_RESOURCE alone";
  }));
}

TEST_F(SetupTest, SetsTheHostName) {
  Spec spec = Command({"uname", "-n"});
  spec.host_name = "inside";
  EXPECT_EQ(FailedLaunch(spec).error.message, "a host name needs a uts namespace");
  spec.namespaces.uts = true;
  EXPECT_EQ(RunToEnd(spec).output, "inside\n");
  EXPECT_NE(RunToEnd(Command({"uname", "-n"})).output, "inside\n");
}

TEST_F(SetupTest, AFilterMayComeLate) {
  for (const bool init : {false, true}) {
    Spec spec = Shell("grep Seccomp: /proc/self/status; uname");
    spec.namespaces.pid = spec.init = init;
    spec.late_filter = [] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the container waits
      Filter filter = FilterOn({SYS_uname}, SECCOMP_RET_ERRNO | EPERM);
      // As long as one can be: more than one read.
      while (filter.program.size() < schema::filter::kMaxInstructions) {
        filter.program.push_back(filter.program.back());
      }
      return schema::Result<Filter>(filter);
    };
    const Ended ended = RunToEnd(spec);
    EXPECT_TRUE(ended.output.starts_with("Seccomp:\t2\n")) << ended.output;
    EXPECT_NE(ended.status, 0) << "uname is denied";
  }
}

TEST_F(SetupTest, WithoutItsLateFilterNothingIsExecuted) {
  const std::string witness = testing::TempDir() + "executed";
  unlink(witness.c_str());
  for (const bool init : {false, true}) {
    Spec spec = Command({"touch", witness});
    spec.namespaces.pid = spec.init = init;
    spec.late_filter = [] { return schema::Error{schema::ErrorCode::kInvalid, "no good", 0}; };
    EXPECT_EQ(FailedLaunch(spec).error.message, "no good");
    spec.late_filter = [] { return Filter(); };  // empty
    EXPECT_EQ(FailedLaunch(spec).error.code, schema::ErrorCode::kInvalid);
    spec.late_filter = [] { return FilterOn({}, 0); };
    spec.command = "no-such-command";  // the child's own failure, with a filter under way
    EXPECT_EQ(FailedLaunch(spec).failure, Failure::kNotFound);
    spec.rootfs = "/no/such/rootfs";
    EXPECT_EQ(FailedLaunch(spec).step, Step::kBindRootfs);
  }
  EXPECT_NE(access(witness.c_str(), F_OK), 0);
}

TEST_F(SetupTest, AnExceptionLeavesNothing) {
  const Holdings before = Holdings::Now();
  for (const bool init : {false, true}) {
    Spec spec = Command({"sleep", "100"});
    spec.namespaces.pid = spec.init = init;
    spec.late_filter = []() -> schema::Result<Filter> { throw std::bad_alloc(); };
    EXPECT_THROW((void)Launch(spec), std::bad_alloc);
  }
  EXPECT_EQ(before, Holdings::Now());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

// A launcher that dies while it makes the filter.
TEST_F(SetupTest, WithoutItsLauncherNothingIsExecuted) {
  const std::string witness = testing::TempDir() + "executed_without";
  unlink(witness.c_str());
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  EXPECT_FALSE(InFork([&] {
    Spec spec = Command({"touch", witness});
    spec.stdio[1] = write_end.number();
    spec.late_filter = []() -> schema::Result<Filter> { _exit(1); };
    return Launch(spec).has_value();
  }));
  write_end.Close();
  char byte = 0;
  EXPECT_EQ(read(read_end.number(), &byte, 1), 0) << "the child gives up";
  EXPECT_NE(access(witness.c_str(), F_OK), 0);
}

// Under a sandbox that hides them: an older kernel looks the same.
bool WorksWithout(std::initializer_list<long> calls, int error) {
  return InFork([&] {
    Filter filter = FilterOn(calls, SECCOMP_RET_ERRNO | static_cast<unsigned>(error));
    const sock_fprog program = {static_cast<unsigned short>(filter.program.size()),
                                filter.program.data()};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return false;
    const Descriptor careless(dup2(STDERR_FILENO, 100));
    Spec spec = Command({"ls", "/proc/self/fd"});
    spec.namespaces.pid = spec.init = true;
    return RunToEnd(spec).output == "0\n1\n2\n3\n";
  });
}

TEST_F(SetupTest, WorksWithoutCloneThreeAndCloseRange) {
  for (const int error : {ENOSYS, EPERM}) {
    EXPECT_TRUE(WorksWithout({SYS_clone3}, error)) << error;
    EXPECT_TRUE(WorksWithout({SYS_close_range}, error)) << error;
    EXPECT_TRUE(WorksWithout({SYS_clone3, SYS_close_range}, error)) << error;
  }
}

}  // namespace
}  // namespace runtime::launch
