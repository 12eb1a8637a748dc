// Step: where a launch was when it failed. Included by the starter: C headers only.

#pragma once

#include <stdint.h>

namespace runtime::launch {

// In the order in which they are taken. `detail` below is what Report::detail holds. The last ones
// are no failures: what they tell stands in Report::value.
enum class Step : uint16_t {
  kPrepare,              // in the parent, before clone
  kStarter,              // fcntl(2), prctl(2), execveat(2) of the starter
  kMonitor,              // setsid(2), pidfd_open(2), pwrite64(2), prctl(2), close_range(2)
  kClone,                // the clone itself
  kCgroup,               // cgroup.procs
  kSignals,              // rt_sigaction(2), rt_sigprocmask(2): handlers and mask of the launcher
  kSession,              // setsid(2)
  kNamespaces,           // unshare(2)
  kStandardStream,       // dup3(2); detail: 0, 1 or 2
  kDescriptors,          // close_range(2) of all other descriptors
  kHostName,             // sethostname(2)
  kMountPropagation,     // mount(2), MS_SLAVE on /
  kBindRootfs,           // mount(2), MS_BIND of the rootfs on itself
  kEnterRootfs,          // chdir(2) into it
  kPivotRoot,            // pivot_root(2)
  kDetachOldRoot,        // umount2(2) of the host's root
  kNoDevices,            // mount_setattr(2), MOUNT_ATTR_NODEV on the rootfs
  kMountDev,             // tmpfs on /dev
  kDeviceNode,           // mknodat(2), symlinkat(2), mount(2); detail: index of kDevNodeNames
  kMountProc,            // proc on /proc
  kProtectProc,          // read-only and masked files of /proc
  kTerminal,             // /dev/ptmx, ioctl(2), sendmsg(2)
  kInit,                 // clone(2) and setpgid(2) of init
  kResourceLimit,        // prlimit64(2); detail: index of Plan::limits
  kWorkingDirectory,     // chdir(2)
  kBoundingSet,          // prctl(2), PR_CAPBSET_DROP; detail: the capability
  kKeepCapabilities,     // prctl(2), PR_SET_KEEPCAPS
  kSupplementaryGroups,  // setgroups(2)
  kGroup,                // setresgid(2)
  kUser,                 // setresuid(2)
  kCapabilities,         // capset(2)
  kAmbientSet,           // prctl(2), PR_CAP_AMBIENT; detail: the capability
  kNoNewPrivs,           // prctl(2), PR_SET_NO_NEW_PRIVS
  kParentDeathSignal,    // prctl(2), PR_SET_PDEATHSIG
  kListener,             // clone(2), sendmsg(2): the filter's listener on its way to who listens
  kFilter,               // seccomp(2)
  kExecute,              // execve(2)

  kTaken,      // of the starter: it runs, under the name that the plan gives it
  kContainer,  // of the monitor: the pid of the container's first process
  kStarted,    // of init: the program has executed
  kEnded,      // of init: the program has ended before, with this status of wait(2)
};

}  // namespace runtime::launch
