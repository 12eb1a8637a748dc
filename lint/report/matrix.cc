#include "lint/report/matrix.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "schema/kernel/action.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/remainder.h"
#include "schema/policy/resolve.h"
#include "schema/profile/form.h"
#include "schema/profile/parser.h"

namespace lint::report {
namespace {

using schema::kernel::Action;
using schema::kernel::Verdict;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Policy;

CellKind KindOf(Action action) {
  switch (action) {
    case Action::kKillThread:
    case Action::kKillProcess:
      return CellKind::kKill;
    case Action::kTrap:
      return CellKind::kTrap;
    case Action::kErrno:
      return CellKind::kErrno;
    case Action::kTrace:
      return CellKind::kTrace;
    case Action::kLog:
      return CellKind::kLog;
    case Action::kNotify:
      return CellKind::kNotify;
    case Action::kAllow:
      return CellKind::kAllow;
  }
  return CellKind::kKill;
}

// Whether some arguments meet no clause, so that the default decides about them.
bool LeavesSomething(const CallPolicy& call, unsigned argument_bits) {
  std::vector<const Clause*> clauses;
  for (const Clause& clause : call.clauses) {
    if (clause.conditions.empty()) return false;
    clauses.push_back(&clause);
  }
  constexpr std::size_t kMostSteps = 100'000;  // a fraction of a millisecond
  schema::policy::Effort effort(kMostSteps);
  const auto rest = schema::policy::FindOutside({}, clauses, argument_bits, effort);
  return rest.has_value() || effort.exhausted();
}

std::string TextOf(const Clause& clause) {
  if (clause.conditions.empty()) return "whatever the arguments";
  std::string text;
  for (const auto& condition : clause.conditions) {
    text += (text.empty() ? "" : " and ") + ToString(condition);
  }
  return text;
}

// Each verdict with the conditions of all clauses that give it.
std::string TextOf(const CallPolicy& call, const std::vector<Verdict>& verdicts,
                   const std::optional<Verdict>& otherwise) {
  std::string text;
  for (const Verdict& verdict : verdicts) {
    std::string when;
    for (const Clause& clause : call.clauses) {
      if (clause.verdict != verdict) continue;
      when += (when.empty() ? " if " : ", or ") + TextOf(clause);
      if (when.size() > kMaxVerdictText) break;
    }
    if (when.empty()) continue;
    text += (text.empty() ? "" : "; ") + ToString(verdict) + when;
  }
  if (otherwise) text += "; otherwise " + ToString(*otherwise);
  if (text.size() > kMaxVerdictText) {
    text.resize(kMaxVerdictText - 3);  // ASCII: names of actions, numbers
    text += "...";
  }
  return text;
}

// Collects the cells of one column.
class Builder {
 public:
  Builder(MatrixColumn& column, const Policy& policy) : column_(column), policy_(policy) {
    column_.default_kind = KindOf(policy.default_verdict.action);
    Intern(ToString(policy.default_verdict));
  }

  // `call`: nullptr, a rule names it and none decides about it.
  void Add(std::size_t syscall, const CallPolicy* call, unsigned argument_bits) {
    MatrixCell cell;
    cell.syscall = static_cast<std::uint16_t>(syscall);
    cell.kind = column_.default_kind;
    if (call != nullptr) {
      cell.decided = true;
      Decide(*call, argument_bits, cell);
    }
    column_.cells.push_back(cell);
  }

