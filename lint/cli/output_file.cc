#include "lint/cli/output_file.h"

#include <iostream>

#include "schema/write_file.h"

namespace lint::cli {

schema::Status WriteOutput(const std::string& path, std::string_view bytes) {
  if (path != "-") return schema::WriteFile(path, bytes);
  std::cout << bytes;
  return {};
}

}  // namespace lint::cli
