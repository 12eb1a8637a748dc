// A page for people, in one file: findings beside the source, and what each call gets from each
// profile as a table. Complete without scripts; nothing is loaded.

#pragma once

#include "lint/report/format.h"

namespace lint::report {

extern const Format kHtml;

}  // namespace lint::report
