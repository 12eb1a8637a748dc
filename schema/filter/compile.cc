#include "schema/filter/compile.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "schema/descriptor.h"
#include "schema/filter/horizon.h"
#include "schema/filter/library.h"
#include "schema/filter/newer_calls.h"
#include "schema/filter/scmp_architecture.h"
#include "schema/kernel/multiplexer.h"
#include "schema/policy/conflict.h"

namespace schema::filter {
namespace {

using kernel::Action;
using kernel::Operator;
using kernel::Verdict;

struct ReleaseContext {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

std::uint32_t ScmpAction(Verdict verdict) {
  switch (verdict.action) {
    case Action::kKillThread:
      return SCMP_ACT_KILL_THREAD;
    case Action::kKillProcess:
      return SCMP_ACT_KILL_PROCESS;
    case Action::kTrap:
      return SCMP_ACT_TRAP;
    case Action::kErrno:
      return SCMP_ACT_ERRNO(verdict.data);
    case Action::kTrace:
      return SCMP_ACT_TRACE(verdict.data);
    case Action::kLog:
      return SCMP_ACT_LOG;
    case Action::kNotify:
      return SCMP_ACT_NOTIFY;
    case Action::kAllow:
      return SCMP_ACT_ALLOW;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_arg_cmp ScmpCondition(const policy::Condition& condition) {
  const unsigned index = condition.arg_index;
  switch (condition.op) {
    case Operator::kNotEqual:
      return {index, SCMP_CMP_NE, condition.value, 0};
    case Operator::kLess:
      return {index, SCMP_CMP_LT, condition.value, 0};
    case Operator::kLessOrEqual:
      return {index, SCMP_CMP_LE, condition.value, 0};
    case Operator::kEqual:
      return {index, SCMP_CMP_EQ, condition.value, 0};
    case Operator::kGreaterOrEqual:
      return {index, SCMP_CMP_GE, condition.value, 0};
    case Operator::kGreater:
      return {index, SCMP_CMP_GT, condition.value, 0};
    case Operator::kMaskedEqual:
      return {index, SCMP_CMP_MASKED_EQ, condition.mask, condition.value};
  }
  return {};
}

// libseccomp's functions return a negative errno.
Error LibraryError(const std::string& what, int result) {
  Error error = SystemError("libseccomp: " + what, -result);
  if (result == -EOPNOTSUPP || result == -EINVAL) error.code = ErrorCode::kUnsupported;
  return error;
}

Status AddClause(void* context, const policy::CallPolicy& call, const policy::Clause& clause) {
  std::vector<scmp_arg_cmp> conditions;
  for (const policy::Condition& condition : clause.conditions) {
    conditions.push_back(ScmpCondition(condition));
  }
  // By name: rule_add takes the native architecture's number and translates it by name.
  const int number = seccomp_syscall_resolve_name(call.name.c_str());
  const int result =
      seccomp_rule_add_array(context, ScmpAction(clause.verdict), number,
                             static_cast<unsigned>(conditions.size()), conditions.data());
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

// Whether the library has the call there under the policy's number. Of multiplexed calls it does
// not tell the number, but knows it.
bool IsKnown(kernel::Architecture architecture, const policy::CallPolicy& call) {
  if (kernel::FindMultiplexed(architecture, call.name)) return true;
  const int number =
      seccomp_syscall_resolve_name_arch(ScmpArchitecture(architecture), call.name.c_str());
  return number != __NR_SCMP_ERROR && static_cast<std::uint32_t>(number) == call.number;
}

// A filter for one architecture alone, without the calls that the library does not know.
Result<Context> CompilePart(const policy::ArchitecturePolicy& part, Verdict default_verdict,
                            std::vector<NewerCall>& newer) {
  const std::string name(kernel::Facts(part.architecture).name);
  Context context(seccomp_init(ScmpAction(default_verdict)));
  if (context == nullptr) {
    return Error{
        ErrorCode::kUnsupported,
        "libseccomp does not take " + kernel::ToString(default_verdict) + " as the default action",
        0};
  }
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
    if (!IsKnown(part.architecture, call)) {
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

Result<std::vector<sock_filter>> Export(void* context) {
  // A file in memory: a pipe holds 64 KiB, which is less than the longest program.
  const Descriptor file(memfd_create("seccomp-filter", MFD_CLOEXEC));
  if (file.number() < 0) return SystemError("memfd_create", errno);
  if (const int result = seccomp_export_bpf(context, file.number()); result != 0) {
    return LibraryError("generating the filter", result);
  }
  const off_t bytes = lseek(file.number(), 0, SEEK_END);
  if (bytes < 0) return SystemError("lseek", errno);
  std::vector<sock_filter> program(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
  const std::size_t wanted = program.size() * sizeof(sock_filter);
  const ssize_t got = pread(file.number(), program.data(), wanted, 0);
  if (got < 0 || static_cast<std::size_t>(got) != wanted) return SystemError("pread", errno);
  return program;
}

}  // namespace

Result<Filter> Compile(const policy::Policy& policy) {
  UseWholeLibrary();
  if (Status status = policy::RefuseConflicts(policy); !status) return std::move(status).error();
  Context whole;
  std::vector<NewerCall> newer;
  for (const policy::ArchitecturePolicy& part : policy.architectures) {
    Result<Context> context = CompilePart(part, policy.default_verdict, newer);
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
