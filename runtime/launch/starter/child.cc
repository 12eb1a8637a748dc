// From the starter's first instruction to execve: see child.h for what may stand here.

#include "runtime/launch/starter/child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <poll.h>

namespace runtime::launch {
namespace {

// Handlers of the parent must not run here, and ignored signals must not be ignored by the program
// (execve resets handlers, but keeps SIG_IGN and the mask, which RunProgram empties).
void ResetHandlers(const Plan& plan) {
  for (int signal = 1; signal < _NSIG; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;  // have no other
    Check(Call(SYS_rt_sigaction, signal, kZeros, 0, kSignalSetBytes), plan, Step::kSignals);
  }
}

bool IsKept(long number, const int* keep, size_t count, bool standard) {
  if (number < 3 && !standard) return true;
  for (size_t i = 0; i < count; ++i) {
    if (number == keep[i]) return true;
  }
  return false;
}

// For kernels before 5.9, and sandboxes around us that do not know close_range(2).
long CloseOneByOne(const int* keep, size_t count, bool standard) {
  const long folder =
      Call(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (folder < 0) return -1;
  // struct linux_dirent64 of getdents64(2): where the length of an entry and its name stand.
  constexpr long kLengthAt = 16;
  constexpr long kNameAt = 19;
  alignas(uint64_t) char buffer[2048];
  for (;;) {
    const long length = Call(SYS_getdents64, folder, buffer, sizeof(buffer));
    if (length <= 0) {
      const int error = errno;
      Call(SYS_close, folder);
      errno = error;
      return length;
    }
    for (long at = 0; at < length; at += *(const unsigned short*)(buffer + at + kLengthAt)) {
      long number = 0;
      const char* digit = buffer + at + kNameAt;
      if (*digit == '.') continue;
      for (; *digit != '\0'; ++digit) number = number * 10 + (*digit - '0');
      if (number != folder && !IsKept(number, keep, count, standard)) Call(SYS_close, number);
    }
  }
}

void ArrangeDescriptors(const Plan& plan) {
  for (int i = 0; i < 3; ++i) {
    Check(Call(SYS_dup3, plan.stdio[i], i, 0), plan, Step::kStandardStream, (size_t)i);
  }
  // Closed, not just marked close-on-exec: an open descriptor of a folder of the host would be a
  // way out of the rootfs by /proc/self/fd (CVE-2024-21626 of runc).
  const int keep[] = {plan.report_write,    plan.filter_read,     plan.end_write,
                      plan.terminal_socket, plan.listener_socket, (int)monitor_pidfd};
  Check(CloseAllBut(keep, sizeof(keep) / sizeof(keep[0]), false), plan, Step::kDescriptors);
}

void LimitResources(const Plan& plan) {
  for (size_t i = 0; i < plan.limit_count; ++i) {
    const Limit& limit = plan.limits[i];
    // struct rlimit64: the soft limit, then the hard one.
    const uint64_t values[2] = {limit.soft, limit.hard};
    Check(Call(SYS_prlimit64, 0, limit.resource, values, 0), plan, Step::kResourceLimit, i);
  }
}

void ChangeDirectory(const Plan& plan) {
  if (plan.working_directory == nullptr) return;
  Check(Call(SYS_chdir, plan.working_directory), plan, Step::kWorkingDirectory);
  if (plan.rootfs == nullptr) return;
  // "/proc/1/root" and the like lead out of the rootfs. The system call then returns no absolute
  // path, but "(unreachable)/..." (getcwd(2)).
  char path[PATH_MAX];
  Check(Call(SYS_getcwd, path, sizeof(path)), plan, Step::kWorkingDirectory);
  if (path[0] == '/') return;
  errno = EXDEV;
  Fail(plan, Step::kWorkingDirectory);
}

void LimitBoundingSet(const Plan& plan) {
  if (!plan.limit_capabilities) return;
  for (unsigned i = 0; i < 64; ++i) {
    if (((plan.bounding >> i) & 1) != 0) continue;
    const long has = Call(SYS_prctl, PR_CAPBSET_READ, i, 0, 0, 0);
    if (has < 0 && errno == EINVAL) return;  // past the last one of this kernel
    Check(has, plan, Step::kBoundingSet, i);
    if (has == 0) continue;
    Check(Call(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0), plan, Step::kBoundingSet, i);
  }
}

// seccomp(2) without no_new_privs asks for CAP_SYS_ADMIN in the effective set.
bool FilterNeedsAdmin(const Plan& plan) {
  return (plan.filter.len > 0 || plan.filter_read >= 0) && !plan.no_new_privs;
}

void ChangeUser(const Plan& plan) {
  if (!plan.change_user) return;
  if (plan.limit_capabilities || FilterNeedsAdmin(plan)) {
    // Leaving uid 0 must not clear the permitted set: ambient capabilities and the right to load
    // the filter come from it. execve clears this bit.
    Check(Call(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0), plan, Step::kKeepCapabilities);
  }
#ifdef SYS_setresuid32  // where the plain ones take 16 bits
  constexpr long kSetgroups = SYS_setgroups32;
  constexpr long kSetresgid = SYS_setresgid32;
  constexpr long kSetresuid = SYS_setresuid32;
#else
  constexpr long kSetgroups = SYS_setgroups;
  constexpr long kSetresgid = SYS_setresgid;
  constexpr long kSetresuid = SYS_setresuid;
#endif
  Check(Call(kSetgroups, plan.group_count, plan.groups), plan, Step::kSupplementaryGroups);
  Check(Call(kSetresgid, plan.gid, plan.gid, plan.gid), plan, Step::kGroup);
  Check(Call(kSetresuid, plan.uid, plan.uid, plan.uid), plan, Step::kUser);
}

// Gives the child what the program is to hold, and CAP_SYS_ADMIN if the filter needs it. The
// program never gets that one: execve makes the permitted set from the file's capabilities within
// the bounding set and from the ambient set (for uid 0: from the bounding and the inheritable set),
// not from the old permitted set. capabilities(7), "Transformation of capabilities during
// execve()". For that reason it never goes into the inheritable or ambient set here.
//
// For uid 0 the permitted set is the bounding set already now: with no_new_privs execve gives no
// more than the old one, and a gain would clear the parent-death signal (commit_creds() of Linux).
void SetCapabilities(const Plan& plan) {
  const bool needs_admin = FilterNeedsAdmin(plan);
  if (!plan.limit_capabilities && !(plan.change_user && needs_admin)) return;
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
  Check(Call(SYS_capget, &header, words), plan, Step::kCapabilities);
  const uint64_t permitted = words[0].permitted | (uint64_t)words[1].permitted << 32;
  const uint64_t inheritable = words[0].inheritable | (uint64_t)words[1].inheritable << 32;

  const bool is_root = Call(SYS_geteuid) == 0;
  uint64_t keep = permitted;
  if (plan.limit_capabilities) keep = is_root ? plan.bounding : plan.ambient;
  if (needs_admin) keep |= (uint64_t)1 << CAP_SYS_ADMIN;
  keep &= permitted;
  const uint64_t inherit = plan.limit_capabilities ? plan.ambient : inheritable;
  for (unsigned i = 0; i < 2; ++i) {
    words[i].permitted = (uint32_t)(keep >> (32 * i));
    words[i].effective = words[i].permitted;
    words[i].inheritable = (uint32_t)(inherit >> (32 * i));
  }
  // Takes out of the ambient set, too, what is no longer both permitted and inheritable.
  Check(Call(SYS_capset, &header, words), plan, Step::kCapabilities);
  for (unsigned i = 0; i < 64; ++i) {
    if (((plan.ambient >> i) & 1) == 0) continue;
    Check(Call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0), plan, Step::kAmbientSet,
          i);
  }
}

// Where a filter that comes late is put: this process's own copy of pages that no one has touched.
FilterHeader received_header;  // of length 0: it has not come yet
sock_filter received[BPF_MAXINSNS];

// False at the end of the stream.
bool ReadAll(const Plan& plan, void* to, size_t size) {
  for (size_t done = 0; done < size;) {
    const long length = Call(SYS_read, plan.filter_read, (char*)to + done, size - done);
    if (length < 0 && errno == EINTR) continue;
    Check(length, plan, Step::kFilter);
    if (length == 0) return false;
    done += (size_t)length;
  }
  return true;
}

void LoadFilter(const Plan& plan) {
  sock_fprog filter = plan.filter;
  uint32_t flags = plan.filter_flags;
  if (plan.filter_read >= 0) {
    AwaitFilter(plan);
    filter.len = (unsigned short)received_header.length;
    filter.filter = received;
    flags = received_header.flags;
  }
  if (filter.len == 0) return;
  const bool listens = (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
  if (listens) StartHandOver(plan);
  long result = Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  if (result < 0 && errno == ENOSYS && flags == 0) {
    // Linux before 3.17, or a sandbox around us that knows the older call alone.
    result = Call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
  }
  if (result > 0 &&
      !listens) {  // with TSYNC: a thread that could not follow; but we are the only one
    errno = ESRCH;
    result = -1;
  }
  Check(result, plan, Step::kFilter);
  if (listens) AwaitHandOver((int)result);
}

// As execvp(3): a file that may not be executed does not end the search, but is remembered.
[[noreturn]] void Execute(const Plan& plan) {
  bool denied = false;
  for (const char* const* path = plan.candidates; *path != nullptr; ++path) {
    if (Call(SYS_execve, *path, plan.argv, plan.environment) >= 0) {
      errno = EPROTO;  // a filter or its listener makes believe: nothing was executed
      Fail(plan, Step::kExecute);
    }
    const bool absent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
    if (errno == EACCES) denied = true;
    if (!absent && errno != EACCES) Fail(plan, Step::kExecute);
  }
  if (denied) errno = EACCES;
  Fail(plan, Step::kExecute);
}

}  // namespace

// Without a filter there is no program: the launcher has died, or has found that the profile is no
// good, and will not hear from us.
void AwaitFilter(const Plan& plan) {
  if (plan.filter_read < 0 || received_header.length != 0) return;
  if (!ReadAll(plan, &received_header, sizeof(received_header)) || received_header.length == 0 ||
      received_header.length > BPF_MAXINSNS ||
      !ReadAll(plan, received, received_header.length * sizeof(received[0]))) {
    Exit(ECANCELED);
  }
}

long CloseAllBut(const int* keep, size_t count, bool standard) {
  unsigned from = standard ? 0 : 3;
  for (;;) {
    unsigned next = ~0U;  // the lowest one to keep from here on
    for (size_t i = 0; i < count; ++i) {
      if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next) {
        next = (unsigned)keep[i];
      }
    }
    if (next > from && Call(SYS_close_range, from, next == ~0U ? next : next - 1, 0) < 0) {
      return CloseOneByOne(keep, count, standard);
    }
    if (next == ~0U) return 0;
    from = next + 1;
  }
}

long monitor_pidfd = -1;

void SetParentDeathSignal(const Plan& plan, int signal) {
  Check(Call(SYS_prctl, PR_SET_PDEATHSIG, signal, 0, 0, 0), plan, Step::kParentDeathSignal);
  // Has the parent died before? getppid(2) cannot tell in a new pid namespace, but nobody else than
  // the launcher holds the pipe's other end, and a monitor's pidfd becomes readable.
  pollfd parents[2];
  parents[0].fd = plan.report_write;
  parents[0].events = 0;
  parents[1].fd = (int)monitor_pidfd;
  parents[1].events = POLLIN;
  parents[0].revents = parents[1].revents = 0;
  Check(Call(SYS_ppoll, parents, 2, kZeros, 0, 0), plan, Step::kParentDeathSignal);
  if ((parents[0].revents & POLLERR) != 0 || parents[1].revents != 0) {
    errno = ESRCH;
    Fail(plan, Step::kParentDeathSignal);
  }
}

void RunProgram(const Plan& plan) {
  Check(Call(SYS_rt_sigprocmask, SIG_SETMASK, kZeros, 0, kSignalSetBytes), plan, Step::kSignals);
  LimitResources(plan);
  ChangeDirectory(plan);
  LimitBoundingSet(plan);
  ChangeUser(plan);
  SetCapabilities(plan);
  if (plan.no_new_privs) {
    Check(Call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), plan, Step::kNoNewPrivs);
  }
  if ((plan.parent_death_signal != 0 || plan.monitor) && !plan.init) {
    // After the change of user and capabilities, for it clears the signal (PR_SET_PDEATHSIG,
    // prctl(2)).
    SetParentDeathSignal(plan, plan.parent_death_signal);
  }
  LoadFilter(plan);
  Execute(plan);
}

void RunContainer(const Plan& plan) {
  // Of a monitor that is killed before the launcher has heard of us, nobody else would end us.
  if (plan.monitor) SetParentDeathSignal(plan, SIGKILL);
  ResetHandlers(plan);
  Check(Call(SYS_setsid), plan, Step::kSession);
  // A network namespace takes longer than all others together.
  if (plan.new_namespaces != 0) {
    Check(Call(SYS_unshare, plan.new_namespaces), plan, Step::kNamespaces);
  }
  ArrangeDescriptors(plan);
  if (plan.host_name != nullptr) {
    Check(Call(SYS_sethostname, plan.host_name, plan.host_name_length), plan, Step::kHostName);
  }
  ArrangeMounts(plan);
  if (plan.terminal_socket >= 0) OpenTerminal(plan);
  if (plan.init) RunInit(plan);
  RunProgram(plan);
}

}  // namespace runtime::launch
