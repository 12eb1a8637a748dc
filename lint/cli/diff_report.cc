#include "lint/cli/diff_report.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/report/printable.h"
#include "lint/report/target_list.h"
#include "schema/hex.h"
#include "schema/kernel/syscall.h"

namespace lint::cli {
namespace {

using schema::Hex;

using boost::json::array;
using boost::json::object;
using schema::kernel::Architecture;
using schema::policy::Difference;
using Scope = schema::policy::Difference::Scope;

// Alternatives and rows that a person reads at once.
constexpr std::size_t kShownAlternatives = 4;
constexpr std::size_t kShownRows = 20;

std::string Join(const std::vector<Architecture>& architectures) {
  std::string text;
  for (const Architecture architecture : architectures) {
    text += (text.empty() ? "" : ", ") + std::string(schema::kernel::Facts(architecture).name);
  }
  return text;
}

// "x86_64, x86"; of many that could have the change, "all" or "all but s390, s390x".
std::string Architectures(const Change& change, const DiffReport& diff) {
  std::vector<Architecture> with;
  for (const Difference& place : change.places) with.push_back(place.architecture);
  std::vector<Architecture> without;
  for (const Architecture architecture : diff.compared) {
    const bool possible = change.first().scope != Scope::kCall ||
                          schema::kernel::FindEntry(architecture, change.first().name) != nullptr;
    if (possible && std::ranges::find(with, architecture) == with.end()) {
      without.push_back(architecture);
    }
  }
  constexpr std::size_t kFew = 3;
  if (with.size() <= kFew || without.size() > kFew) return Join(with);
  return without.empty() ? "all" : "all but " + Join(without);
}

// The targets among those that could have the change; empty: all of them.
std::string TargetsText(const Change& change, const DiffReport& diff) {
  if (change.targets.size() == change.possible.size()) return "";
  std::vector<schema::kernel::Target> possible;
  std::vector<std::size_t> indices;
  for (const std::size_t index : change.possible) {
    if (std::ranges::binary_search(change.targets, index)) indices.push_back(possible.size());
    possible.push_back(diff.targets[index]);
  }
  return report::TargetList(possible, indices);
}

std::string WitnessName(const Difference& difference) {
  if (difference.scope == Scope::kCall) return difference.name;
  const auto name = schema::kernel::NameOf(difference.architecture, difference.witness.number);
  return name.empty() ? "number " + std::to_string(difference.witness.number) : std::string(name);
}

// "socket(0x28)".
std::string WitnessCall(const Difference& difference) {
  std::string text = WitnessName(difference) + "(";
  for (unsigned i = 0; i < difference.arguments; ++i) {
    text += (i == 0 ? "" : ", ") + Hex(difference.witness.arguments[i]);
  }
  return text + ")";
}

// What changes, in words: "mount", "every call without a rule", "312 calls of x86, which ...".
std::string Subject(const Difference& difference) {
  switch (difference.scope) {
    case Scope::kCall:
      return report::Printable(difference.name);
    case Scope::kUnnamed:
      return "every call without a rule" + NumbersText(difference);
    case Scope::kArchitecture:
      return difference.calls == 0   ? "the other calls"
             : difference.calls == 1 ? "1 call"
                                     : std::to_string(difference.calls) + " calls";
  }
  return "";
}

// Why all calls of an architecture change; empty for others.
std::string Remark(const Difference& difference) {
  if (difference.scope != Scope::kArchitecture) return "";
  // The one policy's answer to a foreign architecture.
  const bool added = difference.old_verdict.action == schema::kernel::Action::kKillThread;
  return added ? "the architecture was not included" : "the architecture is no longer included";
}

// The alternatives, `mark`ed each, at most kShownAlternatives; empty: all arguments.
std::string When(const Difference& difference,
                 const std::function<std::string(const std::string&)>& mark) {
  std::string text;
  for (std::size_t i = 0; i < std::min(difference.when.size(), kShownAlternatives); ++i) {
    text += (i == 0 ? "" : " or ") + mark(report::Printable(difference.when[i]));
  }
  if (difference.when.size() > kShownAlternatives) {
    text += " or in " + std::to_string(difference.when.size() - kShownAlternatives) + " more cases";
  }
  return text;
}

std::string TextLine(const Change& change, const DiffReport& diff) {
  const Difference& first = change.first();
  std::string line = Architectures(change, diff) + " " + Subject(first) + ": " +
                     ToString(first.old_verdict) + " -> " + ToString(first.new_verdict);
  const std::string when = When(first, std::identity());
  if (!when.empty()) line += " if " + when + ", e.g. " + report::Printable(WitnessCall(first));
  if (first.scope != Scope::kCall) line += ", e.g. " + report::Printable(WitnessName(first));
  if (const std::string remark = Remark(first); !remark.empty()) line += " (" + remark + ")";
  if (const std::string on = TargetsText(change, diff); !on.empty()) line += " [" + on + "]";
  return line + "\n";
}

object VerdictObject(schema::kernel::Verdict verdict) {
  const auto& facts = schema::kernel::Facts(verdict.action);
  object out = {{"action", facts.scmp_name}, {"errno", nullptr}};
  if (facts.takes_errno) out["errno"] = verdict.data;
  return out;
}

std::string_view ChangeName(Effect effect) {
  if (effect == Effect::kOther) return "other";
  return Widens(effect) ? "wider" : "narrower";
}

std::string_view ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kCall:
      return "call";
    case Scope::kUnnamed:
      return "unnamed";
    case Scope::kArchitecture:
      return "architecture";
  }
  return "";
}

