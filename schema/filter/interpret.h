// Runs a seccomp program without a kernel: what tests and fuzzing compare with the policy.

#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "schema/error.h"
#include "schema/policy/policy.h"

namespace schema::filter {

struct Execution {
  std::uint32_t ret = 0;         // SECCOMP_RET_* with its data: see kernel::FromRet
  std::size_t instructions = 0;  // executed
};

// Runs `program` on `call`; the words of seccomp_data lie in the byte order of the call's
// architecture (bit 30 of the audit token: little endian).
// A division by an X of 0 ends the program with 0. Errors: kInvalid, it comes to an instruction for
// which the kernel would refuse the program (CheckProgram looks at all of them). Source:
// seccomp_check_filter() in kernel/seccomp.c and bpf_check_classic() in net/core/filter.c.
Result<Execution> Interpret(std::span<const sock_filter> program, const policy::Call& call,
                            std::uint64_t instruction_pointer = 0);

}  // namespace schema::filter
