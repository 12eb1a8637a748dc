// Checkstyle's XML, which editors and review bots read. Source: XMLLogger of Checkstyle 4.3.

#pragma once

#include "lint/report/format.h"

namespace lint::report {

extern const Format kCheckstyle;

}  // namespace lint::report
