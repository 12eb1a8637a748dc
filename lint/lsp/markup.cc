#include "lint/lsp/markup.h"

#include "lint/report/printable.h"

namespace lint::lsp {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether the character means something where it stands. What need not be escaped is not: some
// editors show the source, in which SCMP_ACT_ALLOW and "arg0 & 1 == 0" should be readable.
// Source: CommonMark 0.30, and GitHub's strikethrough.
bool IsMarkup(std::string_view text, std::size_t at) {
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  switch (text[at]) {
    case '\\':
    case '`':
    case '*':
    case '[':
    case ']':
    case '~':
      return true;
    case '_':
      return at == 0 || !IsAlphanumeric(text[at - 1]) || !IsAlphanumeric(next);
    case '&':
      return IsAlphanumeric(next) || next == '#';
    case '<':
      return next != ' ' && next != '=';
    case '#':
    case '>':
    case '+':
    case '-':
    case '=':
      return at == 0;
    default:
      return false;
  }
}

}  // namespace

std::string MarkdownEscaped(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsMarkup(text, i)) escaped += '\\';
    escaped += text[i];
  }
  return escaped;
}

std::string Rendered(const WordFacts& facts, bool markdown) {
  // A fence of more backquotes than a name can have.
  std::string text = report::Printable(facts.title);
  if (markdown) text = "````c\n" + text + "\n````";
  for (const std::string& line : facts.lines) {
    const std::string printable = report::Printable(line);
    text += markdown ? "\n\n" + MarkdownEscaped(printable) : "\n" + printable;
  }
  return text;
}

}  // namespace lint::lsp
