// The style and the script of a page, from lint/report/html/, as they stand in it.

#pragma once

#include <string_view>

namespace lint::report {

extern const std::string_view kPageCss;
extern const std::string_view kPageJs;

// Of their bytes, in base 64.
extern const std::string_view kPageCssSha256;
extern const std::string_view kPageJsSha256;

}  // namespace lint::report
