// The table of a page: a row a call, a column a profile.

#pragma once

#include <span>
#include <string>

#include "lint/report/matrix.h"

namespace lint::report {

// The section "matrix": the calls that some rule of some profile names, or decides about as a
// multiplexer, by name. The head of the column i links to "f" and i + 1. Empty without columns.
std::string MatrixHtml(std::span<const MatrixColumn> columns);

}  // namespace lint::report
