// SARIF, for code scanning. Source: Static Analysis Results Interchange Format 2.1.0, OASIS.

#pragma once

#include "lint/report/format.h"

namespace lint::report {

// Suppressed findings are results with a suppression; the rules are those that found something.
// Paths are relative to the working directory, %SRCROOT%.
extern const Format kSarif;

}  // namespace lint::report
