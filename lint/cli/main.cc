#include <algorithm>
#include <string>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/cli/standard_output.h"

int main(int argc, char** argv) {
  lint::cli::OccupyClosedStreams();
  lint::cli::StandardOutput output;
  const int code = lint::cli::Run(std::vector<std::string>(argv + 1, argv + argc));
  const auto& written = output.Finish();
  return written ? code : std::max(code, lint::cli::Complain(written.error().message));
}
