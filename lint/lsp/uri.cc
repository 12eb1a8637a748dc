#include "lint/lsp/uri.h"

#include <algorithm>
#include <cstddef>

namespace lint::lsp {
namespace {

int Digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  const bool has = text.size() >= prefix.size() &&
                   std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, [](char c) {
                     return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
                   });
  if (has) text.remove_prefix(prefix.size());
  return has;
}

}  // namespace

std::optional<std::string> PathOfUri(std::string_view uri) {
  if (!TakePrefix(uri, "file:")) return std::nullopt;
  if (TakePrefix(uri, "//")) TakePrefix(uri, "localhost");
  if (!uri.starts_with('/')) return std::nullopt;  // relative, or another machine's
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    char c = uri[i];
    if (c == '%') {
      if (i + 2 >= uri.size() || Digit(uri[i + 1]) < 0 || Digit(uri[i + 2]) < 0) {
        return std::nullopt;
      }
      c = static_cast<char>(Digit(uri[i + 1]) * 16 + Digit(uri[i + 2]));
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    path += c;
  }
  return path;
}

}  // namespace lint::lsp
