// held_to PROFILE crun|runc PID: reads the filter that the process runs under out of the kernel,
// and proves that it does what the profile says for the process's bounding set, as that runtime
// loads it. Exit 0: proved; prints what was proved. As root.
//
// runc puts a stub of its own before the filter: numbers above the highest that the profile names,
// among the calls that its libseccomp has, get ENOSYS, and there a call that a tracer cancelled
// (-1) does, too.

#include <linux/filter.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/filter/library.h"
#include "schema/filter/oci_rules.h"
#include "schema/filter/prove.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/kernel/multiplexer.h"
#include "schema/kernel/syscall.h"
#include "schema/kernel/target.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using schema::policy::ArchitecturePolicy;
using schema::policy::Policy;
using schema::profile::Profile;

int Fail(const std::string& message) {
  std::cerr << "held_to: " << message << "\n";
  return 1;
}

schema::Result<std::vector<sock_filter>> FilterOf(pid_t pid) {
  const auto failed = [](const char* what) { return schema::SystemError(what, errno); };
  if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) return failed("PTRACE_SEIZE");
  if (ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) return failed("PTRACE_INTERRUPT");
  int status = 0;
  if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) return failed("waitpid");
  // Number 0 is the filter that was loaded last.
  const long count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, nullptr, nullptr);
  if (count < 0) return failed("PTRACE_SECCOMP_GET_FILTER");
  std::vector<sock_filter> program(static_cast<std::size_t>(count));
  if (ptrace(PTRACE_SECCOMP_GET_FILTER, pid, nullptr, program.data()) != count) {
    return failed("PTRACE_SECCOMP_GET_FILTER");
  }
  ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
  return program;
}

// The value of a line "NAME:\tVALUE" of /proc/PID/status.
std::string StatusOf(pid_t pid, std::string_view name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(std::string(name) + ":")) return line.substr(name.size() + 2);
  }
  return "";
}

bool HasHorizonInRunc(schema::kernel::Action action) {
  using enum schema::kernel::Action;
  return action != kAllow && action != kLog && action != kTrace;
}

// The highest number that the rules which apply name, among the calls that libseccomp has.
std::optional<std::uint32_t> HighestNamed(const Profile& profile,
                                          const schema::kernel::Target& target,
                                          schema::kernel::Architecture architecture) {
  Policy named;
  named.architectures.push_back({architecture, {}, {}, {}});
  for (const auto& rule : profile.syscalls) {
    if (!schema::policy::Applies(rule, target)) continue;
    for (const auto& name : rule.AllNames()) {
      const auto* entry = schema::kernel::FindEntry(architecture, name.value);
      if (entry == nullptr || schema::kernel::FindMultiplexed(architecture, name.value)) continue;
      named.architectures.front().calls.push_back({entry->number, name.value, {}});
    }
  }
  schema::filter::LeaveOutUnknown(named);
  const auto& calls = named.architectures.front().calls;
  if (calls.empty()) return std::nullopt;
  return std::ranges::max_element(calls, {}, &schema::policy::CallPolicy::number)->number;
}

void AddStubOfRunc(const Profile& profile, const schema::kernel::Target& target, Policy& policy) {
  schema::filter::LeaveOutUnknown(policy);
  if (!HasHorizonInRunc(policy.default_verdict.action)) return;
  constexpr std::uint32_t kCancelled = 0xFFFFFFFF;
  constexpr schema::kernel::Verdict kEnosys{schema::kernel::Action::kErrno, 38};
  for (ArchitecturePolicy& part : policy.architectures) {
    part.horizon = HighestNamed(profile, target, part.architecture);
    // With x86_64's own calls it goes on to the filter, as bit 30 is set.
    if (!part.horizon || part.architecture == schema::kernel::Architecture::kX86_64) continue;
    part.calls.push_back({kCancelled, "cancelled", {{{}, kEnosys}}});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return Fail("usage: held_to PROFILE crun|runc PID");
  const bool by_runc = std::string_view(argv[2]) == "runc";
  const pid_t pid = std::stoi(argv[3]);
  if (StatusOf(pid, "Seccomp") != "2")
    return Fail("process " + std::to_string(pid) + " runs without a filter");
  if (StatusOf(pid, "Seccomp_filters") != "1") return Fail("it has more than one filter");
  auto text = schema::json::ReadFile(argv[1]);
  if (!text) return Fail(text.error().message);
  const auto json = schema::json::Read(std::move(*text));
  const auto parsed = schema::profile::Parse(json.document);
  if (!parsed.profile) return Fail("no profile");
  auto target = schema::kernel::ThisHost(schema::kernel::LibseccompRelease({~0U, 0, 0}));
  if (!target) return Fail(target.error().message);
  target->engine = schema::kernel::Engine::kOci;
  target->capabilities =
      schema::kernel::CapabilitySet(std::stoull(StatusOf(pid, "CapBnd"), nullptr, 16));
  auto policy = schema::policy::Resolve(*parsed.profile, *target, {.enosys_horizon = !by_runc});
  if (!policy) return Fail(policy.error().message);
  if (by_runc) AddStubOfRunc(*parsed.profile, *target, *policy);
  const auto program = FilterOf(pid);
  if (!program) return Fail(program.error().message);
  const auto found = schema::filter::FindCounterexample(*program, *policy);
  if (!found) return Fail(found.error().message);
  if (*found) {
    return Fail(schema::filter::ToString((*found)->call) + " gets " + ToString((*found)->got) +
                " instead of " + ToString((*found)->expected));
  }
  std::cout << "proved: " << program->size() << " instructions do what " << argv[1] << " says\n";
  return 0;
}
