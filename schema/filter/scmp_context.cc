#include "schema/filter/scmp_context.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "schema/descriptor.h"
#include "schema/filter/scmp_architecture.h"
#include "schema/kernel/multiplexer.h"

namespace schema::filter {

using kernel::Action;
using kernel::Operator;
using kernel::Verdict;

namespace {

// Two names may share one of the negative numbers that stand for a call this machine lacks, as do
// sys_debug_setcontext and switch_endian of PowerPC in libseccomp 2.5.4: a rule for the one becomes
// a rule for the other.
bool IsToldApart(const std::string& name) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  const std::unique_ptr<char, decltype(&std::free)> found(
      seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number), &std::free);
  return found != nullptr && found.get() == name;
}

}  // namespace

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

Result<ScmpContext> NewContext(Verdict verdict) {
  ScmpContext context(seccomp_init(ScmpAction(verdict)));
  if (context == nullptr) {
    return Error{ErrorCode::kUnsupported,
                 "libseccomp does not take " + kernel::ToString(verdict) + " as the default action",
                 0};
  }
  return context;
}

int AddScmpRule(void* context, Verdict verdict, const std::string& name,
                const std::vector<policy::Condition>& conditions) {
  std::vector<scmp_arg_cmp> compared;
  compared.reserve(conditions.size());
  for (const policy::Condition& condition : conditions) {
    compared.push_back(ScmpCondition(condition));
  }
  return seccomp_rule_add_array(context, ScmpAction(verdict),
                                seccomp_syscall_resolve_name(name.c_str()),
                                static_cast<unsigned>(compared.size()), compared.data());
}

bool LibraryHas(kernel::Architecture architecture, const policy::CallPolicy& call) {
  if (!IsToldApart(call.name)) return false;
  if (kernel::FindMultiplexed(architecture, call.name)) return true;
  const int number =
      seccomp_syscall_resolve_name_arch(ScmpArchitecture(architecture), call.name.c_str());
  return number != __NR_SCMP_ERROR && static_cast<std::uint32_t>(number) == call.number;
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

}  // namespace schema::filter
