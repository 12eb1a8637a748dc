// GitLab's code quality report. Source: "Code Quality", GitLab's manual: a subset of Code Climate's
// format.

#pragma once

#include "lint/report/format.h"

namespace lint::report {

extern const Format kGitlab;

}  // namespace lint::report
