#include "schema/filter/compile.h"

#include <seccomp.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <set>
#include <string>
#include <utility>

#include "schema/filter/horizon.h"
#include "schema/filter/library.h"
#include "schema/filter/newer_calls.h"
#include "schema/filter/scmp_architecture.h"
#include "schema/filter/scmp_context.h"
#include "schema/policy/conflict.h"

namespace schema::filter {
namespace {

using kernel::Action;
using kernel::Verdict;

Status AddClause(void* context, const policy::CallPolicy& call, const policy::Clause& clause) {
  const int result = AddScmpRule(context, clause.verdict, call.name, clause.conditions);
  // EEXIST: the same conditions and verdict are there already; conflicts were refused before.
  if (result != 0 && result != -EEXIST) {
    return LibraryError("adding the rule " + kernel::ToString(clause.verdict) + " for " + call.name,
                        result);
  }
  return {};
}

Status AddCall(void* context, const policy::CallPolicy& call) {
  // Without conflicts, all clauses beside an unconditional one have its verdict.
  const auto unconditional = std::ranges::find_if(
      call.clauses, [](const policy::Clause& clause) { return clause.conditions.empty(); });
  if (unconditional != call.clauses.end()) return AddClause(context, call, *unconditional);
  for (const policy::Clause& clause : call.clauses) {
    if (Status status = AddClause(context, call, clause); !status) return status;
  }
  return {};
}

// A filter for one architecture alone, without the calls that the library does not know.
Result<ScmpContext> CompilePart(const policy::ArchitecturePolicy& part, Verdict default_verdict,
                                std::vector<NewerCall>& newer) {
  const std::string name(kernel::Facts(part.architecture).name);
  auto made = NewContext(default_verdict);
  if (!made) return made;
  ScmpContext context = std::move(*made);
  const std::uint32_t architecture = ScmpArchitecture(part.architecture);
  if (architecture != seccomp_arch_native()) {
    if (const int result = seccomp_arch_remove(context.get(), seccomp_arch_native()); result != 0) {
      return LibraryError("removing the native architecture", result);
    }
    if (const int result = seccomp_arch_add(context.get(), architecture); result != 0) {
      return Error{ErrorCode::kUnsupported, "this libseccomp does not know architecture " + name,
                   -result};
    }
  }
  for (const policy::CallPolicy& call : part.calls) {
    if (!LibraryHas(part.architecture, call)) {
      newer.push_back({part.architecture, &call});
    } else if (Status status = AddCall(context.get(), call); !status) {
      return std::move(status).error().While("architecture " + name);
    }
  }
  return context;
}

// What a filter of the policy may return.
std::set<std::uint32_t> ReturnsOf(const policy::Policy& policy) {
  std::set<std::uint32_t> returns = {kernel::ToRet(policy.default_verdict),
                                     kernel::ToRet({Action::kKillThread, 0})};
  for (const policy::ArchitecturePolicy& part : policy.architectures) {
    for (const policy::CallPolicy& call : part.calls) {
      for (const policy::Clause& clause : call.clauses) {
        returns.insert(kernel::ToRet(clause.verdict));
      }
    }
  }
  return returns;
}

// libseccomp writes a program in the byte order of its architecture; ours is in this machine's.
// Where it repeats a return since a jump cannot reach the first one, libseccomp 2.5 converts the
// value twice
// (_gen_bpf_build_jmp_ret() in its src/gen_bpf.c): converted back once, it is none of the policy's.
void ToOrderOfThisMachine(const policy::Policy& policy, std::vector<sock_filter>& program) {
  const bool big_endian = kernel::Facts(policy.architectures.front().architecture).big_endian;
  if (big_endian == (std::endian::native == std::endian::big)) return;
  const std::set<std::uint32_t> returns = ReturnsOf(policy);
  for (sock_filter& instruction : program) {
    instruction.code = __builtin_bswap16(instruction.code);
    instruction.k = __builtin_bswap32(instruction.k);
    const std::uint32_t again = __builtin_bswap32(instruction.k);
    if (instruction.code == (BPF_RET | BPF_K) && !returns.contains(instruction.k) &&
        returns.contains(again)) {
      instruction.k = again;
    }
  }
}

}  // namespace

Result<Filter> Compile(const policy::Policy& policy) {
  UseWholeLibrary();
  if (Status status = policy::RefuseConflicts(policy); !status) return std::move(status).error();
  ScmpContext whole;
  std::vector<NewerCall> newer;
  for (const policy::ArchitecturePolicy& part : policy.architectures) {
    Result<ScmpContext> context = CompilePart(part, policy.default_verdict, newer);
    if (!context) return std::move(context).error();
    if (whole == nullptr) {
      whole = std::move(*context);
      continue;
    }
    if (const int result = seccomp_merge(whole.get(), context->get()); result != 0) {
      return LibraryError("merging " + std::string(kernel::Facts(part.architecture).name), result);
    }
    static_cast<void>(context->release());  // seccomp_merge took it over
  }
  auto program = Export(whole.get());
  if (!program) return std::move(program).error();
  ToOrderOfThisMachine(policy, *program);
  Filter filter{std::move(*program), policy.flags};
  PrependNewerCalls(newer, policy.default_verdict, filter.program);
  PrependHorizon(policy, filter.program);
  if (filter.program.size() > kMaxInstructions) {
    return Error{ErrorCode::kLimit,
                 "the filter has " + std::to_string(filter.program.size()) +
                     " instructions; the kernel takes at most " + std::to_string(kMaxInstructions),
                 0};
  }
  return filter;
}

}  // namespace schema::filter
