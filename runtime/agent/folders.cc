#include "runtime/agent/folders.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Status;
using schema::SystemError;

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

// `path`, or the nearest one above it that is there, is a folder that we may write to.
Status CheckCanMake(const std::string& flag, const std::string& path) {
  const std::string named = flag + "=" + path + ": ";
  std::filesystem::path nearest = path;
  struct stat status {};
  while (stat(nearest.c_str(), &status) != 0) {
    if (errno != ENOENT || nearest == nearest.parent_path()) {
      return SystemError(named + nearest.string(), errno);
    }
    nearest = nearest.parent_path();
  }
  if (!S_ISDIR(status.st_mode)) {
    return Invalid(named + nearest.string() + " is not a directory");
  }
  if (access(nearest.c_str(), W_OK | X_OK) != 0) {
    return SystemError(named + nearest.string(), errno);
  }
  return {};
}

}  // namespace

Status CheckRuntimeDir(const std::string& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) {
    return SystemError("--runtime_dir=" + directory, errno);
  }
  if (!S_ISDIR(status.st_mode)) return Invalid("--runtime_dir=" + directory + ": not a directory");
  const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (others_write || (status.st_uid != geteuid() && status.st_uid != 0)) {
    return Invalid("--runtime_dir=" + directory +
                   ": others may write to it, and so could put a socket of theirs in place of the "
                   "agent's");
  }
  return {};
}

Status CheckFolders(const std::string& work_dir, const std::string& runtime_dir) {
  if (auto status = CheckCanMake("--work_dir", work_dir); !status) return status;
  if (access(runtime_dir.c_str(), F_OK) == 0) return CheckRuntimeDir(runtime_dir);
  // Its parent alone must be there.
  const auto parent = std::filesystem::path(runtime_dir).parent_path().string();
  if (access(parent.c_str(), F_OK) != 0) return SystemError("--runtime_dir=" + runtime_dir, errno);
  return CheckCanMake("--runtime_dir", runtime_dir);
}

}  // namespace runtime::agent
