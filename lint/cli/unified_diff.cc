#include "lint/cli/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace lint::cli {
namespace {

constexpr std::size_t kContext = 3;
// Of the table of common subsequences, a byte for each cell; beyond it, what lies between the first
// and the last change is one change.
constexpr std::size_t kMostCells = std::size_t{1} << 26U;

using Lines = std::vector<std::string_view>;

Lines LinesOf(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Line {
  char sign = ' ';
  std::string_view text;
};

void AddAll(std::vector<Line>& script, char sign, const Lines& lines, std::size_t begin,
            std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) script.push_back({sign, lines[i]});
}

// What turns lines [from, a_end) of `a` into [from, b_end) of `b`: by a longest common subsequence.
void AddMiddle(std::vector<Line>& script, const Lines& a, const Lines& b, std::size_t from,
               std::size_t a_end, std::size_t b_end) {
  const std::size_t rows = a_end - from;
  const std::size_t columns = b_end - from;
  if (rows == 0 || columns == 0 || rows > kMostCells / columns) {
    AddAll(script, '-', a, from, a_end);
    AddAll(script, '+', b, from, b_end);
    return;
  }
  // Whether the longest one of a[i..] and b[j..] is found without a[i].
  std::vector<char> without_a(rows * columns);
  std::vector<std::size_t> below(columns + 1);
  std::vector<std::size_t> row(columns + 1);
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      const bool same = a[from + i] == b[from + j];
      row[j] = same ? below[j + 1] + 1 : std::max(below[j], row[j + 1]);
      without_a[i * columns + j] = static_cast<char>(below[j] >= row[j + 1]);
    }
    below.swap(row);
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows && j < columns) {
    if (a[from + i] == b[from + j]) {
      script.push_back({' ', a[from + i]});
      ++i;
      ++j;
    } else if (without_a[i * columns + j] != 0) {
      script.push_back({'-', a[from + i++]});
    } else {
      script.push_back({'+', b[from + j++]});
    }
  }
  AddAll(script, '-', a, from + i, a_end);
  AddAll(script, '+', b, from + j, b_end);
}

std::vector<Line> ScriptOf(const Lines& a, const Lines& b) {
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  std::size_t a_end = a.size();
  std::size_t b_end = b.size();
  while (a_end > same && b_end > same && a[a_end - 1] == b[b_end - 1]) {
    --a_end;
    --b_end;
  }
  std::vector<Line> script;
  AddAll(script, ' ', a, 0, same);
  AddMiddle(script, a, b, same, a_end, b_end);
  AddAll(script, ' ', a, a_end, a.size());
  return script;
}

// "12,3"; an empty range is named by the line before it.
std::string Range(std::size_t before, std::size_t count) {
  std::string range = std::to_string(count == 0 ? before : before + 1);
  if (count != 1) range += "," + std::to_string(count);
  return range;
}

}  // namespace

std::string UnifiedDiff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return "";
  const std::vector<Line> script = ScriptOf(LinesOf(before), LinesOf(after));
  const std::string name(path);
  std::string diff = "--- " + name + "\n+++ " + name + "\n";
  std::size_t a_line = 0;  // lines of each text before script[at]
  std::size_t b_line = 0;
  const auto pass = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (script[i].sign != '+') ++a_line;
      if (script[i].sign != '-') ++b_line;
    }
  };
  std::size_t at = 0;
  while (true) {
    std::size_t change = at;
    while (change < script.size() && script[change].sign == ' ') ++change;
    if (change == script.size()) return diff;
    const std::size_t begin = change - std::min(change - at, kContext);
    std::size_t last = change;  // behind the hunk's last change
    for (std::size_t i = change; i < script.size() && i <= last + 2 * kContext; ++i) {
      if (script[i].sign != ' ') last = i + 1;
    }
    const std::size_t end = std::min(last + kContext, script.size());
    pass(at, begin);
    const std::size_t a_begin = a_line;
    const std::size_t b_begin = b_line;
    pass(begin, end);
    diff += "@@ -" + Range(a_begin, a_line - a_begin) + " +" + Range(b_begin, b_line - b_begin) +
            " @@\n";
    for (std::size_t i = begin; i < end; ++i) {
      diff += script[i].sign + std::string(script[i].text);
      if (!script[i].text.ends_with('\n')) diff += "\n\\ No newline at end of file\n";
    }
    at = end;
  }
}

}  // namespace lint::cli
