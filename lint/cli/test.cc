#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/output_file.h"
#include "lint/cli/paths.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/cli/test_report.h"
#include "lint/verdicts/table_run.h"
#include "lint/verdicts/verdict_table.h"
#include "schema/hex.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/span.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using schema::kernel::Target;

constexpr std::string_view kExtension = ".verdicts";
constexpr std::array kExtensions = {kExtension};
constexpr std::size_t kMaxTable = std::size_t{16} << 20U;  // bytes: half a million lines

struct Pair {
  std::string profile;
  std::string table;
};

// The profile that a table stands beside.
std::string ProfileBeside(const std::string& path) {
  if (!path.ends_with(kExtension)) return path;
  for (const std::string_view extension : kProfileExtensions) {
    std::string profile = fs::path(path).replace_extension(extension).string();
    std::error_code ignored;
    if (fs::exists(profile, ignored)) return profile;
  }
  return fs::path(path).replace_extension(kProfileExtensions.front()).string();
}

// What merely lies beside an operand may be a fifo, which reading would wait for.
bool IsReadable(const std::string& beside) {
  std::error_code ignored;
  if (!fs::exists(beside, ignored) || fs::is_regular_file(beside, ignored)) return true;
  Complain(beside + " is not a regular file");
  return false;
}

// What the operands stand for; complains about what is missing.
std::optional<std::vector<Pair>> FindPairs(const std::vector<std::string>& operands,
                                           const std::string& table) {
  std::vector<Pair> pairs;
  if (!table.empty()) return std::vector{Pair{operands.front(), table}};
  for (const std::string& operand : operands) {
    FoundProfiles found = FindProfiles(operand, kExtensions);
    for (const schema::Error& complaint : found.complaints) Complain(complaint.message);
    if (!found.complaints.empty()) return std::nullopt;
    if (found.paths.empty()) {
      Complain("no *" + std::string(kExtension) + " in " + operand);
      return std::nullopt;
    }
    for (const std::string& path : found.paths) {
      Pair pair{ProfileBeside(path), fs::path(path).replace_extension(kExtension).string()};
      if (!IsReadable(pair.table == path ? pair.profile : pair.table)) return std::nullopt;
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

// "socket(0x28, 0x1) on x86_64", with the arguments up to the last that matters.
std::string CallText(const verdicts::Expectation& line, const schema::policy::Call& call) {
  std::size_t count = call.arguments.size();
  while (count > 0 && call.arguments[count - 1] == 0) --count;
  std::string out = line.name + "(";
  for (std::size_t i = 0; i < count; ++i) {
    out += (i == 0 ? "" : ", ") + schema::Hex(call.arguments[i]);
  }
  return out + ") on " + std::string(schema::kernel::Facts(line.architecture).name);
}

class TablesTest {
 public:
  TablesTest(std::vector<Target> targets, schema::policy::ResolveOptions options, bool coverage)
      : targets_(std::move(targets)), options_(options), coverage_(coverage) {}

  // kFound: the table does not hold, or the profile is invalid; kUsage: it cannot be tried.
  int Try(const Pair& pair) {
    TableReport& report = reports_.emplace_back();
    report.table = pair.table;
    report.profile = pair.profile;
    int exit_code = kOk;
    const auto input = LoadProfile(pair.profile, targets_.front(), exit_code, options_);
    if (!input) {
      report.problem = pair.profile + " is no valid profile";
      return exit_code;
    }
    if (schema::Status status = TryLines(*input, report); !status) {
      report.problem = status.error().message;
      return Complain(report.problem);
    }
    return report.broken.empty() && report.untried.empty() ? kOk : kFound;
  }

  const std::vector<TableReport>& reports() const { return reports_; }

 private:
  // Errors: the table cannot be read, has a wrong line or none.
  schema::Status TryLines(const ProfileInput& input, TableReport& report) const {
    const auto text = ReadProfile(report.table, kMaxTable);
    if (!text) return schema::Error(text.error());
    if (text->size() > kMaxTable) {
      return schema::Error{schema::ErrorCode::kLimit,
                           report.table + ": " + schema::json::TooManyBytes(kMaxTable).message, 0};
    }
    verdicts::TableRun run(input.profile, options_);
    std::set<std::size_t> broken_lines;
    for (const Target& target : targets_) {
      const auto table = verdicts::ParseTable(report.table, *text, target);
      if (!table) return schema::Error(table.error());
      if (table->empty()) {
        return schema::Error{schema::ErrorCode::kInvalid, report.table + " has no line to try", 0};
      }
      report.lines = table->size();
      for (const verdicts::Expectation& line : *table) {
        TryLine(input, line, run, broken_lines, report);
      }
    }
    if (coverage_) AddUntried(input, run, report);
    return {};
  }

  void TryLine(const ProfileInput& input, const verdicts::Expectation& line,
               verdicts::TableRun& run, std::set<std::size_t>& broken_lines,
               TableReport& report) const {
    const auto result = run.Try(line);
    if (result && result->holds) return;
    // The same of another target tells nothing new.
    if (!broken_lines.insert(line.line).second) return;
    BrokenLine broken;
    broken.expectation = line;
    if (!result) {
      broken.problem = result.error().message;
    } else {
      broken.call = CallText(line, result->call);
      broken.got = result->decision.verdict;
      broken.ambiguous = result->decision.ambiguous;
      broken.because = Reasons(input, result->decision);
      broken.target = ToString(result->target);
    }
    report.broken.push_back(std::move(broken));
  }

  static void AddUntried(const ProfileInput& input, const verdicts::TableRun& run,
                         TableReport& report) {
    const auto add = [&](const std::vector<std::size_t>& rules, std::string_view what) {
      for (const std::size_t rule : rules) {
        const auto& at = input.profile.syscalls[rule];
        const auto place = schema::Locate(input.document.text, at.span.begin);
        const auto names = at.AllNames();
        report.untried.push_back({place.line, place.column,
                                  "rule " + std::to_string(rule) +
                                      (names.empty() ? ""
                                                     : " (" + names.front().value +
                                                           (names.size() > 1 ? ", ...)" : ")")) +
                                      std::string(what)});
      }
    };
    add(run.NeverDecide(), " decides no line");
    add(run.NeverPass(), " has no line in which its condition fails");
  }

  std::vector<Target> targets_;
  schema::policy::ResolveOptions options_;
  bool coverage_;
  std::vector<TableReport> reports_;
};

}  // namespace

po::options_description TestOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("table", po::value<std::string>()->default_value("", "")->value_name("FILE"),
       "the table of the one PROFILE; default: PROFILE with .verdicts for .json")  //
      ("coverage", po::bool_switch(),
       "fail on a rule that decides no line, and on one whose condition no line misses")  //
      ("horizon", po::bool_switch(),
       "numbers above the highest that the profile names get ENOSYS, as with runc")  //
      ("format", po::value<std::string>()->default_value("text")->value_name("FORMAT"),
       "text, json or junit")  //
      ("output", po::value<std::string>()->default_value("-", "")->value_name("FILE"),
       "write the report to FILE instead of stdout")  //
      ("target", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE,..."),
       "as for check, of lines that say nothing else; the lines are tried for each");
  return options;
}

int Test(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("test PATH... [OPTION...]", TestOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  const std::string table = PathOf(*values, "table");
  if (operands.empty()) {
    return Complain("no PATH given: a profile with a table beside it, a table, or a folder");
  }
  if (!table.empty() && operands.size() != 1) return Complain("--table is for one PROFILE");
  const RenderTables render = TableFormat((*values)["format"].as<std::string>());
  if (render == nullptr) return Complain("--format takes text, json or junit");
  const auto targets = Targets(ValuesOf(*values, "target"));
  if (!targets) return Complain(targets.error().message);
  const auto pairs = FindPairs(operands, table);
  if (!pairs) return kUsage;

  TablesTest test(*targets, {.enosys_horizon = (*values)["horizon"].as<bool>()},
                  (*values)["coverage"].as<bool>());
  for (const Pair& pair : *pairs) {
    exit_code = std::max(exit_code, test.Try(pair));
  }
  if (auto status = WriteOutput(PathOf(*values, "output"), render(test.reports())); !status) {
    return Complain(status.error().message);
  }
  return exit_code;
}

}  // namespace lint::cli
