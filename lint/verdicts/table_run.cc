#include "lint/verdicts/table_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "schema/filter/interpret.h"
#include "schema/filter/prove.h"
#include "schema/policy/remainder.h"

namespace lint::verdicts {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::policy::Arguments;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Comparison;
using schema::policy::Decision;
namespace kernel = schema::kernel;

// About a tenth of a second.
constexpr std::size_t kMostSteps = 50'000'000;

std::vector<Comparison> GivenArguments(const Expectation& line) {
  std::vector<Comparison> given;
  for (std::size_t i = 0; i < line.arguments.size(); ++i) {
    if (line.is_any[i]) continue;
    given.push_back({.variable = static_cast<std::uint8_t>(i), .value = line.arguments[i]});
  }
  return given;
}

// Arguments as the line wants them that get another verdict. Errors: kLimit.
Result<std::optional<Arguments>> FindViolation(const schema::policy::Policy& policy,
                                               const CallPolicy& call, const Expectation& line) {
  const unsigned bits = schema::policy::ArgumentBits(line.architecture);
  const std::vector<Comparison> given = GivenArguments(line);
  schema::policy::Effort effort(kMostSteps);
  std::optional<Arguments> found;
  std::vector<const Clause*> clauses;
  for (const Clause& clause : call.clauses) {
    clauses.push_back(&clause);
    if (found || clause.verdict == line.verdict) continue;
    std::vector<Comparison> both = given;
    AddConditions(clause, both);
    found = FindWithin(both, bits, effort);
  }
  if (!found && policy.default_verdict != line.verdict) {
    found = FindOutside(given, clauses, bits, effort);
  }
  if (effort.exhausted()) {
    return Error{ErrorCode::kLimit,
                 "the rules of " + line.name + " are too entangled to decide for every argument",
                 0};
  }
  return found;
}

bool IsOpen(const Expectation& line) {
  return std::ranges::any_of(line.is_any, [](bool any) { return any; });
}

// Whether a rule depends on more than the call's name, in a way that a call of another kind, a
// capability or a kernel can undo.
bool IsConditional(const schema::profile::Rule& rule) {
  const auto gates = [](const auto& filter) {
    return filter && (!filter->caps.empty() || filter->min_kernel);
  };
  return !rule.args.empty() || gates(rule.includes) || gates(rule.excludes);
}

}  // namespace

kernel::Target TargetOf(const Expectation& line, const schema::profile::Profile& profile) {
  kernel::Target target = line.target;
  target.architecture = line.host.value_or(line.architecture);
  const bool is_sub = kernel::Facts(line.architecture).long_is_32_bits;
  if (line.host || !is_sub || !profile.arch_map) return target;
  for (const auto& entry : profile.arch_map->value) {
    for (const auto& sub : entry.subarchitectures) {
      if (sub.value != line.architecture || !entry.architecture) continue;
      target.architecture = entry.architecture->value;
      return target;
    }
  }
  return target;
}

Result<const Compiled*> TableRun::For(const kernel::Target& target) {
  const std::string key = kernel::ToString(target);
  auto found = compiled_.find(key);
  if (found == compiled_.end()) {
    const auto compile = [&]() -> Result<std::unique_ptr<Compiled>> {
      auto policy = schema::policy::Resolve(profile_, target, options_);
      if (!policy) return std::move(policy).error().While(key);
      auto filter = schema::filter::CompileAndProve(*policy);
      if (!filter) return std::move(filter).error().While(key);
      return std::make_unique<Compiled>(Compiled{std::move(*policy), std::move(*filter)});
    };
    found = compiled_.emplace(key, compile()).first;
  }
  if (!found->second) return Error(found->second.error());
  return found->second->get();
}

void TableRun::Count(const Expectation& line, const Decision& decision) {
  std::set<std::size_t> because;
  for (const Clause* clause : decision.because) because.insert(clause->rule);
  decide_.insert(because.begin(), because.end());
  for (std::size_t i = 0; i < profile_.syscalls.size(); ++i) {
    const auto names = profile_.syscalls[i].AllNames();
    const bool is_named =
        std::ranges::any_of(names, [&](const auto& name) { return name.value == line.name; });
    if (is_named && !because.contains(i)) pass_.insert(i);
  }
}

Result<LineResult> TableRun::Try(const Expectation& line) {
  LineResult result;
  result.target = TargetOf(line, profile_);
  const auto compiled = For(result.target);
  if (!compiled) return Error(compiled.error());
  const schema::policy::Policy& policy = (*compiled)->policy;
  result.call = line.AsCall();
  result.decision = Decide(policy, result.call);
  Count(line, result.decision);
  const auto* part = policy.Find(line.architecture);
  const CallPolicy* call = part == nullptr ? nullptr : part->Find(line.number);
  if (IsOpen(line) && call != nullptr) {
    auto violation = FindViolation(policy, *call, line);
    if (!violation) return std::move(violation).error();
    if (*violation) {
      result.call.arguments = **violation;
      result.decision = Decide(policy, result.call);
    }
  }
  const auto execution = schema::filter::Interpret((*compiled)->filter.program, result.call);
  if (!execution) return Error(execution.error());
  const auto filtered = kernel::FromRet(execution->ret);
  if (filtered != result.decision.verdict) {
    return Error{ErrorCode::kInvalid,
                 "a bug: the proved filter gives " + ToString(filtered) + ", the profile " +
                     ToString(result.decision.verdict),
                 0};
  }
  result.holds = result.decision.verdict == line.verdict;
  return result;
}

std::vector<std::size_t> TableRun::NeverDecide() const {
  std::vector<std::size_t> rules;
  for (std::size_t i = 0; i < profile_.syscalls.size(); ++i) {
    if (!decide_.contains(i)) rules.push_back(i);
  }
  return rules;
}

std::vector<std::size_t> TableRun::NeverPass() const {
  std::vector<std::size_t> rules;
  for (std::size_t i = 0; i < profile_.syscalls.size(); ++i) {
    if (IsConditional(profile_.syscalls[i]) && !pass_.contains(i)) rules.push_back(i);
  }
  return rules;
}

}  // namespace lint::verdicts
