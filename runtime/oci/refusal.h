// How a container that is not started is told of.

#pragma once

#include <string>
#include <string_view>

#include "runtime/oci/command_line.h"

namespace runtime::oci {

// On standard error and, as runc writes its errors, at the end of the file that --log names:
// engines show their user what they find there. In the file, a line of JSON or of text.
void TellRefusal(const CommandLine& line, std::string_view message);

// {"level":"error","msg":MESSAGE,"time":TIME} and a line break.
std::string JsonLine(std::string_view message, std::string_view time);

}  // namespace runtime::oci
