#include "lint/report/html_matrix.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "lint/report/html_text.h"
#include "lint/rules/places.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/syscall.h"

namespace lint::report {
namespace {

// By CellKind: the letter of a cell that a rule decides, which is its class, too; in lower case it
// is the default's. And what the letter means without more: a cell's title says what differs.
struct Letter {
  char upper;
  char lower;
  std::string_view plain;
};

constexpr std::array<Letter, kCellKinds> kLetters = {{
    {'A', 'a', "SCMP_ACT_ALLOW"},
    {'C', 'c', ""},
    {'E', 'e', "SCMP_ACT_ERRNO(EPERM)"},
    {'K', 'k', ""},
    {'T', 't', "SCMP_ACT_TRAP"},
    {'L', 'l', "SCMP_ACT_LOG"},
    {'R', 'r', "SCMP_ACT_TRACE(0)"},
    {'N', 'n', "SCMP_ACT_NOTIFY"},
    {'O', 'o', ""},
}};

const Letter& LetterOf(CellKind kind) { return kLetters[static_cast<std::size_t>(kind)]; }

constexpr char kNoCall = '-';
constexpr char kInvalid = '?';

std::string Cell(char letter, std::string_view title) {
  const char style = letter == kNoCall ? 'z' : letter == kInvalid ? 'q' : letter;
  std::string out = std::string("<td class=") + style;
  if (!title.empty()) out += " title=\"" + HtmlEscaped(title) + "\"";
  return out + ">" + letter;
}

// The folder that all paths are in, with its slash: the heads leave it out.
std::size_t LengthOfFolder(std::span<const MatrixColumn> columns) {
  std::string_view folder = columns.front().path;
  for (const MatrixColumn& column : columns) {
    const std::string_view path = column.path;
    const auto end = std::ranges::mismatch(folder, path).in1;
    folder = folder.substr(0, static_cast<std::size_t>(end - folder.begin()));
  }
  const std::size_t slash = folder.rfind('/');
  return slash == std::string_view::npos ? 0 : slash + 1;
}

// What the head of a column has room for: the end of a long path, whose ".json" tells nothing.
std::string Shortened(std::string_view path) {
  constexpr std::size_t kAtMost = 31;  // bytes; page.css gives it the height
  if (path.size() > 5 && path.ends_with(".json")) path.remove_suffix(5);
  if (path.size() <= kAtMost) return HtmlEscaped(path);
  std::size_t begin = path.size() - kAtMost + 1;
  while (begin < path.size() && (static_cast<unsigned char>(path[begin]) & 0xC0U) == 0x80U) ++begin;
  return "\xE2\x80\xA6" + HtmlEscaped(path.substr(begin));
}

std::string LegendItem(std::string_view style, char letter, std::string_view meaning) {
  std::string out = "<li><b class=";
  out += style;
  out += " title=\"";
  out += meaning;
  out += "\">";
  out += letter;
  out += "</b> ";
  return out.append(meaning) + "\n";
}

std::string Legend() {
  std::string out = "<ul class=legend>\n";
  for (std::size_t i = 0; i < kCellKinds; ++i) {
    const char letter = kLetters[i].upper;
    out += LegendItem({&letter, 1}, letter, CellKindName(static_cast<CellKind>(i)));
  }
  out += "<li><b class=a>a</b> in lower case: no rule decides, the default does\n";
  return out + LegendItem("z", kNoCall, "not a call of the architecture") +
         LegendItem("q", kInvalid, "no valid profile") + "</ul>\n";
}

// One row after the other, by a cursor in each column.
class Rows {
 public:
  explicit Rows(std::span<const MatrixColumn> columns) : columns_(columns), next_(columns.size()) {
    // Titles of all that rules decide while the page stays small; then of what is not plain alone.
    constexpr std::size_t kMostTitles = 20'000;
    std::size_t cells = 0;
    for (const MatrixColumn& column : columns) cells += column.cells.size();
    all_titles_ = cells <= kMostTitles;
  }

