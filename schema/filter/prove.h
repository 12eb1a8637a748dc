// Proves that a classic BPF program does what a policy says: for every architecture, number and
// argument.

#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/error.h"
#include "schema/filter/budget.h"
#include "schema/filter/filter.h"
#include "schema/kernel/action.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// A call on which the program and the policy differ.
struct Counterexample {
  policy::Call call;
  std::uint64_t instruction_pointer = 0;  // 0 unless the program looks at it
  kernel::Verdict expected;               // the policy's
  kernel::Verdict got;                    // the program's
};

// std::nullopt: proved. The program may come from anybody. It is run symbolically, every path of
// it: what a path has learnt of the architecture and the number is a set of intervals, of the
// arguments a conjunction of comparisons; at each return this is decided against the policy's
// clauses (policy::FindValues). No sampling, and never a guess: what it cannot decide is an Error.
// Exact for every program whose jumps and returns depend each on one word of seccomp_data: masked,
// shifted, ORed and XORed with constants, added to or subtracted from one, multiplied or divided by
// a power of two, by way of any register or cell. Errors: kInvalid, the kernel would refuse the
// program (CheckProgram), or the policy is ambiguous; kUnsupported, a jump or a return depends on
// something else (the instruction is named): two words at once, a product, a quotient, a sum that
// is masked or shifted to the right, a shift by a word or by 32 bits and more, division by a word,
// more than 12 bits of a returned word; kLimit, the budget does not suffice, as
// hostile programs and profiles bring about. A program that is not proved must not be loaded.
Result<std::optional<Counterexample>> FindCounterexample(std::span<const sock_filter> program,
                                                         const policy::Policy& policy,
                                                         Budget budget = {});

enum class Compiler { kDirect, kLibseccomp };
std::optional<Compiler> ParseCompiler(std::string_view name);  // direct, libseccomp

// CompileDirect() or CompileBounded(), and the proof of what it made: the way to a filter that may
// be loaded. Errors: as both; kUnsupported, the compiled filter differs from the policy (the call
// is named).
Result<Filter> CompileAndProve(const policy::Policy& policy, Compiler compiler = Compiler::kDirect);

// "mmap(0x0, 0x1000, 0x0, 0x0, 0x0, 0x0) on x86_64".
std::string ToString(const policy::Call& call);

}  // namespace schema::filter
