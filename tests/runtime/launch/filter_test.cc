// The filter goes in last, and its failures are told apart.

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

using FilterTest = KernelTest;

constexpr std::uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;

Spec Filtered(Spec spec, std::initializer_list<long> numbers, std::uint32_t ret) {
  spec.filter = FilterOn(numbers, ret);
  return spec;
}

TEST_F(FilterTest, IsInPlaceOnlyWhereAskedFor) {
  const Spec plain = Command({"cat", "/proc/self/status"});
  const std::string unconfined = RunToEnd(plain).output;
  EXPECT_EQ(Field(unconfined, "Seccomp"), "0");
  EXPECT_EQ(Field(unconfined, "NoNewPrivs"), "0");
  const std::string confined = RunToEnd(Filtered(plain, {SYS_uname}, kDeny)).output;
  EXPECT_EQ(Field(confined, "Seccomp"), "2");
  EXPECT_EQ(Field(confined, "NoNewPrivs"), "0");
}

TEST_F(FilterTest, DeniesWhatItDenies) {
  EXPECT_EQ(RunToEnd(Command({"uname"})).output, "Linux\n");
  const Ended denied = RunToEnd(Filtered(Command({"uname"}), {SYS_uname}, kDeny));
  EXPECT_EQ(denied.status, 1 << 8);
  EXPECT_NE(denied.output.find("Operation not permitted"), std::string::npos) << denied.output;
}

