#include "lint/cli/file_settings.h"

#include <filesystem>
#include <system_error>

#include "lint/cli/command_line.h"
#include "lint/cli/paths.h"
#include "schema/json/read_file.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;

// The rules that the config's changes select, ignore and rate.
schema::Status Apply(const std::vector<const engine::Changes*>& all, bool choose_rules,
                     engine::Options& options) {
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::map<const rules::Rule*, std::optional<rules::Severity>> severities;
  for (const engine::Changes* changes : all) {
    if (!changes->select.empty()) select = changes->select;
    ignore.insert(ignore.end(), changes->ignore.begin(), changes->ignore.end());
    for (const auto& [rule, severity] : changes->severity) severities[rule] = severity;
  }
  for (const auto& [rule, severity] : severities) {
    if (severity) {
      options.severities[rule] = *severity;
    } else {
      ignore.emplace_back(rule->id);
    }
  }
  if (!choose_rules) return {};
  for (const std::string& name : select) {
    if (auto status = options.selection.Select(name); !status) return status;
  }
  for (const std::string& name : ignore) {
    if (auto status = options.selection.Ignore(name); !status) return status;
  }
  return {};
}

}  // namespace

std::string FolderOf(const std::string& file) {
  return (fs::current_path() / file).lexically_normal().parent_path().string();
}

std::string PathFrom(const std::string& folder, const std::string& path) {
  if (path == "-") return DisplayName(path);
  return (fs::current_path() / path).lexically_normal().lexically_relative(folder).string();
}

schema::Result<const FileSettings*> FileSettingsSource::For(const std::string& path) {
  const std::string folder = FolderOf(path == "-" ? "stdin" : path);
  auto config = ConfigFor(folder);
  if (!config) return std::move(config).error();
  if (*config == nullptr) return Combined({nullptr, {}});
  return Combined({*config, (*config)->For(PathFrom((*config)->folder, path))});
}

schema::Result<const FileSettings*> FileSettingsSource::Combined(const Key& key) {
  auto place = settings_.find(key);
  if (place == settings_.end()) {
    auto combined = Combine(key);
    if (!combined) return std::move(combined).error();
    place = settings_.emplace(key, std::move(*combined)).first;
  }
  return &place->second;
}

schema::Result<const engine::Config*> FileSettingsSource::ConfigFor(const std::string& folder) {
  if (choices_.isolated) return nullptr;
  if (!choices_.config.empty()) return ReadConfig(choices_.config);
  if (const auto known = config_of_folder_.find(folder); known != config_of_folder_.end()) {
    return known->second;
  }
  const fs::path here(folder);
  std::error_code ignored;
  const bool has_one = fs::exists(here / kConfigName, ignored);
  // Reading a fifo that somebody has put there would wait for ever.
  if (has_one && !fs::is_regular_file(here / kConfigName, ignored)) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         (here / kConfigName).string() + " is no file: a config must be one", 0};
  }
  const bool is_root = here == here.parent_path();
  auto config = has_one   ? ReadConfig((here / kConfigName).string())
                : is_root ? schema::Result<const engine::Config*>(nullptr)
                          : ConfigFor(here.parent_path().string());
  if (config) config_of_folder_[folder] = *config;
  return config;
}

schema::Result<const engine::Config*> FileSettingsSource::ReadConfig(const std::string& path) {
  std::unique_ptr<engine::Config>& config = configs_[path];
  if (config == nullptr) {
    auto text = schema::json::ReadFile(path);
    if (!text) return std::move(text).error();
    auto parsed = engine::ParseConfig(PathFrom(FolderOf("here"), path), *text);
    if (!parsed) return std::move(parsed).error();
    config = std::make_unique<engine::Config>(std::move(*parsed));
  }
  return config.get();
}

schema::Result<const NamedBaseline*> FileSettingsSource::ReadBaseline(const std::string& path,
                                                                      bool is_operand) {
  auto place = baselines_.find(path);
  if (place == baselines_.end()) {
    // As with a config: only who gives a pipe on the command line means it.
    auto text = is_operand ? schema::json::ReadFile(path, engine::Baseline::kMaxBytes)
                           : schema::json::ReadRegularFile(path, engine::Baseline::kMaxBytes);
    if (!text) return std::move(text).error();
    auto parsed = engine::Baseline::Parse(path, std::move(*text));
    if (!parsed) return std::move(parsed).error();
    place = baselines_.emplace(path, NamedBaseline{path, std::move(*parsed)}).first;
  }
  return &place->second;
}

schema::Result<FileSettings> FileSettingsSource::Combine(const Key& key) {
  const auto& [config, changes] = key;
  FileSettings settings;
  std::vector<std::string> texts = choices_.targets;
  if (texts.empty()) {
    for (const engine::Changes* some : changes) {
      if (!some->targets.empty()) texts = some->targets;
    }
  }
  auto targets = Targets(texts);
  if (!targets) return std::move(targets).error();
  settings.options.targets = std::move(*targets);
  settings.options.all_forms = true;
  settings.options.engine_is_named = NamesEngine(texts);
  if (auto status = Apply(changes, choices_.select.empty(), settings.options); !status) {
    return std::move(status).error();
  }
  for (const std::string& name : choices_.select) {
    if (auto status = settings.options.selection.Select(name); !status) {
      return std::move(status).error().While("--select");
    }
  }
  for (const std::string& name : choices_.ignore) {
    if (auto status = settings.options.selection.Ignore(name); !status) {
      return std::move(status).error().While("--ignore");
    }
  }
  std::string baseline = choices_.baseline;
  if (config != nullptr && config->fail_level) settings.fail_level = *config->fail_level;
  if (choices_.fail_level) settings.fail_level = *choices_.fail_level;
  if (baseline.empty() && config != nullptr && !config->baseline.empty()) {
    baseline = PathFrom(FolderOf("here"), (fs::path(config->folder) / config->baseline).string());
  }
  if (!baseline.empty() && !choices_.without_baseline) {
    auto read = ReadBaseline(baseline, !choices_.baseline.empty());
    if (!read) return std::move(read).error();
    settings.baseline = *read;
  }
  return settings;
}

}  // namespace lint::cli
