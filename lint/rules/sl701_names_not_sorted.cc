#include <algorithm>
#include <iterator>

#include "lint/rules/edit.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

// Each place takes the name that belongs there; what stands between them stays.
std::optional<Fix> Sorted(const Context& context, const schema::profile::Rule& rule) {
  auto names = rule.names;
  std::ranges::stable_sort(names, {}, &schema::Spanned<std::string>::value);
  std::vector<std::optional<Edit>> edits;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].span == rule.names[i].span) continue;
    edits.emplace_back(Edit{rule.names[i].span, SourceOf(context.json.document, names[i].span)});
  }
  return FixBy(true, "sort the names", std::move(edits));
}

std::vector<Finding> CheckNamesNotSorted(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& rule : context.profile->syscalls) {
    const auto& names = rule.names;
    const auto unsorted = std::is_sorted_until(
        names.begin(), names.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
    if (unsorted == names.end()) continue;
    findings.push_back({unsorted->span,
                        Quoted(unsorted->value) + " stands behind " +
                            Quoted(std::prev(unsorted)->value) +
                            ": the names are not in alphabetical order",
                        "sort them, so that a name is found, and a change shows as one line",
                        {},
                        {},
                        Sorted(context, rule)});
  }
  return findings;
}

}  // namespace

extern const Rule kSL701{
    .id = "SL701",
    .name = "names-not-sorted",
    .severity = Severity::kInfo,
    .on_by_default = false,
    .summary = "The names of a rule are not in alphabetical order.",
    .why =
        "The order of names means nothing to any engine. In order, people find a name at once, do "
        "not add it twice, and see in a review what a change adds. Docker keeps its profile so.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["write", "execve", "read"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp/default.json of moby/profiles",
    .check = &CheckNamesNotSorted,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