TEST_F(FilterTest, AllowsTheLauncherWhateverItNeeded) {
  // All that the child calls before the filter, and that `true` does not.
  const Spec spec = Filtered(Command({"/bin/true"}),
                             {SYS_setsid, SYS_dup3, SYS_mount, SYS_pivot_root, SYS_umount2,
                              SYS_setresuid, SYS_setgroups, SYS_capset, SYS_seccomp, SYS_ppoll},
                             SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(RunToEnd(spec).status, 0);
}

TEST_F(FilterTest, ThatKillsExecveIsNamed) {
  for (const std::uint32_t kill :
       {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP}) {
    Spec spec = Filtered(Command({"true"}), {SYS_execve}, kill);
    for (const bool pid_namespace : {false, true}) {
      spec.namespaces.pid = pid_namespace;
      const LaunchError error = FailedLaunch(spec);
      EXPECT_EQ(error.failure, Failure::kSetup);
      EXPECT_EQ(error.step, Step::kExecute);
      EXPECT_EQ(error.error.message,
                "execute true (execve): killed by SIGSYS: the filter kills execve (or, after "
                "execve failed, the launcher's write or exit_group); allow it in the profile");
    }
  }
}

TEST_F(FilterTest, ThatDeniesExecveIsNamed) {
  const LaunchError error = FailedLaunch(Filtered(Command({"/bin/true"}), {SYS_execve}, kDeny));
  EXPECT_EQ(error.failure, Failure::kSetup);
  EXPECT_EQ(error.error.message,
            "execute /bin/true (execve): Operation not permitted: the filter denies execve; allow "
            "it in the profile");
}

TEST_F(FilterTest, ThatDeniesTheReportToo) {
  const LaunchError write =
      FailedLaunch(Filtered(Command({"/bin/true"}), {SYS_execve, SYS_write}, kDeny));
  EXPECT_EQ(write.error.system_errno, EPERM);
  EXPECT_EQ(write.error.message,
            "execute /bin/true (execve): Operation not permitted: the filter denies execve; allow "
            "it in the profile (the filter denies write as well)");
  // The command is not there, and the filter knows nothing of the launcher.
  const LaunchError missing = FailedLaunch(Filtered(Command({"/no/such"}), {SYS_write}, kDeny));
  EXPECT_EQ(missing.failure, Failure::kNotFound);
  const LaunchError killed =
      FailedLaunch(Filtered(Command({"/no/such"}), {SYS_write}, SECCOMP_RET_KILL_PROCESS));
  EXPECT_NE(killed.error.message.find("SIGSYS"), std::string::npos);
  const LaunchError no_exit =
      FailedLaunch(Filtered(Command({"/no/such"}), {SYS_write, SYS_exit_group, SYS_exit}, kDeny));
  EXPECT_NE(no_exit.error.message.find("the process ended before it: killed by SIG"),
            std::string::npos)
      << no_exit.error.message;
}

TEST_F(FilterTest, ThatKillsTheProgramAtOnceIsNoFailureOfTheLaunch) {
  // brk is the first call that the dynamic linker makes: the program dies microseconds after its
  // exec, and yet has been executed.
  for (int i = 0; i < 50; ++i) {
    const Ended ended = RunToEnd(Filtered(Command({"true"}), {SYS_brk}, SECCOMP_RET_KILL_PROCESS));
    ASSERT_TRUE(DescribeExit(ended.status).starts_with("killed by SIGSYS"));
  }
}

TEST_F(FilterTest, ThatKillsTheProgramLater) {
  const Ended ended = RunToEnd(Filtered(Command({"uname"}), {SYS_uname}, SECCOMP_RET_KILL_PROCESS));
  EXPECT_TRUE(DescribeFilteredExit(ended.status)
                  .find("the seccomp filter killed a system call; the kernel log's audit record "
                        "(type=1326) names it") != std::string::npos)
      << DescribeFilteredExit(ended.status);
}

TEST_F(FilterTest, ThatTheKernelRefuses) {
  Spec spec = Filtered(Command({"true"}), {}, kDeny);
  spec.filter->program.pop_back();  // ends without a return
  const LaunchError program = FailedLaunch(spec);
  EXPECT_EQ(program.step, Step::kFilter);
  EXPECT_EQ(program.error.code, schema::ErrorCode::kUnsupported);
  EXPECT_EQ(program.error.message,
            "load the filter (seccomp): Invalid argument: the kernel needs CONFIG_SECCOMP_FILTER, "
            "or refuses this program");
  spec = Filtered(Command({"true"}), {}, kDeny);
  spec.filter->flags = 1U << 30;
  EXPECT_NE(FailedLaunch(spec).error.message.find("one of the flags 1073741824"),
            std::string::npos);
  spec.filter->flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  EXPECT_EQ(FailedLaunch(spec).step, Step::kPrepare);
}

TEST_F(FilterTest, TakesFlags) {
  Spec spec = Filtered(Command({"true"}), {}, kDeny);
  spec.filter->flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG;
  EXPECT_EQ(RunToEnd(spec).status, 0);
}

// Puts a filter on this process, as a container around the launcher would.
bool Hide(std::initializer_list<long> numbers) {
  schema::filter::Filter filter = FilterOn(numbers, SECCOMP_RET_ERRNO | ENOSYS);
  const sock_fprog program = {static_cast<unsigned short>(filter.program.size()),
                              filter.program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(FilterTest, DoesWithoutTheCallsThatASandboxHides) {
  EXPECT_TRUE(InFork([] {
    if (!Hide({SYS_clone3, SYS_seccomp, SYS_close_range})) return false;
    const int careless = dup2(STDERR_FILENO, 100);
    if (!MarkInheritedCloseOnExec() || fcntl(careless, F_GETFD) != FD_CLOEXEC) return false;
    Spec spec = Shell("test $$ = 1 && test ! -e /proc/self/fd/100 && ! uname");
    spec.namespaces.pid = true;
    spec.stdio = {kNullDevice, kNullDevice, kNullDevice};
    spec.filter = FilterOn({SYS_uname}, kDeny);
    const LaunchResult process = Launch(spec);
    if (!process || process->Wait().value() != 0) return false;

    // A sandbox older than both hides it with clone3.
    if (!Hide({SYS_pidfd_open})) return false;
    const LaunchResult again = Launch(spec);
    if (!again || again->Wait().value() != 0) return false;

    // As older kernels name themselves.
    if (personality(UNAME26) < 0) return false;
    const LaunchResult refused = Launch(spec);
    return !refused && refused.error().step == Step::kClone &&
           refused.error().error.code == schema::ErrorCode::kUnsupported &&
           refused.error().error.message.ends_with("needs Linux 5.3, for its pidfds");
  }));
}

// As Docker's profile denies it, without CAP_SYS_ADMIN.
TEST_F(FilterTest, NeedsNoUnshareWithoutNamespaces) {
  EXPECT_TRUE(InFork([] {
    if (!Hide({SYS_unshare})) return false;
    Spec spec = Command({"true"});
    spec.stdio = {kNullDevice, kNullDevice, kNullDevice};
    const LaunchResult process = Launch(spec);
    if (!process || process->Wait().value() != 0) return false;

    spec.namespaces.ipc = true;
    const LaunchResult refused = Launch(spec);
    return !refused && refused.error().step == Step::kNamespaces;
  }));
}

TEST_F(FilterTest, NeedsNoRootWithNoNewPrivs) {
  EXPECT_TRUE(InFork([] {
    if (setgid(65534) != 0 || setuid(65534) != 0) return false;
    Spec spec = Filtered(Command({"uname"}), {SYS_uname}, kDeny);
    spec.stdio = {kNullDevice, kNullDevice, kNullDevice};
    spec.no_new_privs = true;
    const LaunchResult process = Launch(spec);
    if (!process || process->Wait().value() != 1 << 8) return false;

    spec.no_new_privs = false;
    const LaunchResult refused = Launch(spec);
    return !refused && refused.error().step == Step::kFilter &&
           refused.error().error.message.ends_with("needs CAP_SYS_ADMIN or no_new_privs");
  }));
}

}  // namespace
}  // namespace runtime::launch
