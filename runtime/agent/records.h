// What an agent that is started again must know of the containers that it finds: a folder for each,
// RUNTIME_DIR/containers/ID, made before the launch and removed with the container.
//
//   about    who it is, JSON; complete from the start
//   signal   the last signal that the agent sent
//   ending   how it ended, by its monitor: runtime/launch/ending.h

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/launch/descriptors.h"
#include "schema/error.h"

namespace runtime::agent {

struct Record {
  std::string id;
  std::optional<std::string> profile_name;  // in force; std::nullopt: unconfined
  std::optional<std::string> user;          // as nested containers inherit it
  bool has_filter = false;
  std::string cgroup = {};  // its name; empty: it has none of its own
};

class Records {
 public:
  static constexpr const char* kEnding = "ending";

  // `runtime_dir` is there, and root's alone. Makes its folder for the records where it is missing.
  // Errors: kSystem.
  static schema::Result<Records> Open(const std::string& runtime_dir);

  // Absolute, without links.
  std::string FolderFor(const std::string& id) const;

  // The new record's folder, open. Errors: kSystem, and nothing is left.
  schema::Result<launch::Descriptor> Make(const Record& record) const;

  void NoteSignal(const std::string& id, int signal) const;
  int LastSignal(const std::string& id) const;  // 0: none

  // Whether its launch has come as far as the monitor's file.
  bool WasLaunched(const std::string& id) const;

  // Errors: kSystem.
  schema::Status Remove(const std::string& id) const;

  // By id; a folder that an agent was just making or removing is removed. Errors: kSystem.
  schema::Result<std::vector<Record>> List() const;

 private:
  explicit Records(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace runtime::agent
