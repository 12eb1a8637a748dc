#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lint/cli/check_options.h"
#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/file_settings.h"
#include "lint/cli/fix_file.h"
#include "lint/cli/in_order.h"
#include "lint/cli/output_file.h"
#include "lint/cli/paths.h"
#include "lint/cli/progress.h"
#include "lint/cli/report_output.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/engine/engine.h"
#include "lint/report/baseline.h"
#include "lint/report/github.h"
#include "lint/rules/places.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;

struct FileToCheck {
  std::string path;
  const FileSettings* settings = nullptr;
  bool is_named = true;  // by an operand; else found in a folder
};

// What is left of a file once it is checked and rendered.
struct Outcome {
  std::string complaint;              // it cannot be read
  FileFix fix;                        // for --fix and --diff
  std::vector<report::Piece> pieces;  // one for each output
  report::Tally tally;
  bool fails = false;
  std::size_t stale = 0;                // of its baseline
  engine::Baseline::Findings baseline;  // for --write-baseline
};

Outcome CheckFile(const FileToCheck& file, const std::vector<ReportOutput>& outputs,
                  const CheckSettings& check) {
  Outcome outcome;
  auto text = ReadProfile(file.path);
  if (!text) {
    outcome.complaint = text.error().message;
    outcome.tally.unreadable = 1;
    return outcome;
  }
  if (!file.is_named && !MayHoldProfile(file.path, *text)) return outcome;
  const FileSettings& settings = *file.settings;
  if (check.fix.any()) {
    outcome.fix = FixFile(file.path, std::move(*text), settings, check.fix);
    if (check.fix.diff) return outcome;
    text = outcome.fix.text;
  }
  engine::FileReport report =
      engine::Check(DisplayName(file.path), std::move(*text), settings.options);
  if (!check.write_baseline.empty()) {
    outcome.baseline = engine::Baseline::TakeAll(report);
  } else if (settings.baseline != nullptr) {
    const std::string name = PathFrom(FolderOf(settings.baseline->path), file.path);
    outcome.stale = settings.baseline->baseline.Accept(name, settings.options.selection, report);
  }
  outcome.tally.Add(report);
  for (const engine::Report& finding : report.reports) {
    outcome.fails = outcome.fails || engine::Fails(finding.severity, settings.fail_level);
  }
  for (const ReportOutput& output : outputs) {
    outcome.pieces.push_back(output.assembly().Render(report, TargetsOf(report, settings.options)));
  }
  return outcome;
}

// What a run came to.
struct Totals {
  report::Tally tally;
  bool fails = false;
  std::size_t stale = 0;
  FixTotals fixes;
  engine::Baseline baseline;  // for --write-baseline
};

Totals CheckFiles(const std::vector<FileToCheck>& files, const CheckSettings& settings,
                  std::vector<ReportOutput>& outputs) {
  Totals totals;
  Progress progress(!settings.quiet, files.size());
  const std::string baseline_folder = FolderOf(settings.write_baseline);
  const auto work = [&](std::size_t i) { return CheckFile(files[i], outputs, settings); };
  const auto done = [&](std::size_t i, Outcome outcome) {
    progress.Clear();
    if (!outcome.complaint.empty()) Complain(outcome.complaint);
    totals.fixes.Add(files[i].path, outcome.fix);
    for (std::size_t k = 0; k < outcome.pieces.size(); ++k) {
      outputs[k].Add(std::move(outcome.pieces[k]));
    }
    totals.tally.Add(outcome.tally);
    totals.fails = totals.fails || outcome.fails;
    totals.stale += outcome.stale;
    if (!outcome.baseline.empty()) {
      totals.baseline.Set(PathFrom(baseline_folder, files[i].path), std::move(outcome.baseline));
    }
    progress.Show(i + 1);
  };
  for (ReportOutput& output : outputs) output.Begin();
  InOrder(files.size(), settings.jobs, work, done);
  return totals;
}

// `stdout_is_taken`: by the fixed profile.
std::vector<ReportOutput> Outputs(const CheckSettings& settings, bool stdout_is_taken) {
  std::vector<ReportOutput> outputs;
  if (settings.fix.diff) return outputs;
  for (OutputChoice choice : settings.outputs) {
    if (choice.path == "-" && stdout_is_taken) choice.path = kStandardError;
    report::FormatOptions options;
    options.tool_version = kVersion;
    options.working_directory = fs::current_path().string();
    options.color = settings.color && outputs.empty();
    options.summary = !settings.quiet;
    options.statistics = settings.statistics;
    outputs.emplace_back(choice, std::move(options));
  }
  return outputs;
}

struct FoundPath {
  std::string path;
  bool is_named = false;
};

