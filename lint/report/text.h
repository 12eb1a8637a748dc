// Findings for people: the place, the message, the line of source with a caret under the span.

#pragma once

#include <span>
#include <string>

#include "lint/engine/engine.h"
#include "lint/report/format.h"
#include "lint/report/tally.h"
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
// Targets are named where there are several. After the findings, what is wrong with the profile's
// suppressions.
std::string Text(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
                 TextStyle style);

// "2 files checked: 1 error, 3 warnings, 1 suppressed".
std::string TextSummary(const Tally& tally, TextStyle style);

// "      2  SL301  error       unknown-syscall", a line for each rule and severity.
std::string Statistics(const Tally& tally);

extern const Format kText;

}  // namespace lint::report
