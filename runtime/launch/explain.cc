#include "runtime/launch/explain.h"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "runtime/launch/resource.h"
#include "runtime/launch/wait.h"

namespace runtime::launch {
namespace {

using schema::Error;
using schema::ErrorCode;

constexpr char kNeedsPidfds[] = "needs Linux 5.3, for its pidfds";

std::string CapabilityName(unsigned number) {
  const auto names = schema::kernel::CapabilityNames();
  return number < names.size() ? std::string(names[number])
                               : "capability " + std::to_string(number);
}

std::string LimitName(const Spec& spec, std::size_t index) {
  return index < spec.limits.size() ? ResourceName(spec.limits[index].resource) : "?";
}

// The step, with the system call in brackets.
std::string Describe(const Report& report, const Spec& spec) {
  switch (report.step) {
    case Step::kPrepare:
      return "prepare the launch";
    case Step::kStarter:
      return "execute the starter (fcntl, capset, prctl, execveat, execve)";
    case Step::kMonitor:
      return "set up the monitor (setsid, pidfd_open, pwrite64, prctl, close_range)";
    case Step::kCgroup:
      return "enter the cgroup (cgroup.procs)";
    case Step::kHostName:
      return "set the host name (sethostname)";
    case Step::kTerminal:
      return "make the container's terminal (/dev/ptmx, ioctl)";
    case Step::kInit:
      return "start init (clone, socketpair, setpgid, capset, prctl)";
    case Step::kResourceLimit:
      return "set the resource limit " + LimitName(spec, report.detail) + " (prlimit64)";
    case Step::kTaken:
    case Step::kContainer:
    case Step::kStarted:
    case Step::kEnded:
      return "launch";  // no failures
    case Step::kClone:
      return "create the process (clone3)";
    case Step::kSignals:
      return "reset signals (rt_sigaction, rt_sigprocmask)";
    case Step::kSession:
      return "start a session (setsid)";
    case Step::kNamespaces:
      return "create its namespaces (unshare)";
    case Step::kStandardStream:
      return "put descriptor " + std::to_string(report.detail) + " in place (dup3)";
    case Step::kDescriptors:
      return "close the launcher's descriptors (close_range)";
    case Step::kMountPropagation:
      return "keep mounts from reaching the host (mount MS_SLAVE)";
    case Step::kBindRootfs:
      return "mount the rootfs " + spec.rootfs + " (mount MS_BIND)";
    case Step::kEnterRootfs:
      return "enter the rootfs " + spec.rootfs + " (chdir)";
    case Step::kPivotRoot:
      return "make " + spec.rootfs + " the root (pivot_root)";
    case Step::kDetachOldRoot:
      return "detach the host's root (umount2)";
    case Step::kNoDevices:
      return "keep devices out of the rootfs " + spec.rootfs + " (mount_setattr MOUNT_ATTR_NODEV)";
    case Step::kMountDev:
      return "mount /dev in the rootfs " + spec.rootfs + " (mkdirat, mount, fchdir)";
    case Step::kDeviceNode:
      return std::string("make /dev/") + kDevNodeNames[report.detail] +
             " (mknodat, symlinkat, mount)";
    case Step::kMountProc:
      return "mount /proc (mkdirat, mount, fchdir)";
    case Step::kProtectProc:
      return "make the host's files in /proc read-only (mount MS_BIND)";
    case Step::kWorkingDirectory:
      return "enter the working directory " + spec.working_directory + " (chdir)";
    case Step::kBoundingSet:
      return "drop " + CapabilityName(report.detail) +
             " from the bounding set (prctl PR_CAPBSET_DROP)";
    case Step::kKeepCapabilities:
      return "keep capabilities while changing the user (prctl PR_SET_KEEPCAPS)";
    case Step::kSupplementaryGroups:
      return "set the supplementary groups (setgroups)";
    case Step::kGroup:
      return "set the group (setresgid)";
    case Step::kUser:
      return "set the user (setresuid)";
    case Step::kCapabilities:
      return "set the capabilities (capget, capset)";
    case Step::kAmbientSet:
      return "raise " + CapabilityName(report.detail) +
             " in the ambient set (prctl PR_CAP_AMBIENT_RAISE)";
    case Step::kNoNewPrivs:
      return "set no_new_privs (prctl PR_SET_NO_NEW_PRIVS)";
    case Step::kParentDeathSignal:
      return "set the parent-death signal (prctl PR_SET_PDEATHSIG, ppoll)";
    case Step::kListener:
      return "hand the filter's listener on (clone, sendmsg)";
    case Step::kFilter:
      return "load the filter (seccomp)";
    case Step::kExecute:
      return "execute " + spec.command + " (execve)";
  }
  return "unknown step " + std::to_string(static_cast<unsigned>(report.step));
}

std::string FilterAdvice(int error, const Spec& spec) {
  const std::uint32_t flags = spec.filter ? spec.filter->flags : 0;
  switch (error) {
    case ENOSYS:
      return "the kernel needs CONFIG_SECCOMP_FILTER";
    case EINVAL:
      return flags == 0
                 ? "the kernel needs CONFIG_SECCOMP_FILTER, or refuses this program"
                 : "the kernel needs CONFIG_SECCOMP_FILTER, or does not know one of the flags " +
                       std::to_string(flags);
    case EACCES:
      return "needs CAP_SYS_ADMIN or no_new_privs";
    case ENOMEM:
      return "all filters together may have 32768 instructions (MAX_INSNS_PER_PATH, seccomp(2))";
    case EBUSY:
      return "a filter around the launcher has a listener already; the kernel allows one";
    default:
      return "";
  }
}

std::string ExecuteAdvice(int error, const Attempt& attempt) {
  const Spec& spec = attempt.spec;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return spec.command.find('/') == std::string::npos
                 ? "it is in no folder of the container's PATH"
                 : "not found, or the interpreter it names is not";
    case EACCES:
      return "not a file that this user may execute";
    case ETXTBSY:
      return "somebody has it open for writing";
    case ENOEXEC:
      return "not a program: neither of a known format nor with a #! line";
    case ENOSYS:
      if (!attempt.listener.empty()) {
        return "the seccomp listener " + attempt.listener +
               " has ended before it answered execve, or the filter denies execve";
      }
      [[fallthrough]];
    case EPERM:
      if (!spec.filter && !spec.late_filter) return "";
      return attempt.listener.empty()
                 ? "the filter denies execve; allow it in the profile"
                 : "the filter, or its listener " + attempt.listener + ", denies execve; allow it";
    case EPROTO:
      return "it returned success, and nothing is executed: so answers the filter" +
             (attempt.listener.empty() ? "" : ", or its listener " + attempt.listener);
    default:
      return "";
  }
}

std::string Advice(const Report& report, const Attempt& attempt) {
  const Spec& spec = attempt.spec;
  if (report.step == Step::kFilter) return FilterAdvice(report.value, spec);
  if (report.step == Step::kExecute) return ExecuteAdvice(report.value, attempt);
  if (report.step == Step::kListener && report.value == EAGAIN) {
    return "it takes a second thread, for which RLIMIT_NPROC or pids.max leaves no room";
  }
  if (report.step == Step::kWorkingDirectory && report.value == EXDEV) {
    return "it is outside the rootfs";
  }
  if ((report.step == Step::kMountDev || report.step == Step::kMountProc) &&
      report.value == ELOOP) {
    return "it must be a folder there, not a symbolic link";
  }
  if ((report.step == Step::kMountDev || report.step == Step::kMountProc) &&
      report.value == ESTALE) {
    return "somebody has put something else in its place meanwhile";
  }
  if (report.step == Step::kProtectProc && report.value == ENOENT) {
    return "/dev/null, which hides them, is missing";
  }
  if (report.step == Step::kMountPropagation && report.value == EINVAL) {
    return "the launcher's own root is no mount point, as in a chroot: bind-mount it onto itself "
           "first";
  }
  if (report.step == Step::kPivotRoot && (report.value == EINVAL || report.value == EBUSY)) {
    return "the launcher's own root is an initramfs, or the rootfs is /";
  }
  if (report.step == Step::kResourceLimit && report.value == EPERM) {
    return "a hard limit is raised with CAP_SYS_RESOURCE alone";
  }
  if (report.step == Step::kClone || report.step == Step::kNamespaces) {
    if (report.value == EPERM) return "namespaces need CAP_SYS_ADMIN: run as root";
    if (report.value == EINVAL) return "the kernel lacks a namespace: CONFIG_NAMESPACES, *_NS";
    if (report.value == ENOSPC) return "too many nested namespaces, see /proc/sys/user/max_*";
    if (report.value == ENOSYS) return kNeedsPidfds;
  }
  if (report.step == Step::kMonitor && report.value == ENOSYS) return kNeedsPidfds;
  if (report.value == EPERM) return "run as root, with all of root's capabilities";
  return "";
}

// As shells do: dash's shellexec() takes the same four for "not found", and all others for 126. But
// what a filter answers says nothing of the command, nor does what the child itself gave up for.
Failure ClassifyExecute(int error, const Spec& spec) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return Failure::kNotFound;
    case EPERM:
    case ENOSYS:
      return spec.filter || spec.late_filter ? Failure::kSetup : Failure::kNotExecutable;
    case EPROTO:
    case ECANCELED:
      return Failure::kSetup;
    default:
      return Failure::kNotExecutable;
  }
}

}  // namespace