  // Empty: no profile names the call. `syscall` is to ascend from call to call.
  std::string Row(std::size_t syscall) {
    const auto& facts = schema::kernel::Syscalls()[syscall];
    std::vector<const MatrixCell*> cells(columns_.size());
    bool is_named = false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (next_[i] == columns_[i].cells.size()) continue;
      const MatrixCell& cell = columns_[i].cells[next_[i]];
      if (cell.syscall != syscall) continue;
      cells[i] = &cell;
      is_named = true;
      ++next_[i];
    }
    if (!is_named) return "";
    std::string out;
    const std::string* first = nullptr;
    bool differs = false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string* text = TextOf(columns_[i], cells[i], facts);
      out += CellOf(columns_[i], cells[i], text);
      if (text == nullptr) continue;
      if (first == nullptr) first = text;
      differs = differs || *first != *text;
    }
    return std::string("<tr") + (differs ? " class=x" : "") + "><th scope=row>" +
           HtmlEscaped(facts.name) + out + "\n";
  }

 private:
  // nullptr: the profile says nothing about the call.
  static const std::string* TextOf(const MatrixColumn& column, const MatrixCell* cell,
                                   const schema::kernel::Syscall& facts) {
    if (!column.valid) return nullptr;
    if (cell != nullptr) return &column.texts[cell->text];
    const bool exists = schema::kernel::FindEntry(column.architecture, facts) != nullptr;
    return exists ? &column.texts.front() : nullptr;
  }

  std::string CellOf(const MatrixColumn& column, const MatrixCell* cell,
                     const std::string* text) const {
    if (!column.valid) return Cell(kInvalid, "");
    if (text == nullptr) return Cell(kNoCall, "");
    if (cell == nullptr || !cell->decided) return Cell(LetterOf(column.default_kind).lower, "");
    const Letter& letter = LetterOf(cell->kind);
    return Cell(letter.upper, all_titles_ || *text != letter.plain ? *text : std::string_view());
  }

  std::span<const MatrixColumn> columns_;
  std::vector<std::size_t> next_;  // by column: its first cell that no row has
  bool all_titles_ = false;
};

std::string Head(std::span<const MatrixColumn> columns, bool one_target) {
  const std::size_t folder = LengthOfFolder(columns);
  std::string out = "<table>\n<colgroup><col class=call><col class=profile span=" +
                    std::to_string(columns.size()) +
                    "></colgroup>\n<thead>\n<tr><th scope=col>call";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string title = columns[i].path + (one_target ? "" : " on " + columns[i].target);
    out += "<th scope=col><a href=#f" + std::to_string(i + 1) + " title=\"" + HtmlEscaped(title) +
           "\">" + Shortened(std::string_view(columns[i].path).substr(folder)) + "</a>";
  }
  out += "\n<tr><th scope=row>the default";
  for (const MatrixColumn& column : columns) {
    out += column.valid ? Cell(LetterOf(column.default_kind).upper, column.texts.front())
                        : Cell(kInvalid, "no valid profile");
  }
  return out + "\n</thead>\n";
}

// What the table is about, and what its letters mean.
std::string Introduction(const MatrixColumn& first, bool one_target) {
  const std::string target =
      one_target
          ? "On <code>" + HtmlEscaped(first.target) + "</code>"
          : "Each profile on the first of its own targets, which the head of its column names";
  return "<h2 id=matrix-title>What each call gets</h2>\n<p>" + target +
         ", by calls of that architecture alone. Calls that no rule of any profile names are left "
         "out: they get the default.</p>\n" +
         Legend();
}

}  // namespace

std::string MatrixHtml(std::span<const MatrixColumn> columns) {
  if (columns.empty()) return "";
  const bool one_target = std::ranges::all_of(
      columns, [&](const MatrixColumn& column) { return column.target == columns.front().target; });
  std::size_t cells = 0;
  std::string rows;
  Rows by_call(columns);
  for (std::size_t i = 0; i < schema::kernel::Syscalls().size(); ++i) {
    const std::string row = by_call.Row(i);
    cells += row.empty() ? 0 : columns.size();
    rows += row;
  }
  // Browsers lay out tables of more too slowly: page.css makes rows of its own of "many".
  constexpr std::size_t kMostLaidOut = 20'000;
  const std::string name = cells > kMostLaidOut ? "\"matrix many\"" : "matrix";
  std::string out = "<section id=matrix aria-labelledby=matrix-title>\n" +
                    Introduction(columns.front(), one_target) + "<div class=" + name +
                    " tabindex=0 role=region aria-label=\"Calls by profiles\">\n" +
                    Head(columns, one_target) + "<tbody>\n";
  out += rows;
  out += "</tbody></table></div>\n</section>\n";
  return out;
}

}  // namespace lint::report
