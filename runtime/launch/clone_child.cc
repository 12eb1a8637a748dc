// The launcher's clone, and what its child does until it is the starter: see starter/child.h for
// what may stand here.

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

constexpr char kNoPath[] = "";
constexpr const char* kArguments[] = {"seccomp-starter", nullptr};
constexpr const char* kNoEnvironment[] = {nullptr};

// RestoreCapabilities() takes it back.
void RaiseCapabilities(const Plan& plan) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
  Check(Call(SYS_capget, &header, words), plan, Step::kStarter);
  for (unsigned i = 0; i < 2; ++i) words[i].inheritable |= words[i].permitted;
  Check(Call(SYS_capset, &header, words), plan, Step::kStarter);
  for (unsigned i = 0; i < 64; ++i) {
    if (((plan.held_permitted >> i) & 1) == 0) continue;
    Check(Call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0), plan, Step::kStarter);
  }
}

struct Child {
  const Plan& plan;
  int starter;
  const char* path;  // of that, in /proc
};

[[noreturn]] void ExecuteStarter(const Child& child) {
  const Plan& plan = child.plan;
  Check(MarkCloseOnExec(plan, false), plan, Step::kStarter);
  if (plan.raise_capabilities) RaiseCapabilities(plan);
  Call(SYS_execveat, child.starter, kNoPath, kArguments, kNoEnvironment, AT_EMPTY_PATH);
  // In a sandbox that does not know execveat(2), or under an emulator, which opens the path itself.
  Call(SYS_fcntl, child.starter, F_SETFD, 0);
  Call(SYS_execve, child.path, kArguments, kNoEnvironment);
  Fail(plan, Step::kStarter);
}

// clone3(2) of a child in our memory, on a stack of its own, while this thread waits for its
// execve: as vfork(2), without the copy of the page tables that execve would throw away. Negative:
// not on this machine, or not with this kernel.
long CloneInPlace(clone_args& arguments, const Child& child) {
#ifdef __x86_64__
  long result = SYS_clone3;
  register const Child* argument __asm__("r8") = &child;
  // The child has all registers but rax and rsp from us; the kernel overwrites rcx and r11.
  __asm__ volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "movq %%r8, %%rdi\n\t"
      "call *%%rdx\n\t"
      "ud2\n"
      "1:"
      : "+a"(result)
      : "D"(&arguments), "S"(sizeof(arguments)), "d"(&ExecuteStarter), "r"(argument)
      : "rcx", "r11", "memory");
  return result;
#else
  (void)arguments;
  (void)child;
  return -1;
#endif
}

// The pid; -1 and errno on failure.
long Clone(const Child& child, int* pidfd) {
  const Plan& plan = child.plan;
  const uint64_t namespaces = plan.pid_namespace && !plan.monitor ? CLONE_NEWPID : 0;
  const int cgroup = plan.monitor ? -1 : plan.cgroup;
  alignas(16) char stack[4096];
  clone_args arguments = {};
  arguments.flags = namespaces | CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  arguments.pidfd = (uint64_t)Word(pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = (uint64_t)Word(stack);
  arguments.stack_size = sizeof(stack);
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (unsigned)cgroup;
  }
  long pid = CloneInPlace(arguments, child);
  if (pid > 0) return pid;
  pid = CloneProcess(namespaces, cgroup, plan, pidfd);
  if (pid == 0) ExecuteStarter(child);
  return pid;
}

}  // namespace

pid_t CloneChild(const Plan& plan, int starter, const char* path, int* pidfd) {
  unsigned long old_mask[16];
  if (Call(SYS_rt_sigprocmask, SIG_SETMASK, kAllSignals, old_mask, kSignalSetBytes) < 0) {
    return -errno;
  }
  const long pid = Clone({plan, starter, path}, pidfd);
  const int error = errno;
  Call(SYS_rt_sigprocmask, SIG_SETMASK, old_mask, 0, kSignalSetBytes);
  return pid < 0 ? -error : (pid_t)pid;
}

}  // namespace runtime::launch