LaunchError ExplainReport(const Report& report, const Attempt& attempt) {
  LaunchError result;
  result.step = report.step;
  result.error = schema::SystemError(Describe(report, attempt.spec), report.value);
  if (const std::string advice = Advice(report, attempt); !advice.empty()) {
    result.error.message += ": " + advice;
  }
  if (report.step == Step::kExecute) result.failure = ClassifyExecute(report.value, attempt.spec);
  if (result.failure == Failure::kNotFound) result.error.code = ErrorCode::kNotFound;
  const bool is_missing = report.value == ENOSYS || report.value == EINVAL;
  const bool is_kernel = report.step == Step::kFilter || report.step == Step::kClone ||
                         report.step == Step::kNamespaces;
  if (is_missing && is_kernel) result.error.code = ErrorCode::kUnsupported;
  return result;
}

LaunchError ExplainDeath(int status, const Attempt& attempt) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == ENOMEM && attempt.spec.cgroup >= 0) {
    // Where the cgroup's memory is used up, not even a report can be written, at any step.
    LaunchError result;
    result.step = Step::kExecute;
    result.error = schema::SystemError("launch " + attempt.spec.command, ENOMEM);
    result.error.message += ": the memory limit of its cgroup is too low for that";
    return result;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    // The filter refused the write of the report: the errno came by the exit status. A filter is
    // in place after the last step but execve.
    LaunchError result = ExplainReport({Step::kExecute, 0, WEXITSTATUS(status)}, attempt);
    result.error.message += " (the filter denies write as well)";
    return result;
  }
  LaunchError result;
  result.step = Step::kExecute;
  result.error = Error{ErrorCode::kSystem, "execute " + attempt.spec.command + " (execve): ", 0};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    result.error.message +=
        "killed by SIGSYS: the filter kills execve (or, after execve failed, the launcher's write "
        "or exit_group); allow it in the profile";
  } else {
    result.error.message += "the process ended before it: " + DescribeExit(status);
  }
  if (!attempt.listener.empty()) {
    result.error.message += "; calls with SCMP_ACT_NOTIFY are answered by " + attempt.listener;
  }
  return result;
}

LaunchError ExplainSilence(const Attempt& attempt) {
  LaunchError result;
  result.step = Step::kExecute;
  result.error = schema::SystemError("execute " + attempt.spec.command + " (execve)", ETIMEDOUT);
  result.error.message += ": the seccomp listener " + attempt.listener +
                          " does not answer it within " +
                          std::to_string(attempt.spec.listener_patience.count()) + " ms";
  return result;
}

}  // namespace runtime::launch
