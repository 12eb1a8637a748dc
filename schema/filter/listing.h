// Programs as text: for the compiler of C, for an assembler, and for people.

#pragma once

#include <linux/filter.h>

#include <span>
#include <string>

#include "schema/error.h"

namespace schema::filter {

// `static const struct sock_filter filter[]` of BPF_STMT and BPF_JUMP (linux/filter.h), which it
// includes; a line an instruction. Errors: kUnsupported, an instruction that no compiler of ours
// and libseccomp's makes (named).
Result<std::string> ToC(std::span<const sock_filter> program);

// A line an instruction, in the syntax of bpf_asm (tools/bpf/bpf_exp.y of Linux), which makes the
// same program of it. What a jump leads to has a label. The comment of a line has its number and
// what it looks at: names of architectures, of calls where those of one architecture alone come to
// it, words of arguments, verdicts. Errors: as ToC; kInvalid, the kernel would refuse the program.
Result<std::string> ToAssembly(std::span<const sock_filter> program);

}  // namespace schema::filter