object WitnessObject(const Difference& difference) {
  array args;
  for (const std::uint64_t argument : difference.witness.arguments) {
    args.emplace_back(Hex(argument));
  }
  return {{"arch", schema::kernel::Facts(difference.architecture).name},
          {"nr", difference.witness.number},
          {"syscall", schema::kernel::NameOf(difference.architecture, difference.witness.number)},
          {"args", std::move(args)}};
}

object ChangeObject(const Change& change, std::span<const schema::kernel::Target> targets) {
  const Difference& first = change.first();
  array architectures;
  object numbers;
  for (const Difference& place : change.places) {
    const std::string_view name = schema::kernel::Facts(place.architecture).name;
    architectures.emplace_back(name);
    if (first.scope == Scope::kCall) numbers[name] = place.number;
  }
  array when;
  for (const std::string& alternative : first.when) when.emplace_back(alternative);
  array target_names;
  for (const std::size_t index : change.targets)
    target_names.emplace_back(ToString(targets[index]));
  object out = {{"scope", ScopeName(first.scope)},
                {"architectures", std::move(architectures)},
                {"syscall", nullptr},
                {"number", std::move(numbers)},
                {"old", VerdictObject(first.old_verdict)},
                {"new", VerdictObject(first.new_verdict)},
                {"change", ChangeName(change.effect)},
                {"allowed", change.effect == Effect::kAllowed},
                {"denied", change.effect == Effect::kDenied},
                {"when", std::move(when)},
                {"witness", WitnessObject(first)},
                {"targets", std::move(target_names)}};
  if (first.scope == Scope::kCall) out["syscall"] = first.name;
  if (first.scope == Scope::kUnnamed) out["numbers"] = {first.first_number, first.last_number};
  return out;
}

// A code span of a table's cell, whatever the text holds: GitHub Flavored Markdown, 6.1 and 4.10.
std::string Code(std::string_view raw) {
  const std::string text = report::Printable(raw);
  std::size_t longest = 0;
  std::size_t run = 0;
  std::string escaped;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    escaped += c == '|' ? "\\|" : std::string(1, c);
  }
  const std::string fence(longest + 1, '`');
  const std::string space(longest > 0 ? 1 : 0, ' ');
  return fence + space + escaped + space + fence;
}

// `several`: with a column of targets.
std::string Row(const Change& change, const DiffReport& diff, bool several) {
  const Difference& first = change.first();
  const bool allowed = change.effect == Effect::kAllowed;
  const std::string mark = allowed ? "**" : "";
  std::string row = "| " + mark + std::string(EffectName(change.effect)) + mark + " | " +
                    (first.scope == Scope::kCall ? Code(first.name) : Subject(first)) + " | " +
                    Architectures(change, diff) + " | " + Code(ToString(first.old_verdict)) +
                    " | " + Code(ToString(first.new_verdict)) + " | ";
  const std::string when = When(first, Code);
  if (first.scope == Scope::kArchitecture) {
    row += Remark(first);
  } else if (when.empty()) {
    row += "all arguments";
  } else {
    row += when + ", e.g. " + Code(WitnessCall(first));
  }
  if (several) {
    const std::string on = TargetsText(change, diff);
    row += " | " + (on.empty() ? "all" : Code(on));
  }
  return row + " |\n";
}

std::string Table(std::span<const Change> changes, const DiffReport& diff) {
  const bool several = std::ranges::any_of(
      changes, [&](const Change& change) { return !TargetsText(change, diff).empty(); });
  std::string table = "| | call | architectures | old | new | for |";
  table += several ? " targets |\n" : "\n";
  table += several ? "|---|---|---|---|---|---|---|\n" : "|---|---|---|---|---|---|\n";
  for (const Change& change : changes) table += Row(change, diff, several);
  return table;
}

}  // namespace

std::string DiffText(const DiffReport& diff) {
  std::string text;
  for (const Change& change : diff.changes) text += TextLine(change, diff);
  return text + Summary(diff.changes) + "\n";
}

std::string DiffJson(const DiffReport& diff) {
  array differences;
  std::array<std::int64_t, 5> counts{};
  for (const Change& change : diff.changes) {
    differences.push_back(ChangeObject(change, diff.targets));
    ++counts[static_cast<std::size_t>(change.effect)];
  }
  const auto [allowed, wider, other, narrower, denied] = counts;
  const object out = {{"version", 1},
                      {"old", diff.old_name},
                      {"new", diff.new_name},
                      {"differences", std::move(differences)},
                      {"summary",
                       {{"differences", diff.changes.size()},
                        {"wider", allowed + wider},
                        {"narrower", narrower + denied},
                        {"other", other},
                        {"allowed", allowed},
                        {"denied", denied}}}};
  return boost::json::serialize(out) + "\n";
}

std::string DiffMarkdown(const DiffReport& diff) {
  std::string text = "**" + Summary(diff.changes) + "** (" + Code(diff.old_name) + " → " +
                     Code(diff.new_name) + ")\n";
  if (diff.changes.empty()) return text;
  if (diff.changes.size() <= kShownRows) return text + "\n" + Table(diff.changes, diff);
  for (auto begin = diff.changes.begin(); begin != diff.changes.end();) {
    const auto end = std::find_if(begin, diff.changes.end(), [&](const Change& change) {
      return change.effect != begin->effect;
    });
    const std::span<const Change> part(begin, end);
    text += std::string("\n<details") + (Widens(begin->effect) ? " open" : "") + "><summary>" +
            Summary(part) + "</summary>\n\n" + Table(part, diff) + "\n</details>\n";
    begin = end;
  }
  return text;
}

}  // namespace lint::cli
