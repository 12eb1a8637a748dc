// The clone of the container's first process, by the launcher or by the monitor: see child.h for
// what may stand here.

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/utsname.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

// Moves this process, the container's first, into the cgroup: where clone3(2) could not.
void JoinCgroup(const Plan& plan) {
  const long file = Call(SYS_openat, plan.cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
  Check(file, plan, Step::kCgroup);
  Check(Call(SYS_write, file, "0", 1), plan, Step::kCgroup);
  Call(SYS_close, file);
}

// Whether clone(2) makes pidfds that can be waited for: since Linux 5.3. Before 5.2 it ignores
// CLONE_PIDFD, and would clone. Who hides clone3 may hide pidfd_open(2), too: then the kernel's
// version tells. If not, errno is ENOSYS.
bool ClonesWithPidfds() {
  const long self = Call(SYS_pidfd_open, Call(SYS_getpid), 0);
  if (self >= 0) {
    Call(SYS_close, self);
    return true;
  }
  utsname kernel;
  unsigned numbers[2] = {0, 0};
  if (Call(SYS_uname, &kernel) == 0) {
    const char* digit = kernel.release;
    for (unsigned& number : numbers) {
      for (; *digit >= '0' && *digit <= '9'; ++digit)
        number = number * 10 + (unsigned)(*digit - '0');
      if (*digit == '.') ++digit;
    }
  }
  errno = ENOSYS;
  return numbers[0] > 5 || (numbers[0] == 5 && numbers[1] >= 3);
}

}  // namespace

long CloneProcess(uint64_t namespaces, int cgroup, const Plan& plan, int* pidfd) {
  // To the second version of clone_args, which has the cgroup; older kernels take it without one.
  uint64_t arguments[CLONE_ARGS_SIZE_VER2 / sizeof(uint64_t)];
  for (uint64_t& argument : arguments) argument = 0;
  const bool into_cgroup = cgroup >= 0;
  arguments[offsetof(clone_args, flags) / 8] =
      namespaces | CLONE_PIDFD | (into_cgroup ? CLONE_INTO_CGROUP : 0);
  arguments[offsetof(clone_args, pidfd) / 8] = (uint64_t)Word(pidfd);
  arguments[offsetof(clone_args, exit_signal) / 8] = SIGCHLD;
  if (into_cgroup) arguments[offsetof(clone_args, cgroup) / 8] = (uint64_t)cgroup;
  long pid = Call(SYS_clone3, arguments, into_cgroup ? CLONE_ARGS_SIZE_VER2 : CLONE_ARGS_SIZE_VER0);
  const bool unknown = errno == ENOSYS || errno == EPERM || (into_cgroup && errno == E2BIG) ||
                       (into_cgroup && errno == EINVAL);
  if (pid >= 0 || !unknown) return pid;
  // A sandbox around us hides clone3 (it cannot see its flags); or this is Linux before 5.3, or
  // with a cgroup before 5.7.
  if (!ClonesWithPidfds()) return -1;
  const unsigned long flags = (unsigned long)namespaces | CLONE_PIDFD | SIGCHLD;
#ifdef __s390__
  pid = Call(SYS_clone, 0, flags, pidfd, 0, 0);
#else
  pid = Call(SYS_clone, flags, 0, pidfd, 0, 0);
#endif
  if (pid == 0 && into_cgroup) JoinCgroup(plan);
  return pid;
}

long CloneContainer(const Plan& plan, int* pidfd) {
  return CloneProcess(plan.pid_namespace ? CLONE_NEWPID : 0, plan.cgroup, plan, pidfd);
}

long MarkCloseOnExec(const Plan& plan, bool on) {
  const int numbers[] = {plan.report_write,    plan.stdio[0],        plan.stdio[1],
                         plan.stdio[2],        plan.filter_read,     plan.end_write,
                         plan.terminal_socket, plan.listener_socket, plan.cgroup,
                         plan.word_read,       plan.end_read,        plan.ending_file,
                         plan.ending_folder};
  for (int number : numbers) {
    if (number >= 0 && Call(SYS_fcntl, number, F_SETFD, on ? FD_CLOEXEC : 0) < 0) return -1;
  }
  return 0;
}

}  // namespace runtime::launch
