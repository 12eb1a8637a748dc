// Findings for programs: format version 1, as the README documents it.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lint/engine/engine.h"
#include "lint/report/format.h"
#include "schema/kernel/target.h"

namespace lint::report {

// Findings that are known come in a list of their own, "suppressed", each with why; "notes" are on
// suppressions that are wrong.
extern const Format kJson;

// One object on one line. Lines and columns are 1-based, columns count code
// points; endColumn is the one behind the last.
std::string Json(std::span<const engine::FileReport> files,
                 std::span<const schema::kernel::Target> targets, std::string_view tool_version);

}  // namespace lint::report
