#include "lint/cli/check_options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

schema::Error Invalid(std::string message) {
  return {schema::ErrorCode::kInvalid, std::move(message), 0};
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

schema::Result<CommandLineChoices> ReadChoices(const po::variables_map& values) {
  CommandLineChoices choices;
  auto targets = TargetTexts(values);
  if (!targets) return std::move(targets).error();
  choices.targets = std::move(*targets);
  choices.select = SplitAtCommas(ValuesOf(values, "select"));
  choices.ignore = SplitAtCommas(ValuesOf(values, "ignore"));
  if (const auto& level = values["fail-level"].as<std::string>(); !level.empty()) {
    choices.fail_level = engine::FailLevelNamed(level);
    if (!choices.fail_level) {
      return Invalid("--fail-level takes error, warning, info or never, not \"" + level + "\"");
    }
  }
  choices.baseline = values["baseline"].as<std::string>();
  choices.without_baseline = !values["write-baseline"].as<std::string>().empty();
  choices.config = values["config"].as<std::string>();
  choices.isolated = values["isolated"].as<bool>();
  if (choices.isolated && !choices.config.empty()) {
    return Invalid("--isolated reads no config: leave out --config " + choices.config);
  }
  return choices;
}

}  // namespace

po::options_description CheckOptions() {
  const auto path = [] {
    return po::value<std::string>()->default_value("", "")->value_name("FILE");
  };
  const auto words = [](const char* name) {
    return po::value<Words>()->composing()->value_name(name);
  };
  po::options_description options("Options");
  options.add_options()  //
      ("format", po::value<std::string>()->default_value("text")->value_name("FORMAT"),
       report::FormatNames().c_str())  //
      ("output", words("[FORMAT=]FILE"),
       "write the report to FILE instead of stdout, or with FORMAT= one more report. May be "
       "repeated")  //
      ("target", words("KEY=VALUE,..."),
       "keys: arch, kernel, libseccomp, caps (docker, all, none, CAP_A+CAP_B), engine (isolator, "
       "docker, mesos, oci); a key left out is this host's. arch=all, arch=A+B and "
       "kernel=4.19..6.12 mean several targets. May be repeated")  //
      ("targets", path(),
       "a JSON list of targets, as strings of --target, or what `kubectl get nodes -o json` prints")  //
      ("select", words("RULE,..."), "run these rules alone: SL301, SL3, all")  //
      ("ignore", words("RULE,..."), "do not run these rules")                  //
      ("fail-level", po::value<std::string>()->default_value("", "error")->value_name("SEVERITY"),
       "exit 1 from this severity on: error, warning, info, never")  //
      ("config", path(),
       "read FILE instead of the nearest .seccomp-lint.json above each profile; what the command "
       "line says wins over it")                                            //
      ("isolated", po::bool_switch(), "read no config")                     //
      ("baseline", path(), "leave out the findings that FILE lists")        //
      ("write-baseline", path(), "list what is found in FILE, and exit 0")  //
      ("fix", po::bool_switch(),
       "fix what can be fixed without a change of what the profile means, and report the rest; "
       "standard input: the fixed profile to stdout, the report to stderr")  //
      ("diff", po::bool_switch(),
       "print what --fix would change and change nothing; exit 1 if there is something")  //
      ("unsafe-fixes", po::bool_switch(),
       "with --fix or --diff: fixes that change what the profile means, too")  //
      ("jobs", po::value<unsigned>()->default_value(0)->value_name("N"),
       "threads; 0: one a core")  //
      ("color", po::value<std::string>()->default_value("auto")->value_name("WHEN"),
       "auto, always, never")                                                    //
      ("quiet,q", po::bool_switch(), "findings alone: no summary, no progress")  //
      ("statistics", po::bool_switch(), "count the findings of each rule, in the text report");
  return options;
}

namespace {

schema::Result<FixMode> ReadFixMode(const po::variables_map& values) {
  const FixMode mode{values["fix"].as<bool>(), values["diff"].as<bool>(),
                     values["unsafe-fixes"].as<bool>()};
  if (mode.unsafe && !mode.any()) return Invalid("--unsafe-fixes needs --fix or --diff");
  if (mode.diff && (values.contains("output") || !values["format"].defaulted())) {
    return Invalid("--diff prints a diff and no report: leave out --format and --output");
  }
  if (mode.diff && !values["write-baseline"].as<std::string>().empty()) {
    return Invalid("--diff writes nothing: leave out --write-baseline");
  }
  return mode;
}

}  // namespace

schema::Result<CheckSettings> ReadCheckSettings(const po::variables_map& values) {
  CheckSettings settings;
  Words outputs = PathsOf(values, "output");
  auto chosen = ChooseOutputs(values["format"].as<std::string>(), outputs);
  if (!chosen) return std::move(chosen).error();
  settings.outputs = std::move(*chosen);
  auto choices = ReadChoices(values);
  if (!choices) return std::move(choices).error();
  settings.choices = std::move(*choices);
  settings.write_baseline = values["write-baseline"].as<std::string>();
  auto color = WantsColor(values["color"].as<std::string>(), settings.outputs[0].path != "-");
  if (!color) return std::move(color).error();
  settings.color = *color;
  auto fix = ReadFixMode(values);
  if (!fix) return std::move(fix).error();
  settings.fix = *fix;
  settings.jobs = values["jobs"].as<unsigned>();
  constexpr unsigned kMostJobs = 1024;  // -1 is read as a large number
  if (settings.jobs > kMostJobs) return Invalid("--jobs takes a number from 0 to 1024");
  if (settings.jobs == 0) settings.jobs = std::max(1U, std::thread::hardware_concurrency());
  settings.quiet = values["quiet"].as<bool>();
  settings.statistics = values["statistics"].as<bool>();
  return settings;
}

}  // namespace lint::cli
