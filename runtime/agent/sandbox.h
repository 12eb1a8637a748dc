// The directory of a container, with its standard output and standard error.

#pragma once

#include <string>

#include "runtime/launch/descriptors.h"
#include "runtime/launch/spec.h"
#include "schema/error.h"

namespace runtime::agent {

struct SandboxFiles {
  launch::Descriptor standard_output;
  launch::Descriptor standard_error;
};

class Sandboxes {
 public:
  // Makes `work_dir` and its folder for the sandboxes where they are missing, searchable by all and
  // readable by root alone. Errors: kSystem.
  static schema::Status MakeWorkDir(const std::string& work_dir);

  explicit Sandboxes(std::string work_dir) : work_dir_(std::move(work_dir)) {}

  // WORK_DIR/containers/FOLDER: see container_id.h. A nested container's is beside those of the
  // ones around it, not in theirs: those belong to users, who could lead us elsewhere.
  std::string PathOf(const std::string& id) const;
  bool Exists(const std::string& id) const;

  // Errors: kInvalid, it exists, with what to do.
  schema::Status CheckFree(const std::string& id) const;

  // Makes the directory, 0700, and the files stdout and stderr in it; all of them belong to `user`.
  // Errors: kSystem, and nothing is left.
  schema::Result<SandboxFiles> Make(const std::string& id, const launch::User& user) const;

  // Removes it with all that is in it; symbolic links are not followed. Errors: kSystem.
  schema::Status Remove(const std::string& id) const;

 private:
  std::string work_dir_;
};

}  // namespace runtime::agent
