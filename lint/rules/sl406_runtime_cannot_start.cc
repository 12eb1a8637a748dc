#include <algorithm>
#include <array>
#include <span>

#include "lint/rules/outcome.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Engine;
using schema::policy::ArchitecturePolicy;

// A call, or the one that is made in its place where it fails.
struct Need {
  std::string_view call;
  std::string_view instead{};
};

struct Runtime {
  std::string_view name;
  // What its init process calls between the load of the filter and execve, and does not survive
  // the failure of. Without no_new_privs: then the filter goes in before the user and the
  // capabilities are set, since loading it takes CAP_SYS_ADMIN.
  std::span<const Need> calls;
  std::span<const Need> borne;  // fails without harm, unless it kills
  // Of both, what is left with no_new_privs: then the filter goes in last.
  std::span<const Need> last_calls;
  std::span<const Need> last_borne;
};

// Without futex, which Go's scheduler calls when it must, runc starts now and then.
// Source: each call denied alone, with EPERM and with a kill, to runc 1.1.5 and crun 1.8.1 starting
// a program as root and as another user; Init() in libcontainer/standard_init_linux.go of runc,
// container_init() in src/libcrun/container.c of crun.
constexpr auto kRunc = std::to_array<Need>({{"capget"},
                                            {"capset"},
                                            {"chdir"},
                                            {"close"},
                                            {"faccessat2", "faccessat"},
                                            {"fstat"},
                                            {"fstatfs"},
                                            {"futex"},
                                            {"getcwd"},
                                            {"getdents64"},
                                            {"getppid"},
                                            {"newfstatat"},
                                            {"openat"},
                                            {"prctl"},
                                            {"read"},
                                            {"setgid"},
                                            {"setgroups"},
                                            {"setuid"},
                                            {"write"}});
constexpr auto kRuncBorne = std::to_array<Need>({{"epoll_ctl"}, {"faccessat2"}, {"fcntl"}});
constexpr auto kRuncLast =
    std::to_array<Need>({{"close"}, {"fstatfs"}, {"futex"}, {"getdents64"}, {"openat"}, {"write"}});
constexpr auto kRuncLastBorne = std::to_array<Need>({{"epoll_ctl"}});
constexpr auto kCrun = std::to_array<Need>({{"capset"},
                                            {"prctl"},
                                            {"rt_sigaction"},
                                            {"rt_sigprocmask"},
                                            {"setresgid"},
                                            {"setresuid"},
                                            {"write"}});
constexpr auto kCrunBorne = std::to_array<Need>({{"close"}});

constexpr Runtime kRuntimes[] = {{"runc", kRunc, kRuncBorne, kRuncLast, kRuncLastBorne},
                                 {"crun", kCrun, kCrunBorne, {}, {}}};

// Docker runs runc where it is told nothing else.
std::span<const Runtime> RuntimesOf(Engine engine) {
  switch (engine) {
    case Engine::kDocker:
      return std::span(kRuntimes).first(1);
    case Engine::kOci:
      return kRuntimes;
    case Engine::kIsolator:
    case Engine::kMesos:
      return {};  // load the filter last
  }
  return {};
}

// Where it is said that `call` is denied.
schema::Span DenialSpan(const Context& context, std::string_view call) {
  const ArchitecturePolicy& part = context.policy->architectures.front();
  const auto number = schema::kernel::NumberOf(part.architecture, call);
  const auto* rules = number ? part.Find(*number) : nullptr;
  if (rules != nullptr && !rules->clauses.empty()) {
    return NameSpan(context, rules->clauses.front());
  }
  return context.profile->default_action->span;
}

std::vector<Finding> CheckRuntimeCannotStart(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  const ArchitecturePolicy& part = context.policy->architectures.front();
  // The calls have other names where arguments have 32 bits.
  if (schema::policy::ArgumentBits(part.architecture) != 64) return {};
  if (!PassesSomehow(*context.policy, part, "execve")) return {};  // SL402
  const auto passes = [&](std::string_view call) {
    return PassesSomehow(*context.policy, part, call);
  };
  const auto denied = [&](const Need& need) {
    return schema::kernel::NumberOf(part.architecture, need.call) && !passes(need.call) &&
           (need.instead.empty() || !passes(need.instead));
  };
  const bool kills = Kills(context.policy->default_verdict.action);
  std::vector<Finding> findings;
  for (const Runtime& runtime : RuntimesOf(context.target.engine)) {
    std::vector<std::string> missing;
    const auto add_denied = [&](std::span<const Need> needs) {
      for (const Need& need : needs) {
        if (denied(need) && std::ranges::count(missing, need.call) == 0) {
          missing.emplace_back(need.call);
        }
      }
    };
    const bool last = context.profile->no_new_privileges;
    add_denied(last ? runtime.last_calls : runtime.calls);
    if (kills) add_denied(last ? runtime.last_borne : runtime.borne);
    if (missing.empty()) continue;
    std::ranges::sort(missing);
    const bool starts_with_no_new_privs =
        std::ranges::none_of(runtime.last_calls, denied) &&
        !(kills && std::ranges::any_of(runtime.last_borne, denied));
    findings.push_back(
        {DenialSpan(context, missing.front()),
         std::string(runtime.name) + " itself calls " + Listed(missing) +
             " after it has loaded the filter, which does not allow " +
             (missing.size() == 1 ? "it" : "them") + ": no container starts" +
             (starts_with_no_new_privs ? ", but with no-new-privileges" : ""),
         "allow " + Listed(missing, missing.size()) +
             (starts_with_no_new_privs ? ", or run the container with no-new-privileges, where " +
                                             std::string(runtime.name) + " loads the filter last"
                                       : ""),
         {},
         {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL406{
    .id = "SL406",
    .name = "runtime-cannot-start",
    .severity = Severity::kWarning,
    .summary =
        "A call is not allowed that the container runtime makes under the filter (engines "
        "docker and oci).",
    .why =
        "Loading a filter takes CAP_SYS_ADMIN or no_new_privs. Without no_new_privs, which is "
        "Docker's default, a runtime therefore loads it while it still has to enter the working "
        "directory, change the user and drop capabilities: what it calls for that goes through "
        "the filter, too, though the container's program may never call it. A profile made from "
        "a trace of the program alone lacks these calls, and `docker run` ends with \"unable to "
        "setup user: operation not permitted\" or the like. With no-new-privileges, "
        "process.noNewPrivileges of an OCI config, the filter goes in last. A runtime of another release may make some calls more or fewer.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["arch_prctl", "brk", "close", "execve", "exit_group", "fstatfs", "futex",
      "getdents64", "openat", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["arch_prctl", "brk", "close", "execve", "exit_group", "fstatfs", "futex",
      "getdents64", "openat", "read", "write"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["capget", "capset", "chdir", "faccessat2", "fstat", "getcwd", "getppid",
      "newfstatat", "prctl", "setgid", "setgroups", "setuid"], "action": "SCMP_ACT_ALLOW",
    "comment": "runc's own" } ] })",
    .source =
        "runc 1.1.5 and crun 1.8.1, each call denied in turn; libcontainer/standard_init_linux.go "
        "of runc; seccomp(2)",
    .check = &CheckRuntimeCannotStart,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
