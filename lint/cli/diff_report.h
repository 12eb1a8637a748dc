// The changes that `diff` found, for people, programs and pull requests.

#pragma once

#include <set>
#include <span>
#include <string>

#include "lint/cli/change.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/target.h"

namespace lint::cli {

struct DiffReport {
  std::string old_name;  // as displayed
  std::string new_name;
  std::span<const Change> changes;
  std::span<const schema::kernel::Target> targets;
  std::set<schema::kernel::Architecture> compared;  // on some target
};

//     x86_64, x86 mount: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW
//     x86_64 socket: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if arg0 == 40, e.g. socket(0x28)
//     1 call newly allowed, 1 call newly denied
// "all": all architectures compared that have the call. Targets are named where a change is not on
// all of those that include one of its architectures.
std::string DiffText(const DiffReport& diff);

// One object on one line, as the README documents it.
std::string DiffJson(const DiffReport& diff);

// A table, what is newly allowed first; folded by effect where it is long.
std::string DiffMarkdown(const DiffReport& diff);

}  // namespace lint::cli
