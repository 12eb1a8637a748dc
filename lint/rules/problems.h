// For rules about what reading a profile has found already: the reader and the parser word the
// problem, the rule explains it.

#pragma once

#include <vector>

#include "lint/rules/rule.h"

namespace lint::rules {

std::vector<Finding> FromReader(const Context& context, schema::json::ProblemKind kind);
std::vector<Finding> FromParser(const Context& context, schema::profile::ProblemKind kind);

}  // namespace lint::rules
