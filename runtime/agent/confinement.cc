#include "runtime/agent/confinement.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "runtime/isolator/isolator.h"
#include "runtime/isolator/kernel_support.h"

namespace runtime::agent {

using schema::Error;
using schema::Result;
using schema::Status;
using schema::SystemError;
using schema::filter::Filter;

Result<Filter> MakeClientFilter() {
  if (Status status = isolator::CheckKernelHasFilters(); !status) return std::move(status).error();
  const auto target = isolator::HostTarget();
  if (!target) return Error(target.error());
  auto filter =
      isolator::MakeFilter("built-in agent.json", std::string(ClientProfile()), *target, {});
  if (!filter) return std::move(filter).error().While("the agent's own filter");
  return filter;
}

Status ConfineThread(const Filter& filter) {
  // capset(2) and not libcap's or libc's wrappers: of this thread alone. With no_new_privs an
  // execve brings none back, so that the bounding set has no meaning any more.
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none = {};
  if (syscall(SYS_capset, &header, none.data()) != 0) {
    return SystemError("giving up the capabilities of a thread: capset", errno);
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return SystemError("prctl PR_SET_NO_NEW_PRIVS of a thread", errno);
  }
  std::vector<sock_filter> program = filter.program;
  const sock_fprog loaded = {static_cast<unsigned short>(program.size()), program.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter.flags, &loaded) != 0) {
    return SystemError("loading the agent's own filter: seccomp", errno);
  }
  return {};
}

Status HideProcess() {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0) return {};
  return SystemError("prctl PR_SET_DUMPABLE", errno);
}

}  // namespace runtime::agent