std::vector<FoundPath> FindAll(const std::vector<std::string>& operands, std::size_t& unreadable) {
  std::vector<FoundPath> paths;
  std::set<std::string> seen;  // a file that is named twice is one
  for (const std::string& operand : operands) {
    FoundProfiles found = FindProfiles(operand);
    std::erase_if(found.paths, [&](const std::string& path) {
      return path != operand && fs::path(path).filename() == kConfigName;
    });
    for (const schema::Error& complaint : found.complaints) {
      Complain(complaint.message);
      ++unreadable;
    }
    for (const std::string& skipped : found.skipped) {
      Complain("warning: " + skipped + " is skipped: neither a file nor a folder of its own");
    }
    if (found.paths.empty() && found.complaints.empty()) {
      Complain("warning: no *.json in " + operand + ", nor *.yaml or *.yml");
    }
    for (std::string& path : found.paths) {
      const bool is_named = path == operand;
      if (seen.insert(PathFrom("/", path)).second) paths.push_back({std::move(path), is_named});
    }
  }
  return paths;
}

// A baseline among the profiles of a folder is none of them.
bool IsSame(const std::string& path, const std::string& other) {
  return PathFrom("/", path) == PathFrom("/", other);
}

// What the baselines know of files that are gone; of those that are there, each file knows itself.
std::size_t StaleOfMissingFiles(const FileSettingsSource& source) {
  std::size_t stale = 0;
  for (const auto& [path, named] : source.baselines()) {
    for (const auto& [name, findings] : named.baseline.files()) {
      std::error_code ignored;
      if (name.starts_with('<') || fs::exists(fs::path(FolderOf(path)) / name, ignored)) continue;
      for (const auto& [key, known] : findings) stale += known.count;
    }
  }
  return stale;
}

// The job's page on GitHub. Source: GITHUB_STEP_SUMMARY in "Workflow commands for GitHub Actions".
schema::Status WriteJobSummary(const CheckSettings& settings, const report::Tally& tally) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  bool is_wanted = false;
  for (const OutputChoice& choice : settings.outputs) {
    is_wanted = is_wanted || choice.format == &report::kGithub;
  }
  if (!is_wanted || path == nullptr || *path == '\0') return {};
  // Other steps of the job write to it, too.
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << report::GithubSummary(tally);
  file.close();
  if (file.good()) return {};
  return schema::Error{schema::ErrorCode::kSystem, "cannot write " + std::string(path), 0};
}

schema::Status WriteAll(const CheckSettings& settings, const Totals& totals,
                        std::vector<ReportOutput>& outputs) {
  for (ReportOutput& output : outputs) {
    if (auto status = output.End(totals.tally); !status) return status;
  }
  if (auto status = WriteJobSummary(settings, totals.tally); !status) return status;
  if (settings.write_baseline.empty() || totals.tally.unreadable != 0) return {};
  const std::string baseline = report::BaselineText(totals.baseline);
  if (baseline.size() > engine::Baseline::kMaxBytes) {
    return schema::Error{schema::ErrorCode::kLimit,
                         settings.write_baseline + " would be more than is read of a baseline (" +
                             std::to_string(engine::Baseline::kMaxBytes) +
                             " bytes): mend or ignore some of the findings",
                         0};
  }
  return WriteOutput(settings.write_baseline, baseline);
}

}  // namespace

int Check(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("[check] [OPTION...] PATH...", CheckOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto settings = ReadCheckSettings(*values);
  if (!settings) return Complain(settings.error().message);
  const auto operands = Operands(*values);
  if (operands.empty()) return Complain("no PATH given: name a file, a folder, or - for stdin");

  FileSettingsSource source(settings->choices);
  // The command line is wrong or right whatever there is to check.
  if (auto any = source.WithoutConfig(); !any) return Complain(any.error().message);
  std::size_t unreadable = 0;
  std::vector<FileToCheck> files;
  for (auto& [path, is_named] : FindAll(operands, unreadable)) {
    const auto found = source.For(path);
    if (!found) return Complain(found.error().message);
    const NamedBaseline* baseline = (*found)->baseline;
    const bool is_baseline = IsSame(path, settings->write_baseline) ||
                             (baseline != nullptr && IsSame(path, baseline->path));
    if (!is_baseline) files.push_back({std::move(path), *found, is_named});
  }
  std::vector<ReportOutput> outputs =
      Outputs(*settings, settings->fix.fix && std::ranges::count(operands, "-") != 0);
  Totals totals = CheckFiles(files, *settings, outputs);
  totals.tally.unreadable += unreadable;
  if (auto status = WriteAll(*settings, totals, outputs); !status) {
    return Complain(status.error().message);
  }
  if (const std::string fixes = totals.fixes.Summary(settings->fix); !fixes.empty()) {
    if (!settings->quiet) Complain("note: " + fixes);
  }
  if (totals.fixes.has_bug()) return kBug;
  if (totals.fixes.failed()) return kUsage;
  if (settings->fix.diff) {
    return totals.tally.unreadable != 0 ? kUsage : totals.fixes.changes() ? kFound : kOk;
  }
  const std::size_t stale = totals.stale + StaleOfMissingFiles(source);
  if (stale != 0 && !settings->quiet) {
    Complain("note: " + rules::Counted(stale, "finding") +
             " of the baseline found no more: --write-baseline writes it anew");
  }
  if (totals.tally.unreadable != 0) return kUsage;
  return totals.fails ? kFound : kOk;
}

}  // namespace lint::cli
