// The monitor: the container's parent, which outlives the launcher. In the child: see child.h.
//
// Its steps, and what the launcher hears of them:
//   1. notes that it may have begun from now on, and clones the container; Report kContainer with
//   its pid: or kClone with the errno
//   2. waits for the end of a stream whose other end the launcher holds, and until then keeps the
//   container's
//      process, dead or alive: the launcher opens its pidfd meanwhile, and sees whether it has
//      executed. The launcher's death is such an end, too. A byte before the end: the launch has
//      failed, and the container must go, which the launcher may not know by its pid.
//   3. waits for the container, kills what is left of its process group, writes the status and
//   whether the program was executed, and gives the file its name.
// All signals are blocked: only SIGKILL and SIGSTOP reach it.

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sys/wait.h>
#include <time.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

constexpr char kRoot[] = "/";
constexpr char kMayHaveBegun[] = "\n";  // over the first byte of kNeverBegun

struct End {
  int status;  // of wait(2)
  bool has_begun;
};

// See ReadEnding() in ending.h for the format.
void WriteEnding(const Plan& plan, const End& ended) {
#ifdef SYS_clock_gettime64
  constexpr long kClock = SYS_clock_gettime64;
#else
  constexpr long kClock = SYS_clock_gettime;
#endif
  int64_t now[2] = {0, 0};  // struct __kernel_timespec
  Call(kClock, CLOCK_REALTIME, now);
  char line[kEndingRoom];
  char* end = ended.has_begun ? line : Copy(line, kNeverBegun);
  end = Print(end, (unsigned)ended.status, 1, ' ');
  end = Print(end, (uint64_t)now[0], 1, '.');
  end = Print(end, (uint64_t)now[1], 9, '\n');
  Call(SYS_write, plan.ending_file, line, end - line);
  Call(SYS_ftruncate, plan.ending_file, end - line);
  Call(SYS_renameat2, plan.ending_folder, plan.ending_unfinished, plan.ending_folder,
       plan.ending_name, 0);
}

// Whether the container, which is not reaped, has the name that only an execve or init's beginning
// ends: HasExecuted() in outcome.cc. False also where /proc does not tell.
bool HasStartersName(const Plan& plan, long container) {
  char path[32];
  Copy(Print(Copy(path, "/proc/"), (uint64_t)container, 1, '/'), "comm")[0] = '\0';
  const long file = Call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  char name[sizeof(plan.name)];
  const long length = file < 0 ? -1 : Call(SYS_read, file, name, sizeof(name));
  Call(SYS_close, file);
  for (long i = 0; i < length; ++i) {
    if (name[i] == '\n') return plan.name[i] == '\0';
    if (name[i] != plan.name[i]) return false;
  }
  return false;
}

// How the program has ended: init says it whole, its own status is that of a shell.
End WaitForContainer(const Plan& plan, long container) {
  End end = {0, true};
  while (Call(SYS_waitid, P_PID, container, 0, WEXITED | WNOWAIT, 0) < 0 && errno == EINTR) {
  }
  end.has_begun = !HasStartersName(plan, container);
  // It leads a process group of its number, which is no other's before it is reaped. In a pid
  // namespace the kernel kills the rest.
  if (!plan.pid_namespace) Call(SYS_kill, -container, SIGKILL);
  while (Call(SYS_wait4, container, &end.status, 0, 0) < 0 && errno == EINTR) {
  }
  int told = 0;
  if (plan.end_read < 0 || Call(SYS_read, plan.end_read, &told, sizeof(told)) != sizeof(told)) {
    return end;
  }
  return {told & ~kNeverBegunBit, (told & kNeverBegunBit) == 0};
}

}  // namespace

void RunMonitor(const Plan& plan) {
  Check(Call(SYS_setsid), plan, Step::kMonitor);
  monitor_pidfd = Call(SYS_pidfd_open, Call(SYS_getpid), 0);
  Check(monitor_pidfd, plan, Step::kMonitor);
  Check(Call(SYS_pwrite64, plan.ending_file, kMayHaveBegun, 1, 0, 0), plan, Step::kMonitor);
  int pidfd = -1;
  const long container = CloneContainer(plan, &pidfd);
  if (container == 0) RunContainer(plan);
  if (container < 0) Fail(plan, Step::kClone);
  const int keep[] = {plan.word_read, plan.end_read, plan.ending_file, plan.ending_folder};
  // Holding the report's pipe, or unheard, we would keep the launcher waiting. One that has died
  // leaves us to find out how far the container comes.
  if ((Send(plan, Step::kContainer, 0, (int)container) < 0 && errno != EPIPE) ||
      Call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
      CloseAllBut(keep, sizeof(keep) / sizeof(keep[0]), true) < 0) {
    const int error = errno;
    Call(SYS_kill, container, SIGKILL);
    errno = error;
    Fail(plan, Step::kMonitor);
  }
  Call(SYS_prctl, PR_SET_NAME, "seccomp-monitor");
  Call(SYS_chdir, kRoot);
  if (AwaitByte(plan.word_read) > 0) Call(SYS_kill, container, SIGKILL);
  Call(SYS_close, plan.word_read);
  WriteEnding(plan, WaitForContainer(plan, container));
  Exit(0);
}

}  // namespace runtime::launch
