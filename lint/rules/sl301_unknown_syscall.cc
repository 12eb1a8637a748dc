#include <algorithm>

#include "lint/rules/edit.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/library_function.h"
#include "schema/kernel/suggestion.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::profile::Profile;

// Whether the rule takes something away from its calls, and so is missed where it is dropped.
bool Denies(const schema::profile::Rule& rule, const Profile& profile) {
  const auto verdict = schema::policy::VerdictOf(rule);
  const auto otherwise = schema::policy::DefaultVerdictOf(profile);
  return verdict && otherwise && Restricts(*verdict, *otherwise);
}

// People write the names of the kernel's functions and of the headers' constants, too.
std::string_view WithoutPrefix(std::string_view name) {
  for (const std::string_view prefix : {"sys_", "SYS_", "__NR_", "__x64_sys_"}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    if (schema::kernel::FindSyscall(rest) != nullptr) return rest;
  }
  return {};
}

std::string Suggestion(std::string_view name) {
  if (const auto rest = WithoutPrefix(name); !rest.empty()) {
    return ", did you mean \"" + std::string(rest) + "\"?";
  }
  return schema::kernel::DidYouMean(name, schema::kernel::SyscallNames());
}

bool IsOneWord(std::string_view calls) {
  return std::ranges::all_of(
      calls, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// What alone can have been meant; empty where there is nothing or several calls are near.
std::string_view Meant(std::string_view name) {
  if (const auto* function = schema::kernel::FindLibraryFunction(name)) {
    return IsOneWord(function->calls) ? function->calls : std::string_view();
  }
  if (const auto rest = WithoutPrefix(name); !rest.empty()) return rest;
  const auto names = schema::kernel::SyscallNames();
  const std::string_view nearest = schema::kernel::Nearest(name, names);
  std::vector<std::string_view> others(names.begin(), names.end());
  std::erase(others, nearest);
  return schema::kernel::Nearest(name, others).empty() ? nearest : std::string_view();
}

std::optional<Fix> Replaced(const schema::Spanned<std::string>& name) {
  const std::string_view meant = Meant(name.value);
  if (meant.empty()) return std::nullopt;
  return FixBy(false, "write " + Quoted(meant), {Edit{name.span, Quoted(meant)}});
}

// A list of very many unknown names is no list of slips: not worth the search.
constexpr std::size_t kSuggested = 200;

std::string What(std::string_view name, bool suggest) {
  if (const auto* function = schema::kernel::FindLibraryFunction(name)) {
    const bool several = function->calls.find(' ') != std::string_view::npos;
    return Quoted(name) + " is a function of the C library, not a system call: " +
           (several ? "its calls are " : "the call is ") + std::string(function->calls);
  }
  return "no Linux up to " + ToString(schema::kernel::kSyscallsUntil) + " has a system call " +
         Quoted(name) + (suggest ? Suggestion(name) : "");
}

std::vector<Finding> CheckUnknownSyscall(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    for (const auto& name : rule.AllNames()) {
      if (name.value.empty() || schema::kernel::FindSyscall(name.value) != nullptr) continue;
      findings.push_back(
          {name.span,
           What(name.value, findings.size() < kSuggested),
           Denies(rule, *context.profile)
               ? "engines drop such a name in silence: the call is not denied"
               : "engines drop such a name in silence: the rule does not apply to it",
           {},
           {},
           findings.size() < kSuggested ? Replaced(name) : std::nullopt});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL301{
    .id = "SL301",
    .name = "unknown-syscall",
    .severity = Severity::kError,
    .summary = "A name is no system call of any kernel and architecture.",
    .why =
        "Engines drop a name that their libseccomp does not know, and say nothing: a call that "
        "should be allowed fails, and a call that should be denied is not. Names of the C "
        "library are not always the kernel's: umount() is umount2, execv() is execve.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "opne", "read"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "open", "read"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "syscalls(2); libcontainer/seccomp/seccomp_linux.go of runc, matchCall()",
    .check = &CheckUnknownSyscall,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
