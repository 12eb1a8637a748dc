#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::Span;

// Where what could not be typed stands: it has been reported, and is missing from the profile.
class Problems {
 public:
  explicit Problems(const Context& context) {
    for (const auto& problem : context.parsed->problems) begins_.push_back(problem.span.begin);
    std::ranges::sort(begins_);
  }

  bool AnyWithin(Span span) const {
    const auto first = std::ranges::lower_bound(begins_, span.begin);
    return first != begins_.end() && *first < span.end;
  }

 private:
  std::vector<std::size_t> begins_;
};

Finding NoNames(Span span, std::string message) {
  return {span,
          std::move(message) + ": it has no effect, and engines say nothing",
          "name the system calls in \"names\", or remove the rule",
          {},
          {}};
}

Finding EmptyName(Span span) {
  return {span,
          "an empty name of a system call: runc refuses the profile, crun ignores the name",
          "remove it, or write the name that was meant",
          {},
          {}};
}

std::vector<Finding> CheckNoNames(const Context& context) {
  if (context.profile == nullptr) return {};
  const Problems problems(context);
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    for (const auto& name : rule.names) {
      if (name.value.empty()) findings.push_back(EmptyName(name.span));
    }
    if (!rule.AllNames().empty()) continue;
    if (rule.name) {
      findings.push_back(EmptyName(rule.name->span));
    } else if (!rule.names_span) {
      if (problems.AnyWithin(rule.span)) continue;  // "name" may be among them
      findings.push_back(NoNames(Opening(rule.span), "this rule names no system call"));
    } else if (!problems.AnyWithin(*rule.names_span)) {
      findings.push_back(NoNames(*rule.names_span, "the rule's list of system calls is empty"));
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL109{
    .id = "SL109",
    .name = "no-names",
    .severity = Severity::kError,
    .summary = "A rule names no system call, or one without a name.",
    .why =
        "A rule without names has no effect, and no engine complains: what it should allow fails, "
        "what it should deny is not denied. runc refuses a profile with an empty name: \"empty "
        "string is not a valid syscall\".",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": [], "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["ptrace"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source = "libcontainer/seccomp/seccomp_linux.go of runc, matchCall()",
    .check = &CheckNoNames,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
