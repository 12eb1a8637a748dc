#include <algorithm>
#include <map>
#include <set>

#include "lint/rules/dangerous.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Action;
using schema::kernel::Engine;
using schema::policy::Clause;

// The names that some rule ties to a capability: where another rule gives them to everybody, SL507
// says so.
std::set<std::string_view> GatedNames(const schema::profile::Profile& profile) {
  std::set<std::string_view> gated;
  for (const auto& rule : profile.syscalls) {
    if (!rule.includes || rule.includes->caps.empty()) continue;
    for (const auto& name : rule.AllNames()) gated.insert(name.value);
  }
  return gated;
}

// The Mesos containerizer changes the root by it, behind the filter: SL401.
bool IsNeeded(std::string_view call, Engine engine) {
  return call == "pivot_root" && (engine == Engine::kIsolator || engine == Engine::kMesos);
}

bool LetsThrough(const Clause& clause) {
  return clause.conditions.empty() && !clause.through_multiplexer &&
         (clause.verdict.action == Action::kAllow || clause.verdict.action == Action::kLog);
}

// The names of each rule, by their index, that it gives everybody.
std::map<std::size_t, std::set<std::size_t>> Dangerous(const Context& context) {
  const std::set<std::string_view> gated = GatedNames(*context.profile);
  std::map<std::size_t, std::set<std::size_t>> dangerous;
  for (const auto& part : context.policy->architectures) {
    for (const auto& call : part.calls) {
      if (DangerOf(call.name) == nullptr || gated.contains(call.name) ||
          IsNeeded(call.name, context.target.engine)) {
        continue;
      }
      for (const Clause& clause : call.clauses) {
        if (LetsThrough(clause)) dangerous[clause.rule].insert(clause.name);
      }
    }
  }
  return dangerous;
}

std::vector<Finding> CheckDangerousSyscall(const Context& context) {
  if (context.policy == nullptr || MayPass(context.policy->default_verdict.action)) return {};
  if (!IsSandbox(*context.profile)) return {};
  std::vector<Finding> findings;
  for (const auto& [rule, indices] : Dangerous(context)) {
    const auto names = context.profile->syscalls[rule].AllNames();
    std::vector<std::string> words;
    for (const std::size_t index : indices) {
      if (std::ranges::find(words, names[index].value) == words.end()) {
        words.push_back(names[index].value);
      }
    }
    const auto* risk = DangerOf(words.front());
    if (risk == nullptr) continue;
    const bool one = words.size() == 1;
    findings.push_back(
        {names[*indices.begin()].span,
         Listed(words) + (one ? " is" : " are") +
             " allowed to every process, without conditions: Docker's default profile keeps " +
             (one ? "it" : "them") + " from containers; " + words.front() + " " +
             std::string(risk->gains),
         std::string("take out what the program does not need; tie the rest to a capability in a "
                     "rule with \"includes\": { \"caps\": [...] }"),
         {},
         {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL602{
    .id = "SL602",
    .name = "dangerous-syscall",
    .severity = Severity::kWarning,
    .summary = "A rule allows everybody calls that Docker's default keeps from containers.",
    .why =
        "Most ways out of a container went through calls that hardly a program needs: mounting, "
        "new namespaces, keyrings, bpf, userfaultfd. Docker's default denies them, or allows them "
        "only where the container has the capability for them. Many of them check a capability in "
        "the kernel too, but a process gets every capability within a user namespace of its own. "
        "Calls that a rule allows for certain arguments, or with a capability in its `includes`, "
        "do not count; a default that allows everything is SL601's, and a profile of less than ten names is "
        "not looked at. seccomp-lint syscalls tells of "
        "each call what a process gains by it.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "exit_group", "read", "write", "close", "openat", "brk", "mmap", "mprotect",
      "munmap", "bpf"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "exit_group", "read", "write", "close", "openat", "brk", "mmap", "mprotect",
      "munmap"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF"] } } ] })",
    .source =
        "seccomp/default.json of moby/profiles; docs.docker.com/engine/security/seccomp, "
        "significant syscalls blocked by the default profile; user_namespaces(7)",
    .check = &CheckDangerousSyscall,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
