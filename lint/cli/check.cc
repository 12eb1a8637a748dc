#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/paths.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/cli/targets_file.h"
#include "lint/engine/engine.h"
#include "lint/report/json.h"
#include "lint/report/text.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using rules::Severity;
using Words = std::vector<std::string>;

struct Settings {
  engine::Options engine;
  std::string format;
  std::string output;                  // empty: stdout
  std::optional<Severity> fail_level;  // std::nullopt: never
  unsigned jobs = 1;
  bool color = false;
  bool quiet = false;
  bool statistics = false;
};

po::options_description CheckOptions() {
  po::options_description options("Options");
  options.add_options()                                                                         //
      ("format", po::value<std::string>()->default_value("text"), "text or json")               //
      ("output", po::value<std::string>()->default_value(""), "write the report to this file")  //
      ("target", po::value<Words>()->composing(),
       "KEY=VALUE,...; keys: arch, kernel, libseccomp, caps (docker, all, none, CAP_A+CAP_B), "
       "engine "
       "(isolator, docker, mesos, oci); a key left out is this host's. arch=all, arch=A+B and "
       "kernel=4.19..6.12 mean several targets. May be repeated")  //
      ("targets", po::value<std::string>()->default_value(""),
       "a JSON list of targets, as strings of --target")                                     //
      ("select", po::value<Words>()->composing(), "run these rules alone: SL301, SL3, all")  //
      ("ignore", po::value<Words>()->composing(), "do not run these rules")                  //
      ("fail-level", po::value<std::string>()->default_value("error"),
       "exit 1 from this severity on: error, warning, info, never")                      //
      ("jobs", po::value<unsigned>()->default_value(0), "threads; 0: one a core")        //
      ("color", po::value<std::string>()->default_value("auto"), "auto, always, never")  //
      ("quiet,q", po::bool_switch(), "findings alone, no summary")                       //
      ("statistics", po::bool_switch(), "count the findings of each rule");
  return options;
}

schema::Error Invalid(std::string message) {
  return {schema::ErrorCode::kInvalid, std::move(message), 0};
}

schema::Result<std::optional<Severity>> ParseFailLevel(const std::string& name) {
  if (name == "never") return std::optional<Severity>();
  for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kError}) {
    if (name == rules::SeverityName(severity)) return std::optional(severity);
  }
  return Invalid("--fail-level takes error, warning, info or never, not \"" + name + "\"");
}

// Source of NO_COLOR: https://no-color.org.
schema::Result<bool> WantsColor(const std::string& when, bool to_file) {
  if (when == "always") return true;
  if (when == "never") return false;
  if (when != "auto") return Invalid("--color takes auto, always or never, not \"" + when + "\"");
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return !to_file && (no_color == nullptr || *no_color == '\0') && !dumb &&
         isatty(STDOUT_FILENO) == 1;
}

Words WordsOf(const po::variables_map& values, const char* key) {
  return values.contains(key) ? values[key].as<Words>() : Words();
}

schema::Result<Settings> ReadSettings(const po::variables_map& values) {
  Settings settings;
  settings.format = values["format"].as<std::string>();
  if (settings.format != "text" && settings.format != "json") {
    return Invalid("--format takes text or json, not \"" + settings.format + "\"");
  }
  settings.output = values["output"].as<std::string>();
  auto fail_level = ParseFailLevel(values["fail-level"].as<std::string>());
  if (!fail_level) return std::move(fail_level).error();
  settings.fail_level = *fail_level;
  auto color = WantsColor(values["color"].as<std::string>(), !settings.output.empty());
  if (!color) return std::move(color).error();
  settings.color = *color;
  Words texts = WordsOf(values, "target");
  if (const auto& path = values["targets"].as<std::string>(); !path.empty()) {
    auto listed = ReadTargetsFile(path);
    if (!listed) return std::move(listed).error();
    texts.insert(texts.end(), listed->begin(), listed->end());
  }
  auto targets = Targets(texts);
  if (!targets) return std::move(targets).error();
  settings.engine.targets = std::move(*targets);
  for (const std::string& name : SplitAtCommas(WordsOf(values, "select"))) {
    if (auto status = settings.engine.selection.Select(name); !status) {
      return std::move(status).error().While("--select");
    }
  }
  for (const std::string& name : SplitAtCommas(WordsOf(values, "ignore"))) {
    if (auto status = settings.engine.selection.Ignore(name); !status) {
      return std::move(status).error().While("--ignore");
    }
  }
  settings.jobs = values["jobs"].as<unsigned>();
  if (settings.jobs == 0) settings.jobs = std::max(1U, std::thread::hardware_concurrency());
  settings.quiet = values["quiet"].as<bool>();
  settings.statistics = values["statistics"].as<bool>();
  return settings;
}

