// Whether the kernel would load a classic BPF program as a filter.

#pragma once

#include <linux/filter.h>

#include <span>

#include "schema/error.h"

namespace schema::filter {

// Errors: kInvalid, the kernel refuses it with EINVAL: the message names the instruction and why.
// Source: bpf_check_classic() and check_load_and_stores() in net/core/filter.c,
// seccomp_check_filter() in kernel/seccomp.c, Linux 6.12.
Status CheckProgram(std::span<const sock_filter> program);

}  // namespace schema::filter
