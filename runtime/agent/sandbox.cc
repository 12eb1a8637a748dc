#include "runtime/agent/sandbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "runtime/agent/container_id.h"
#include "runtime/agent/folders.h"
#include "runtime/agent/remove_tree.h"

namespace runtime::agent {
namespace {

using launch::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

// Owners of sandboxes must get through to them, but need not see whose others there are.
constexpr mode_t kSearchableByAll = 0711;

Result<Descriptor> MakeFile(const Descriptor& directory, const char* name,
                            const launch::User& user) {
  Descriptor file(openat(directory.number(), name,
                         O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return SystemError(std::string("create ") + name, errno);
  if (fchown(file.number(), user.uid, user.gid) != 0) {
    return SystemError(std::string("chown ") + name, errno);
  }
  return file;
}

Result<SandboxFiles> Fill(const std::string& path, const launch::User& user) {
  const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory) return SystemError("open " + path, errno);
  SandboxFiles files;
  for (const auto& [name, to] :
       {std::pair{"stdout", &files.standard_output}, std::pair{"stderr", &files.standard_error}}) {
    auto file = MakeFile(directory, name, user);
    if (!file) return std::move(file).error().While(path);
    *to = std::move(*file);
  }
  // Last, so that at no time does the user own the folder that we make files in.
  if (fchown(directory.number(), user.uid, user.gid) != 0) {
    return SystemError("chown " + path, errno);
  }
  return files;
}

}  // namespace

Status Sandboxes::MakeWorkDir(const std::string& work_dir) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(work_dir).parent_path(), error);
  if (error) return SystemError("--work_dir=" + work_dir, error.value());
  for (const std::string& path : {work_dir, work_dir + "/containers"}) {
    if (mkdir(path.c_str(), kSearchableByAll) != 0 && errno != EEXIST) {
      return SystemError("--work_dir: mkdir " + path, errno);
    }
    if (Status status = CheckWorkDir(path); !status) return status;
  }
  return {};
}

std::string Sandboxes::PathOf(const std::string& id) const {
  return work_dir_ + "/containers/" + FolderOf(id);
}

bool Sandboxes::Exists(const std::string& id) const {
  struct stat status {};
  return lstat(PathOf(id).c_str(), &status) == 0;
}

Status Sandboxes::CheckFree(const std::string& id) const {
  if (!Exists(id)) return {};
  return Error{ErrorCode::kInvalid,
               "the sandbox " + PathOf(id) +
                   " exists, from an earlier run of the agent: REMOVE_CONTAINER it first",
               0};
}

Result<SandboxFiles> Sandboxes::Make(const std::string& id, const launch::User& user) const {
  const std::string path = PathOf(id);
  if (mkdir(path.c_str(), 0700) != 0) return SystemError("mkdir " + path, errno);
  auto files = Fill(path, user);
  if (!files) (void)Remove(id);
  return files;
}

Status Sandboxes::Remove(const std::string& id) const { return RemoveTree(PathOf(id)); }

}  // namespace runtime::agent
