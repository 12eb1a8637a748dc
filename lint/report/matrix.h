// What each call gets from each profile, in short: the columns of a table of profiles by calls.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lint/engine/engine.h"
#include "schema/kernel/target.h"

namespace lint::report {

// What a call can get, whatever its arguments.
enum class CellKind : std::uint8_t {
  kAllow,
  kAllowIf,  // some arguments SCMP_ACT_ALLOW, others something else
  kErrno,
  kKill,  // the thread or the process
  kTrap,
  kLog,
  kTrace,
  kNotify,
  kOtherIf,  // several verdicts, none of them SCMP_ACT_ALLOW
};

struct MatrixCell {
  std::uint16_t syscall = 0;  // the index in kernel::Syscalls()
  CellKind kind = CellKind::kAllow;
  bool decided = false;    // by a rule; else a rule names the call and the default decides
  std::uint16_t text = 0;  // the index in MatrixColumn::texts
};

// One profile on the first of its targets, by the target's own architecture.
struct MatrixColumn {
  std::string path;
  std::string target;  // in --target's form; empty: there was none
  schema::kernel::Architecture architecture = schema::kernel::Architecture::kX86_64;
  bool valid = false;  // false: the text has no meaning there, and what follows is empty
  CellKind default_kind = CellKind::kErrno;
  std::vector<MatrixCell> cells;  // ascending by syscall; calls that no rule names are left out
  // "SCMP_ACT_ALLOW if arg0 == 0x0, SCMP_ACT_ERRNO(EPERM) otherwise", each once; the first is the
  // default's. Not escaped; at most kMaxVerdictText bytes each.
  std::vector<std::string> texts;
};

inline constexpr std::size_t kMaxVerdictText = 240;

// Reads the profile of `file` anew, by its document. A call whose conditions are too entangled to
// tell whether they leave something to the default counts as if they did.
MatrixColumn ColumnOf(const engine::FileReport& file,
                      std::span<const schema::kernel::Target> targets);

// "allow", "allow, by arguments", ...
std::string_view CellKindName(CellKind kind);

inline constexpr std::size_t kCellKinds = 9;

}  // namespace lint::report
