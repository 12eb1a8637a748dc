#include "lint/engine/glob.h"

#include <cstddef>
#include <string>
#include <vector>

namespace lint::engine {
namespace {

std::vector<std::string_view> SplitAtSlashes(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/')) {
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  parts.push_back(path);
  return parts;
}

// Whether the sequences match, where a `is_star` part of the pattern is any number of parts: after
// a failure it is enough to let the last star take one more.
template <class Sequence, class IsStar, class Equal>
bool MatchesSequence(const Sequence& pattern, const Sequence& text, const IsStar& is_star,
                     const Equal& equal) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = pattern.size();  // none yet
  std::size_t star_end = 0;           // of what it took
  while (t < text.size()) {
    if (p < pattern.size() && is_star(pattern[p])) {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && equal(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star < pattern.size()) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_star(pattern[p])) ++p;
  return p == pattern.size();
}

bool MatchesName(std::string_view pattern, std::string_view name) {
  return MatchesSequence(
      pattern, name, [](char c) { return c == '*'; },
      [](char wanted, char c) { return wanted == '?' || wanted == c; });
}

}  // namespace

bool MatchesGlob(std::string_view pattern, std::string_view path) {
  std::string whole(pattern);
  if (whole.starts_with("./")) whole.erase(0, 2);
  if (whole.ends_with('/')) whole += "**";
  if (whole.find('/') == std::string::npos) whole.insert(0, "**/");
  return MatchesSequence(
      SplitAtSlashes(whole), SplitAtSlashes(path),
      [](std::string_view part) { return part == "**"; }, MatchesName);
}

}  // namespace lint::engine
