#include "runtime/isolator/kernel_support.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace runtime::isolator {

schema::Status CheckKernelHasFilters() {
  // A kernel with filters looks at the program, which lies nowhere: EFAULT. Source: seccomp(2); the
  // call came with 3.17, prctl(2)'s form with 3.5.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, nullptr) == -1 && errno == EFAULT) return {};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) == -1 && errno == EFAULT) return {};
  return schema::Error{schema::ErrorCode::kUnsupported,
                       "this kernel cannot filter system calls: linux/seccomp needs Linux 3.5 or "
                       "newer with CONFIG_SECCOMP_FILTER",
                       errno};
}

}  // namespace runtime::isolator