// Checks the files, several at a time. A file that cannot be read is complained about and left out.
std::vector<engine::FileReport> CheckFiles(const std::vector<std::string>& paths,
                                           const Settings& settings, bool& unreadable) {
  std::vector<std::optional<engine::FileReport>> reports(paths.size());
  std::vector<std::string> complaints(paths.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < paths.size(); i = next++) {
      auto text = ReadProfile(paths[i]);
      if (text) {
        reports[i] = engine::Check(DisplayName(paths[i]), std::move(*text), settings.engine);
      } else {
        complaints[i] = text.error().message;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t wanted = std::min<std::size_t>(settings.jobs, paths.size());
    for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back(work);
    work();
  }
  std::vector<engine::FileReport> readable;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (reports[i]) {
      readable.push_back(std::move(*reports[i]));
    } else {
      Complain(complaints[i]);
      unreadable = true;
    }
  }
  return readable;
}

std::string Statistics(const std::vector<engine::FileReport>& files) {
  std::map<std::string_view, std::pair<const rules::Rule*, std::size_t>> counts;
  for (const engine::FileReport& file : files) {
    for (const engine::Report& report : file.reports) {
      auto& [rule, count] = counts[report.rule->id];
      rule = report.rule;
      ++count;
    }
  }
  std::string out;
  for (const auto& [id, counted] : counts) {
    std::string number = std::to_string(counted.second);
    number.insert(0, number.size() < 7 ? 7 - number.size() : 0, ' ');
    out += number + "  " + std::string(id) + "  " + std::string(counted.first->name) + "\n";
  }
  return out;
}

std::string Render(const std::vector<engine::FileReport>& files, const Settings& settings) {
  if (settings.format == "json") {
    return report::Json(files, settings.engine.targets, kVersion);
  }
  const report::TextStyle style{settings.color};
  std::string out;
  for (const engine::FileReport& file : files) {
    out += report::Text(file, settings.engine.targets, style);
  }
  if (settings.statistics) out += Statistics(files);
  if (!settings.quiet) out += report::TextSummary(files, style);
  return out;
}

bool Fails(const std::vector<engine::FileReport>& files, std::optional<Severity> fail_level) {
  return fail_level && std::ranges::any_of(files, [&](const engine::FileReport& file) {
           return std::ranges::any_of(file.reports, [&](const engine::Report& report) {
             return report.severity >= *fail_level;
           });
         });
}

bool Write(const std::string& report, const std::string& output) {
  if (output.empty()) {
    std::cout << report;
    return true;
  }
  std::ofstream file(output, std::ios::binary);
  file << report;
  file.close();
  return file.good();
}

}  // namespace

int Check(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("[check] [OPTION...] PATH...", CheckOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto settings = ReadSettings(*values);
  if (!settings) return Complain(settings.error().message);
  const auto operands = Operands(*values);
  if (operands.empty()) return Complain("no PATH given: name a file, a folder, or - for stdin");

  bool unreadable = false;
  std::vector<std::string> paths;
  for (const std::string& operand : operands) {
    const FoundProfiles found = FindProfiles(operand);
    for (const schema::Error& complaint : found.complaints) {
      Complain(complaint.message);
      unreadable = true;
    }
    for (const std::string& skipped : found.skipped) {
      Complain("warning: " + skipped + " is skipped: neither a file nor a folder of its own");
    }
    if (found.paths.empty() && found.complaints.empty()) {
      Complain("warning: no *.json in " + operand);
    }
    paths.insert(paths.end(), found.paths.begin(), found.paths.end());
  }
  const auto files = CheckFiles(paths, *settings, unreadable);
  if (!Write(Render(files, *settings), settings->output)) {
    return Complain("cannot write " + settings->output);
  }
  if (unreadable) return kUsage;
  return Fails(files, settings->fail_level) ? kFound : kOk;
}

}  // namespace lint::cli
