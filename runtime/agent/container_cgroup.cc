#include "runtime/agent/container_cgroup.h"

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <sstream>
#include <utility>

#include "runtime/agent/container_id.h"

namespace runtime::agent {

// By the folder of all records and the id. An id may be as long as a name: people see the
// beginning, the hash tells two apart. It need not be the same in the next version.
std::string CgroupName(const std::string& record, const std::string& id) {
  constexpr std::size_t kShown = 200;
  struct stat folder {};
  (void)stat(record.substr(0, record.rfind('/')).c_str(), &folder);
  std::ostringstream key;
  key << folder.st_dev << ':' << folder.st_ino << ':' << record;
  std::ostringstream name;
  name << "seccomp-agent-" << std::hex << std::uint64_t{std::hash<std::string>{}(key.str())} << '-'
       << FolderOf(id).substr(0, kShown);
  return name.str();
}

Granted<std::optional<launch::Cgroup>> MakeCgroup(const std::string& name,
                                                  const launch::CgroupLimits& limits) {
  auto cgroup = launch::Cgroup::CreateWhereMounted(name, limits);
  if (cgroup) return std::move(*cgroup);
  schema::Error error = std::move(cgroup).error();
  if (error.code == schema::ErrorCode::kSystem) {
    return Refusal{Reason::kLaunchFailed, std::move(error), {}, launch::Step::kCgroup};
  }
  return Refusal{Reason::kBadRequest, std::move(error)};
}

}  // namespace runtime::agent
