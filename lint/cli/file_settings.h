// What holds for each file of a run: its .seccomp-lint.json, and the command line over it.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lint/engine/baseline.h"
#include "lint/engine/config.h"
#include "lint/engine/engine.h"
#include "schema/error.h"

namespace lint::cli {

inline constexpr const char* kConfigName = ".seccomp-lint.json";

// What the command line says, and which configs it wants.
struct CommandLineChoices {
  std::vector<std::string> targets;  // --target's and those of --targets
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::optional<engine::FailLevel> fail_level;
  std::string baseline;  // empty: the config's
  bool without_baseline = false;
  std::string config;     // empty: the nearest one above each file
  bool isolated = false;  // no config at all
};

struct NamedBaseline {
  std::string path;
  engine::Baseline baseline;
};

struct FileSettings {
  engine::Options options;
  engine::FailLevel fail_level = engine::FailLevel::kError;
  const NamedBaseline* baseline = nullptr;  // nullptr: none
};

// Finds and reads configs and baselines, each once. What is given for the command line:
// --target takes the place of all targets of the config, --select of all that selects or ignores
// rules in it; --ignore adds to that.
class FileSettingsSource {
 public:
  explicit FileSettingsSource(CommandLineChoices choices) : choices_(std::move(choices)) {}

  // `path`: as FindProfiles gives it. Valid as long as this. Errors: a config or baseline cannot
  // be read, or what it says is wrong.
  schema::Result<const FileSettings*> For(const std::string& path);

  // What the command line says on its own.
  schema::Result<const FileSettings*> WithoutConfig() { return Combined({nullptr, {}}); }

  const std::map<std::string, NamedBaseline>& baselines() const { return baselines_; }

 private:
  using Key = std::pair<const engine::Config*, std::vector<const engine::Changes*>>;

  schema::Result<const engine::Config*> ConfigFor(const std::string& folder);
  schema::Result<const engine::Config*> ReadConfig(const std::string& path);
  schema::Result<const NamedBaseline*> ReadBaseline(const std::string& path, bool is_operand);
  schema::Result<const FileSettings*> Combined(const Key& key);
  schema::Result<FileSettings> Combine(const Key& key);

  CommandLineChoices choices_;
  std::map<std::string, std::unique_ptr<engine::Config>> configs_;  // by path
  std::map<std::string, const engine::Config*> config_of_folder_;   // nullptr: none
  std::map<std::string, NamedBaseline> baselines_;                  // by path
  std::map<Key, FileSettings> settings_;
};

// `path` as it is seen from the folder that `file` lies in: "../a.json"; "<stdin>" for "-".
std::string PathFrom(const std::string& folder, const std::string& path);
std::string FolderOf(const std::string& file);

}  // namespace lint::cli
