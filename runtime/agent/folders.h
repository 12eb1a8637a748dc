// The agent's two folders, where nothing is made yet.

#pragma once

#include <string>

#include "schema/error.h"

namespace runtime::agent {

// Of an existing one: a folder that nobody but root and us may write to. Errors: kInvalid; kSystem.
schema::Status CheckRuntimeDir(const std::string& directory);

// Of an existing one: the same, but for a folder like /tmp. Errors: kInvalid; kSystem.
schema::Status CheckWorkDir(const std::string& directory);

// Whether both are there or can be made: for --check. Errors: as above, with the flag.
schema::Status CheckFolders(const std::string& work_dir, const std::string& runtime_dir);

}  // namespace runtime::agent
