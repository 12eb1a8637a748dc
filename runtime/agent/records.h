// What an agent that is started again must know of the containers that it finds: a folder for each,
// RUNTIME_DIR/containers/ID, made before the launch and removed with the container.
//
//   about    who it is, JSON; complete from the start
//   signal   the last signal that the agent sent, 0 at first
//   ending   how it ended, by its monitor: runtime/launch/ending.h

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launch/adopt.h"
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

// A folder of a container that was launched, from which nobody can read who it is.
struct DamagedRecord {
  std::string name;    // of the folder: FolderOf(the container's id)
  std::string reason;  // what is wrong with the file
};

struct RecordList {
  std::vector<Record> records;  // by id
  std::vector<DamagedRecord> damaged;
};

class Records {
 public:
  static constexpr const char* kAbout = "about";
  static constexpr const char* kEnding = "ending";
  static constexpr std::size_t kMostSetAside = 16;

  // `runtime_dir` is there, and root's alone. Makes its folder for the records where it is missing.
  // Errors: kSystem.
  static schema::Result<Records> Open(const std::string& runtime_dir);

  // Absolute, without links.
  std::string FolderFor(const std::string& id) const;

  // The new record's folder, open. Errors: kSystem, and nothing is left.
  schema::Result<launch::Descriptor> Make(const Record& record) const;

  void NoteSignal(const std::string& id, int signal) const;
  int LastSignal(const std::string& id) const;  // 0: none

  // What a container without a monitor and without an ending was: false, its launch was cut off
  // before it can have begun.
  bool CanHaveBegun(const std::string& id) const;

  // Errors: kSystem.
  schema::Status Remove(const std::string& id) const;

  // A folder that an agent was just making or removing is removed: of such a container nothing
  // runs. Errors: kSystem.
  schema::Result<RecordList> List(const launch::Monitors& monitors) const;

  // Moves the folder `name`, as it is, to RUNTIME_DIR/containers.damaged, in place of one of that
  // name. The newest kMostSetAside stay there. Where it is then. Errors: kSystem.
  schema::Result<std::string> SetAside(const std::string& name) const;

 private:
  explicit Records(std::string folder) : folder_(std::move(folder)) {}

  schema::Result<Record> Read(const std::string& name) const;
  bool IsOfALaunch(const std::string& name, const launch::Monitors& monitors) const;

  std::string folder_;
};

}  // namespace runtime::agent
