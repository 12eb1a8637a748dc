// Process 1 of a container: the program's parent. In the child: see child.h.
//
// The program holds the end of a close-on-exec stream, and hears from it when init has given up its
// privileges; when that end is closed, it has executed or has ended. Which one, setpgid(2) tells:
// it refuses to move a child that has executed (EACCES), or that has left our session (EPERM),
// which ours does not do before. (vfork(2) would end too early: in fs/exec.c the parent goes on
// before the flag is set that setpgid looks at.) Then all that is left to do is to reap, to pass
// signals on, and to end as the program has ended.

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

constexpr char kRoot[] = "/";
constexpr unsigned long kPipeSignal[16] = {1UL << (SIGPIPE - 1)};

// Of all that it could do, init must send signals to processes of other users, and reap.
void GiveUpPrivileges(const Plan& plan) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
  Check(Call(SYS_capget, &header, words), plan, Step::kInit);
  words[0].permitted &= 1U << CAP_KILL;
  words[0].effective = words[0].permitted;
  words[0].inheritable = 0;
  words[1].permitted = words[1].effective = words[1].inheritable = 0;
  Check(Call(SYS_capset, &header, words), plan, Step::kInit);
}

[[noreturn]] void End(const Plan& plan, int status) {
  if (plan.end_write >= 0) Call(SYS_write, plan.end_write, &status, sizeof(status));
  status &= ~kNeverBegunBit;
  Exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

// Reaps all that have ended; when the program has, so do we, and with us the namespace.
void Reap(const Plan& plan, long program) {
  for (;;) {
    int status = 0;
    const int options = WNOHANG | (plan.terminal_streams != 0 ? WUNTRACED : 0);
    const long pid = Call(SYS_wait4, -1, &status, options, 0);
    if (pid == 0 || (pid < 0 && errno != EINTR)) return;
    if (pid != program) continue;
    if (!WIFSTOPPED(status)) End(plan, status);
    // By Ctrl-Z: there is no shell in here that could continue it.
    if (WSTOPSIG(status) != SIGSTOP) Call(SYS_kill, program, SIGCONT);
  }
}

}  // namespace

void RunInit(const Plan& plan) {
  // SIGKILL whatever was asked for: the end of init is the end of the container.
  if (plan.parent_death_signal != 0) SetParentDeathSignal(plan, SIGKILL);
  if (plan.parent_death_signal == 0 && plan.monitor) SetParentDeathSignal(plan, 0);
  Check(Call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0), plan, Step::kInit);
  int ends[2];
  Check(Call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), plan, Step::kInit);
  char byte = 0;
  const long program = Fork(0);
  Check(program, plan, Step::kInit);
  if (program == 0) {
    Check(Call(SYS_setpgid, 0, 0), plan, Step::kInit);
    if (plan.terminal_streams != 0) {
      // All signals are blocked, SIGTTOU too, which would stop us here.
      const int group = (int)Call(SYS_getpid);
      Check(Call(SYS_ioctl, FirstTerminalStream(plan), TIOCSPGRP, &group), plan, Step::kTerminal);
    }
    Call(SYS_close, ends[0]);
    const long told = Call(SYS_read, ends[1], &byte, 1);
    Check(told, plan, Step::kInit);
    if (told == 0) Exit(ECANCELED);  // init has failed, and its end is ours
    RunProgram(plan);
  }
  Call(SYS_close, ends[1]);
  GiveUpPrivileges(plan);
  // The monitor takes it for a sign, too, that the program may have begun.
  Check(Call(SYS_prctl, PR_SET_NAME, kInitName), plan, Step::kInit);
  Check(Call(SYS_write, ends[0], &byte, 1), plan, Step::kInit);
  Check(AwaitByte(ends[0]), plan, Step::kInit);
  if (Call(SYS_setpgid, program, program) >= 0) {
    int status = 0;
    Call(SYS_wait4, program, &status, 0, 0);
    Send(plan, Step::kEnded, 0, status);
    End(plan, status | kNeverBegunBit);
  }
  if (errno != EACCES && errno != EPERM) Fail(plan, Step::kInit);
  // Unheard, the launcher would wait for our end; but one that has died leaves us to the monitor.
  if (Send(plan, Step::kStarted, 0, 0) < 0) {
    if (!plan.monitor || errno != EPIPE) Exit(errno);
    Call(SYS_rt_sigtimedwait, kPipeSignal, 0, kZeros, kSignalSetBytes);  // not for the program
  }
  // What the program closes is to be closed, and no folder of the host kept busy.
  Check(CloseAllBut(&plan.end_write, 1, true), plan, Step::kDescriptors);
  Call(SYS_chdir, kRoot);
  for (;;) {
    const long signal = Call(SYS_rt_sigtimedwait, kAllSignals, 0, 0, kSignalSetBytes);
    if (signal < 0) continue;  // EINTR: stopped and continued
    if (signal == SIGCHLD) {
      Reap(plan, program);
    } else {
      Call(SYS_kill, program, signal);
    }
  }
}

}  // namespace runtime::launch
