#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lint/lsp/hover.h"
#include "lint/report/syscall_text.h"
#include "lint/report/target_list.h"
#include "schema/kernel/library_function.h"
#include "schema/kernel/risk.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/policy.h"
#include "schema/policy/region.h"
#include "schema/policy/resolve.h"

namespace lint::lsp {
namespace {

using schema::kernel::Architecture;
using schema::kernel::SyscallEntry;
using schema::kernel::Target;
using schema::policy::Policy;

constexpr std::size_t kMostConditions = 3;  // of a verdict
constexpr std::size_t kMostGroups = 4;      // of targets
constexpr std::size_t kMostArchitectures = 6;

std::string_view NameOf(Architecture architecture) {
  return schema::kernel::Facts(architecture).name;
}

void AddOnce(Architecture architecture, std::vector<Architecture>& to) {
  if (std::ranges::find(to, architecture) == to.end()) to.push_back(architecture);
}

// Those of the targets, then the other ABIs that the profile is for.
std::vector<Architecture> ArchitecturesOf(const Analysis& analysis) {
  std::vector<Architecture> architectures;
  const auto& targets = analysis.settings.options.targets;
  for (const Target& target : targets) AddOnce(target.architecture, architectures);
  if (!analysis.profile) return architectures;
  for (const Target& target : targets) {
    if (architectures.size() >= kMostArchitectures) break;
    const auto policy = schema::policy::Resolve(*analysis.profile, target);
    if (!policy) continue;
    for (const auto& part : policy->architectures) AddOnce(part.architecture, architectures);
  }
  return architectures;
}

// "Number 165 on x86_64, 21 on x86; not on x32."
std::string NumbersText(std::string_view name, const std::vector<Architecture>& architectures) {
  std::string numbers;
  std::string absent;
  std::size_t shown = 0;
  for (const Architecture architecture : architectures) {
    if (++shown > kMostArchitectures) break;
    const SyscallEntry* entry = schema::kernel::FindEntry(architecture, name);
    if (entry == nullptr) {
      absent += (absent.empty() ? "" : ", ") + std::string(NameOf(architecture));
      continue;
    }
    numbers += (numbers.empty() ? "Number " : ", ") + std::to_string(entry->number) + " on " +
               std::string(NameOf(architecture));
    if (const auto removed = entry->removed()) numbers += " until " + ToString(*removed);
  }
  if (absent.empty()) return numbers.empty() ? "" : numbers + ".";
  return numbers + (numbers.empty() ? "Not on " : "; not on ") + absent + ".";
}

std::string MultiplexersText(std::string_view name,
                             const std::vector<Architecture>& architectures) {
  std::map<std::string, std::string> ways;
  for (const Architecture architecture : architectures) {
    const std::string way = report::MultiplexedWay(architecture, name);
    if (way.empty()) continue;
    std::string& on = ways[way];
    on += (on.empty() ? "" : ", ") + std::string(NameOf(architecture));
  }
  std::string text;
  for (const auto& [way, on] : ways) {
    text.append(text.empty() ? "Also " : "; ").append(way).append(" on ").append(on);
  }
  return text.empty() ? "" : text + ".";
}

std::string OutcomeText(const schema::policy::CallOutcome& outcome) {
  std::string text = ToString(outcome.verdict);
  const std::size_t shown = std::min(outcome.when.size(), kMostConditions);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? " if " : " or ") + outcome.when[i];
  if (outcome.when.size() > shown) {
    text += " or in " + std::to_string(outcome.when.size() - shown) + " more cases";
  }
  return text;
}

// "SCMP_ACT_ALLOW if arg0 == 0, else SCMP_ACT_ERRNO(EPERM)".
std::string VerdictText(const Policy& policy, Architecture architecture, std::uint32_t number) {
  const schema::policy::Call call{schema::kernel::Facts(architecture).audit_token, number, {}};
  const auto outcomes = schema::policy::OutcomesOf(policy, architecture, call);
  if (!outcomes) return "no verdict: " + outcomes.error().message;
  std::string text;
  for (const auto& outcome : *outcomes) {
    const bool is_rest =
        outcomes->size() > 1 && outcome.by_default && &outcome == &outcomes->back();
    if (!text.empty()) text += is_rest ? ", else " : "; ";
    text += is_rest ? ToString(outcome.verdict) : OutcomeText(outcome);
  }
  return text;
}

// On one target: "SCMP_ACT_ALLOW on x86_64, x86", and what differs.
std::string VerdictsText(const Policy& policy, std::string_view name) {
  std::vector<std::pair<std::string, std::string>> groups;  // verdict, architectures
  for (const auto& part : policy.architectures) {
    const auto number = schema::kernel::NumberOf(part.architecture, name);
    if (!number) continue;
    std::string verdict = VerdictText(policy, part.architecture, *number);
    const auto same =
        std::ranges::find(groups, verdict, &std::pair<std::string, std::string>::first);
    if (same == groups.end()) {
      groups.emplace_back(std::move(verdict), NameOf(part.architecture));
    } else {
      same->second += ", " + std::string(NameOf(part.architecture));
    }
  }
  std::string text;
  for (const auto& [verdict, on] : groups) {
    text.append(text.empty() ? "" : "; ").append(verdict).append(" on ").append(on);
  }
  return text;
}

std::vector<std::string> ProfileLines(std::string_view name, const Analysis& analysis) {
  const auto& targets = analysis.settings.options.targets;
  if (!analysis.profile) return {};
  std::map<schema::policy::ResolutionKey, std::string> known;
  std::vector<std::pair<std::string, std::vector<std::size_t>>> groups;  // text, targets
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto [place, is_new] =
        known.try_emplace(schema::policy::KeyOf(*analysis.profile, targets[i]), "");
    if (is_new) {
      const auto policy = schema::policy::Resolve(*analysis.profile, targets[i]);
      place->second = policy ? VerdictsText(*policy, name) : "";
    }
    if (place->second.empty()) continue;
    const auto same = std::ranges::find(groups, place->second,
                                        &std::pair<std::string, std::vector<std::size_t>>::first);
    if (same == groups.end()) {
      groups.emplace_back(place->second, std::vector{i});
    } else {
      same->second.push_back(i);
    }
  }
  const char* so_far = analysis.profile->complete ? "" : " (without what is wrong in it)";
  std::vector<std::string> lines;
  for (const auto& [text, indices] : groups) {
    if (lines.size() == kMostGroups) {
      lines.push_back("And other verdicts on " + std::to_string(groups.size() - kMostGroups) +
                      " more groups of targets.");
      break;
    }
    std::string line = std::string("This profile gives it") + so_far;
    if (indices.size() < targets.size()) line += ", on " + report::TargetList(targets, indices);
    line.append(": ").append(text).append(".");
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::optional<WordFacts> SyscallFacts(std::string_view name, const Analysis* analysis) {
  const auto* syscall = schema::kernel::FindSyscall(name);
  if (syscall == nullptr) {
    const auto* function = schema::kernel::FindLibraryFunction(name);
    if (function == nullptr) return std::nullopt;
    return WordFacts{std::string(name),
                     {"A function of the C library, no system call: it calls " +
                      std::string(function->calls) + "."}};
  }
  WordFacts facts{report::Signature(*syscall), {}};
  std::string since = report::SinceText(*syscall);
  since[0] = static_cast<char>(since[0] - 'a' + 'A');
  facts.lines.push_back(since + ".");
  if (const std::string gates = report::GatesText(*syscall); !gates.empty()) {
    facts.lines.push_back("Needs " + gates + ".");
  }
  const auto architectures =
      analysis == nullptr ? std::vector<Architecture>() : ArchitecturesOf(*analysis);
  for (std::string line :
       {NumbersText(name, architectures), MultiplexersText(name, architectures)}) {
    if (!line.empty()) facts.lines.push_back(std::move(line));
  }
  if (const auto* risk = schema::kernel::FindRisk(name)) {
    facts.lines.push_back("Risk: it " + std::string(risk->gains) + " (" +
                          std::string(risk->source) + ").");
  }
  if (analysis != nullptr) {
    for (std::string& line : ProfileLines(name, *analysis)) facts.lines.push_back(std::move(line));
  }
  return facts;
}

}  // namespace lint::lsp
