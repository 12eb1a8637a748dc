#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/denial.h"
#include "lint/cli/denial_report.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/rules/places.h"
#include "schema/kernel/audit_record.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using schema::kernel::AuditRecord;

constexpr std::string_view kExpected =
    "no audit record of seccomp in the input: expected lines with type=1326 or type=SECCOMP, such "
    "as `journalctl -k` or `ausearch -m SECCOMP` prints. Linux records kills and SCMP_ACT_LOG; "
    "other actions only of a profile with the flag SECCOMP_FILTER_FLAG_LOG";

// The records of a command line or stream, by call and code in the order of their first ones.
class Records {
 public:
  explicit Records(const schema::kernel::Target& target) : target_(target) {}

  void AddLines(const std::string& text, std::string_view where) {
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      Add(std::string_view(text).substr(begin, end - begin), where);
      begin = end + 1;
    }
  }

  void AddStream(std::istream& stream) {
    for (std::string line; std::getline(stream, line);) Add(line, "the standard input");
  }

  std::vector<ExplainedCall>& calls() { return calls_; }

 private:
  void Add(std::string_view line, std::string_view where) {
    ++lines_;
    const auto record = schema::kernel::ReadAuditRecord(line);
    if (record) {
      Fold(*record);
    } else if (schema::kernel::SaysSeccomp(line)) {
      Complain("line " + std::to_string(lines_) + " of " + std::string(where) +
               ": a record of seccomp without a readable call is skipped");
    }
  }

  void Fold(const AuditRecord& record) {
    const Key key(record.arch, record.syscall, record.compat, record.code, record.signal,
                  record.some_kill);
    const auto [place, is_new] = places_.try_emplace(key, calls_.size());
    if (is_new) calls_.push_back({record, {}, {}, 0});
    ExplainedCall& call = calls_[place->second];
    if (is_new) call.explanation.placed = Place(record, target_);
    ++call.count;
    const auto [at, unseen] = callers_.try_emplace(
        std::tuple(place->second, record.comm, record.exe), call.callers.size());
    if (unseen) call.callers.push_back({record.comm, record.exe, {}, 0});
    Caller& caller = call.callers[at->second];
    ++caller.count;
    if (record.pid && pids_.emplace(place->second, at->second, *record.pid).second) {
      caller.pids.push_back(*record.pid);
    }
  }

  using Key = std::tuple<std::string, std::string, std::optional<bool>,
                         std::optional<std::uint32_t>, std::optional<std::uint32_t>, bool>;

  schema::kernel::Target target_;
  std::vector<ExplainedCall> calls_;
  std::map<Key, std::size_t> places_;
  std::map<std::tuple<std::size_t, std::string, std::string>, std::size_t> callers_;
  std::set<std::tuple<std::size_t, std::size_t, std::uint32_t>> pids_;  // call, caller, pid
  std::size_t lines_ = 0;
};

}  // namespace

po::options_description ExplainDenialOptions() {
  po::options_description options(
      "PROFILE: as it was loaded. LINE: an audit record of seccomp, as dmesg, journalctl -k,\n"
      "/var/log/audit/audit.log and ausearch (-i too) print it; none or -: lines of the standard\n"
      "input, of which others are skipped.\n"
      "Exit status: 0 explained, 2 usage, a profile or input that cannot be read, or no record.\n\n"
      "Options");
  options.add_options()                                                            //
      ("format", po::value<std::string>()->default_value("text"), "text or json")  //
      ("target", po::value<std::string>()->default_value(""),
       "as for check; the architecture is the records'")  //
      ("horizon", po::bool_switch(),
       "with a default of SCMP_ACT_ERRNO, numbers above the highest that the profile names get "
       "ENOSYS, as with runc");
  return options;
}

int ExplainDenial(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("explain-denial PROFILE [LINE...] [OPTION...]",
                                       ExplainDenialOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.empty()) return Complain("explain-denial takes a PROFILE and audit records");
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") return Complain("--format takes text or json");
  const bool from_stdin = operands.size() == 1 || (operands.size() == 2 && operands[1] == "-");
  if (from_stdin && operands[0] == "-") {
    return Complain("only one of PROFILE and the records can be the standard input");
  }
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  const auto input = LoadProfile(operands[0], *target, exit_code);
  if (!input) return kUsage;

  Records records(*target);
  if (from_stdin) {
    records.AddStream(std::cin);
    if (std::cin.bad()) return Complain("cannot read the standard input");
  } else {
    for (auto line = operands.begin() + 1; line != operands.end(); ++line) {
      records.AddLines(*line, "the arguments");
    }
  }
  if (records.calls().empty()) return Complain(kExpected);
  for (ExplainedCall& call : records.calls()) {
    auto explanation = Explain(*input, call.explanation.placed, call.record,
                               {.enosys_horizon = (*values)["horizon"].as<bool>()});
    if (!explanation) return Complain(input->name + ": " + explanation.error().message);
    call.explanation = std::move(*explanation);
  }
  if (format == "json") {
    std::cout << DenialJson(*input, records.calls());
    return kOk;
  }
  for (const ExplainedCall& call : records.calls()) {
    if (&call != &records.calls().front()) std::cout << "\n";
    std::cout << DenialText(*input, call);
  }
  return kOk;
}

}  // namespace lint::cli
