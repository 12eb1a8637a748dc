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

// A folder of ours or root's, without any of the `forbidden` bits of its mode.
Status CheckOursAlone(const std::string& named, const std::string& directory, mode_t forbidden,
                      const char* danger) {
  struct stat link {};
  struct stat status {};
  if (lstat(directory.c_str(), &link) != 0 || stat(directory.c_str(), &status) != 0) {
    return SystemError(named, errno);
  }
  if (!S_ISDIR(status.st_mode)) return Invalid(named + " is not a directory");
  const auto is_ours = [](uid_t owner) { return owner == geteuid() || owner == 0; };
  const bool is_open = (status.st_mode & forbidden) != 0;
  if (is_ours(link.st_uid) && is_ours(status.st_uid) && !is_open) return {};
  return Invalid(named + ": others may write to it, and so could " + danger);
}

}  // namespace

Status CheckRuntimeDir(const std::string& directory) {
  return CheckOursAlone("--runtime_dir=" + directory, directory, S_IWGRP | S_IWOTH,
                        "put a socket of theirs in place of the agent's");
}

Status CheckWorkDir(const std::string& directory) {
  // In a folder like /tmp nobody can rename what is ours.
  struct stat status {};
  const bool is_sticky = stat(directory.c_str(), &status) == 0 && (status.st_mode & S_ISVTX) != 0;
  return CheckOursAlone("--work_dir=" + directory, directory, is_sticky ? 0 : S_IWGRP | S_IWOTH,
                        "have the agent make and remove sandboxes elsewhere");
}

Status CheckFolders(const std::string& work_dir, const std::string& runtime_dir) {
  if (auto status = CheckCanMake("--work_dir", work_dir); !status) return status;
  if (access(work_dir.c_str(), F_OK) == 0) {
    if (auto status = CheckWorkDir(work_dir); !status) return status;
  }
  if (access(runtime_dir.c_str(), F_OK) == 0) return CheckRuntimeDir(runtime_dir);
  // Its parent alone must be there.
  const auto parent = std::filesystem::path(runtime_dir).parent_path().string();
  if (access(parent.c_str(), F_OK) != 0) return SystemError("--runtime_dir=" + runtime_dir, errno);
  return CheckCanMake("--runtime_dir", runtime_dir);
}

}  // namespace runtime::agent
