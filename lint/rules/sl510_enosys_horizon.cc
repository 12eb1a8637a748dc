#include "lint/rules/horizon.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

// What libcs in use may try before an older call is about as new as this.
constexpr schema::kernel::KernelVersion kRecent{5, 0};

// A profile that leaves out fewer may have looked at each of them.
constexpr std::size_t kJump = 4;

// The recent calls of the architecture between two numbers.
std::vector<std::string> Between(schema::kernel::Architecture architecture, std::uint32_t first,
                                 std::uint32_t last) {
  std::vector<std::string> names;
  for (const auto& entry : schema::kernel::SyscallEntries(architecture)) {
    if (entry.number <= first || entry.number >= last) continue;
    if (!entry.syscall().implemented || entry.removed()) continue;
    if (entry.syscall().since >= kRecent) names.emplace_back(entry.name());
  }
  return names;
}

std::vector<Finding> CheckEnosysHorizon(const Context& context) {
  if (context.policy == nullptr || !HasHorizon(context.target.engine) ||
      !IsOtherErrno(context.policy->default_verdict)) {
    return {};
  }
  const auto own = context.policy->architectures.front().architecture;
  // Its own calls, execve among them, have the highest numbers.
  if (own == schema::kernel::Architecture::kX32) return {};
  const std::vector<NamedCall> named = NamedCalls(context, own);
  if (named.size() < 2) return {};
  const NamedCall& highest = named.back();
  const auto gap = Between(own, named[named.size() - 2].number, highest.number);
  if (gap.size() < kJump) return {};
  return {{highest.span,
           "naming " + std::string(highest.name) + " makes " + Counted(gap.size(), "call") +
               " with lower numbers get " + ToString(context.policy->default_verdict) +
               " instead of ENOSYS: " + Listed(gap),
           "name these, too, with SCMP_ACT_ERRNO and errnoRet 38 (ENOSYS), or leave " +
               std::string(highest.name) + " out",
           {},
           {}}};
}

}  // namespace

extern const Rule kSL510{
    .id = "SL510",
    .name = "enosys-horizon",
    .severity = Severity::kInfo,
    .summary = "One name of a new call takes the ENOSYS from the calls below it.",
    .why =
        "Where the default is an error, engines answer numbers above the highest that a profile "
        "names with ENOSYS, so that a new C library takes an older call instead. Naming one call "
        "that is newer than all others moves that horizon up: those between get the default "
        "error, and whoever tries them first fails instead of falling back. It is told where four "
        "or more calls from Linux 5.0 on are between.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "statx", "mseal"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "statx"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source =
        "runc's libcontainer/seccomp/patchbpf; https://github.com/opencontainers/runc/pull/2750",
    .check = &CheckEnosysHorizon,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
