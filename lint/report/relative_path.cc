#include "lint/report/relative_path.h"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace lint::report {

std::string RelativePath(const std::string& path, const std::string& working_directory) {
  if (path.starts_with('<')) return path;
  const auto whole = (std::filesystem::path(working_directory) / path).lexically_normal();
  const std::string relative = whole.lexically_relative(working_directory).string();
  return relative.empty() || relative == ".." || relative.starts_with("../") ? whole.string()
                                                                             : relative;
}

std::string PercentEncoded(const std::string& path) {
  constexpr std::string_view kAsTheyAre =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (kAsTheyAre.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

}  // namespace lint::report