 private:
  void Decide(const CallPolicy& call, unsigned argument_bits, MatrixCell& cell) {
    std::vector<Verdict> verdicts;
    for (const Clause& clause : call.clauses) {
      if (std::ranges::find(verdicts, clause.verdict) == verdicts.end()) {
        verdicts.push_back(clause.verdict);
      }
    }
    std::optional<Verdict> otherwise;
    if (LeavesSomething(call, argument_bits)) otherwise = policy_.default_verdict;
    if (verdicts.size() == 1 && !otherwise) {
      cell.kind = KindOf(verdicts[0].action);
      cell.text = Intern(ToString(verdicts[0]));
      return;
    }
    const bool allows = std::ranges::any_of(
        verdicts, [](const Verdict& verdict) { return verdict.action == Action::kAllow; });
    const bool otherwise_allows = otherwise && otherwise->action == Action::kAllow;
    cell.kind = allows || otherwise_allows ? CellKind::kAllowIf : CellKind::kOtherIf;
    cell.text = Intern(TextOf(call, verdicts, otherwise));
  }

  std::uint16_t Intern(std::string text) {
    const auto [place, is_new] =
        index_.try_emplace(text, static_cast<std::uint16_t>(column_.texts.size()));
    if (is_new) column_.texts.push_back(std::move(text));
    return place->second;
  }

  MatrixColumn& column_;
  const Policy& policy_;
  std::map<std::string, std::uint16_t> index_;
};

// The calls that the profile's rules name, whether the rules apply or not: by index.
std::vector<bool> NamedIn(const schema::profile::Profile& profile) {
  const auto syscalls = schema::kernel::Syscalls();
  std::vector<bool> named(syscalls.size());
  for (const schema::profile::Rule& rule : profile.syscalls) {
    for (const auto& name : rule.AllNames()) {
      const auto* syscall = schema::kernel::FindSyscall(name.value);
      if (syscall != nullptr) named[static_cast<std::size_t>(syscall - syscalls.data())] = true;
    }
  }
  return named;
}

// The only profile of a file, and the whole of it: of several, or with a base profile, no column
// could tell.
std::optional<schema::profile::Profile> ProfileOf(const engine::FileReport& file) {
  std::optional<schema::profile::Profile> only;
  for (const auto& place : schema::profile::FindProfiles(file.document)) {
    if (only) return std::nullopt;
    only = schema::profile::Parse(place).profile;
    if (!only || only->base_profile) return std::nullopt;
  }
  return only;
}

}  // namespace

MatrixColumn ColumnOf(const engine::FileReport& file,
                      std::span<const schema::kernel::Target> targets) {
  MatrixColumn column;
  column.path = file.path;
  if (targets.empty()) return column;
  const schema::kernel::Target& target = targets.front();
  column.target = ToString(target);
  column.architecture = target.architecture;
  const auto profile = ProfileOf(file);
  if (!profile) return column;
  const auto policy = schema::policy::Resolve(*profile, target);
  if (!policy) return column;
  const auto* part = policy->Find(target.architecture);
  if (part == nullptr) return column;
  column.valid = true;
  Builder builder(column, *policy);
  const unsigned argument_bits = schema::policy::ArgumentBits(target.architecture);
  const auto named = NamedIn(*profile);
  const auto syscalls = schema::kernel::Syscalls();
  for (std::size_t i = 0; i < syscalls.size(); ++i) {
    const auto* entry = schema::kernel::FindEntry(target.architecture, syscalls[i]);
    if (entry == nullptr) continue;
    const CallPolicy* call = part->Find(entry->number);
    if (call != nullptr || named[i]) builder.Add(i, call, argument_bits);
  }
  column.cells.shrink_to_fit();
  return column;
}

std::string_view CellKindName(CellKind kind) {
  switch (kind) {
    case CellKind::kAllow:
      return "allow";
    case CellKind::kAllowIf:
      return "allow, by arguments";
    case CellKind::kErrno:
      return "fail with an errno";
    case CellKind::kKill:
      return "kill";
    case CellKind::kTrap:
      return "trap (SIGSYS)";
    case CellKind::kLog:
      return "log and allow";
    case CellKind::kTrace:
      return "ask a tracer";
    case CellKind::kNotify:
      return "ask a listener";
    case CellKind::kOtherIf:
      return "by arguments, never plainly allowed";
  }
  return "";
}

}  // namespace lint::report
