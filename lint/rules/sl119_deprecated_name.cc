#include <algorithm>

#include "lint/rules/edit.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

// `name` as an array of one name; nothing for a rule that has a key twice, or `names` beside it.
std::vector<std::optional<Edit>> AsNames(const Context& context,
                                         const schema::profile::Rule& rule) {
  const auto* object = ValueAt(context.json.document, rule.span);
  const auto is_name = [](const schema::json::Member& member) {
    return member.key.value == "name" || member.key.value == "names";
  };
  if (object == nullptr || std::ranges::count_if(object->members, is_name) != 1) return {};
  const auto member = std::ranges::find_if(object->members, is_name);
  const schema::Span name = member->value.span;
  return {Edit{member->key.span, "\"names\""}, Edit{{name.begin, name.begin}, "["},
          Edit{{name.end, name.end}, "]"}};
}

// One finding a profile: who writes one rule in the old form writes hundreds.
std::vector<Finding> CheckDeprecatedName(const Context& context) {
  if (context.profile == nullptr) return {};
  const schema::profile::Rule* first = nullptr;
  std::size_t count = 0;
  std::vector<std::optional<Edit>> edits;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (!rule.name || rule.name->value.empty() || !rule.names.empty()) continue;
    if (first == nullptr) first = &rule;
    ++count;
    for (auto& edit : AsNames(context, rule)) edits.push_back(std::move(edit));
  }
  if (first == nullptr) return {};
  return {{first->name->span,
           Counted(count, "rule") + " of the profile " + (count == 1 ? "uses" : "use") +
               " \"name\", Docker's form of before 2016, which OCI runtimes do not read",
           "write \"names\": [" + Quoted(first->name->value) +
               "], and put the calls with the same action into one rule",
           {},
           {},
           FixBy(true, "write \"names\"", std::move(edits))}};
}

}  // namespace

extern const Rule kSL119{
    .id = "SL119",
    .name = "deprecated-name",
    .severity = Severity::kInfo,
    .summary = "A rule has `name`, the old form for one system call.",
    .why =
        "Docker and Podman still read it and turn it into `names`; an OCI runtime that is given "
        "the profile as it stands does not.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "name": "ptrace", "action": "SCMP_ACT_ERRNO" },
  { "name": "kexec_load", "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["ptrace", "kexec_load"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source =
        "seccomp/seccomp.go of moby/profiles, type Syscall; config-linux.md of the OCI "
        "runtime specification",
    .check = &CheckDeprecatedName,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
