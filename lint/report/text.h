// Findings for people: the place, the message, the line of source with a caret under the span.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "lint/engine/engine.h"
#include "schema/kernel/target.h"

namespace lint::report {

struct TextStyle {
  bool color = false;  // ANSI SGR sequences
};

//     profile.json:3:16: error: "SCMP_ACT_DENY" is no action [SL104 unknown-action]
//         3 |     "action": "SCMP_ACT_DENY"
//           |               ^~~~~~~~~~~~~~~
//       note: profile.json:1:1: ...
//       help: ...
// Targets are named where there are several.
std::string Text(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
                 TextStyle style);

// "2 files checked: 1 error, 3 warnings."
std::string TextSummary(std::span<const engine::FileReport> files, TextStyle style);

}  // namespace lint::report
