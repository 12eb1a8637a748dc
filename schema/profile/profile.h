// Profile: a seccomp profile in Docker's JSON format, or in one of the forms that say a part of
// what it can say (form.h), typed, with the place of every scalar. Nothing is normalised away: what
// a profile means on a target is a policy::Policy.
//
//   profile    = { defaultAction, defaultErrnoRet?, defaultErrno?, architectures? | archMap?,
//                  syscalls, flags?, listenerPath?, listenerMetadata? }
//   archMap    = [ { architecture, subArchitectures } ]
//   rule       = { names | name, action, errnoRet?, errno?, args?, comment?, includes?, excludes? }
//   argument   = { index, value, valueTwo?, op }
//   conditions = { caps?, arches?, minKernel? }
//
// `errno` and `defaultErrno` are Podman's: the name of the number beside them. A key with the value
// null counts as absent, as it does for the engines (Go's encoding/json).
// Source: https://github.com/moby/profiles, seccomp/seccomp.go; containers/common, pkg/seccomp.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/operator.h"
#include "schema/kernel/version.h"
#include "schema/span.h"

namespace schema::profile {

struct Argument {
  Span span;
  std::optional<Spanned<std::uint64_t>> index;  // 0..5 where valid
  std::optional<Spanned<std::uint64_t>> value;  // the mask of kMaskedEqual
  std::optional<Spanned<std::uint64_t>> value_two;
  std::optional<Spanned<kernel::Operator>> op;
};

struct Conditions {
  Span span;
  std::vector<Spanned<std::string>> caps;    // CAP_SYS_ADMIN
  std::vector<Spanned<std::string>> arches;  // moby's names: amd64
  std::optional<Spanned<kernel::KernelVersion>> min_kernel;
};

struct Rule {
  Span span;
  std::optional<Spanned<std::string>> name;  // the old form
  std::optional<Span> names_span;            // of the array
  std::vector<Spanned<std::string>> names;
  std::optional<Spanned<kernel::Action>> action;
  std::optional<Spanned<std::uint64_t>> errno_ret;
  std::optional<Spanned<std::string>> errno_name;
  std::optional<Span> args_span;  // of the array
  std::vector<Argument> args;
  std::optional<Spanned<std::string>> comment;
  std::optional<Conditions> includes;
  std::optional<Conditions> excludes;

  // What the rule is about, whichever form it is written in.
  std::span<const Spanned<std::string>> AllNames() const {
    if (name && !name->value.empty()) return {&*name, 1};
    return names;
  }
};

struct ArchMapEntry {
  Span span;
  std::optional<Spanned<kernel::Architecture>> architecture;
  std::vector<Spanned<kernel::Architecture>> subarchitectures;
};

struct Profile {
  Span span;
  std::optional<Spanned<kernel::Action>> default_action;
  std::optional<Spanned<std::uint64_t>> default_errno_ret;
  std::optional<Spanned<std::string>> default_errno_name;
  std::optional<Spanned<std::vector<Spanned<kernel::Architecture>>>> architectures;
  std::optional<Spanned<std::vector<ArchMapEntry>>> arch_map;
  std::optional<Span> syscalls_span;  // of the array
  std::vector<Rule> syscalls;
  std::vector<Spanned<std::string>> flags;
  std::optional<Spanned<std::string>> listener_path;
  std::optional<Spanned<std::string>> listener_metadata;

  // Of a SeccompProfile: another one, whose rules the operator adds to these.
  std::optional<Spanned<std::string>> base_profile;
  // Of the OCI config around it: process.noNewPrivileges.
  bool no_new_privileges = false;

  // False: something of the source could not be typed (see the problems) and is left out here. What
  // the rest forbids may then be allowed by what is missing, and the other way round.
  bool complete = true;
};

}  // namespace schema::profile
