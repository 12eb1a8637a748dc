// Writes what engine::Baseline reads.

#pragma once

#include <string>

#include "lint/engine/baseline.h"

namespace lint::report {

// A finding a line, sorted: a change of the baseline is a change of few lines.
std::string BaselineText(const engine::Baseline& baseline);

}  // namespace lint::report
