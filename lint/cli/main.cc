#include <string>
#include <vector>

#include "lint/cli/seccomp_lint.h"

int main(int argc, char** argv) {
  return lint::cli::Run(std::vector<std::string>(argv + 1, argv + argc));
}
