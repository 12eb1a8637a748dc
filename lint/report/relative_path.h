// Paths in reports that another program reads.

#pragma once

#include <string>

namespace lint::report {

// `path` as it is seen from `working_directory`, and absolute where it lies outside; "<stdin>" as
// it is.
std::string RelativePath(const std::string& path, const std::string& working_directory);

// Its bytes as RFC 3986 has them in a path: all but unreserved characters and / percent-encoded.
std::string PercentEncoded(const std::string& path);

}  // namespace lint::report
