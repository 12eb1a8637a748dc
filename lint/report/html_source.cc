#include "lint/report/html_source.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "lint/report/html_text.h"

namespace lint::report {
namespace {

using schema::Span;

constexpr std::string_view kEllipsis = "<i>\xE2\x80\xA6</i>";

bool InsideCharacter(std::string_view text, std::size_t i) {
  return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
}

// What is shown of a long line: what is around the byte `at` of it.
Span Window(std::string_view text, Span line, std::size_t at) {
  constexpr std::size_t kBefore = 60;  // bytes
  constexpr std::size_t kAtMost = 200;
  if (line.end - line.begin <= kAtMost) return line;
  Span window = line;
  if (at > line.begin + kBefore) window.begin = at - kBefore;
  while (window.begin < at && InsideCharacter(text, window.begin)) ++window.begin;
  window.end = std::min(line.end, window.begin + kAtMost);
  while (window.end > at && InsideCharacter(text, window.end)) --window.end;
  return window;
}

// [begin, end) of the text, without a carriage return at its end.
std::string Plain(std::string_view text, std::size_t begin, std::size_t end) {
  if (end > begin && text[end - 1] == '\r' && (end == text.size() || text[end] == '\n')) --end;
  return HtmlEscaped(text.substr(begin, end - begin), true);
}

// The shown part of a line, with what of it is in `span` marked.
std::string Marked(std::string_view text, Span shown, Span span) {
  const std::size_t from = std::clamp(span.begin, shown.begin, shown.end);
  const std::size_t to = std::clamp(span.end, from, shown.end);
  const bool is_place = span.begin == span.end && span.begin == from;  // between two bytes
  std::string out = Plain(text, shown.begin, from);
  if (to > from) {
    out += "<mark>" + Plain(text, from, to) + "</mark>";
  } else if (is_place) {
    out += "<mark class=at></mark>";
  }
  return out + Plain(text, to, shown.end);
}

// The numbers beside the lines: a column of their own, so that copying the source leaves them.
std::string Numbered(const std::string& numbers, const std::string& lines) {
  return "<div class=src><pre class=no aria-hidden=true>" + numbers + "</pre><pre><code>" + lines +
         "</code></pre></div>\n";
}

}  // namespace

SourceLines::SourceLines(std::string_view source) : begins_{0}, end_(source.size()) {
  for (std::size_t at = source.find('\n'); at != source.npos; at = source.find('\n', at + 1)) {
    if (at + 1 < source.size()) begins_.push_back(at + 1);
  }
  if (source.ends_with('\n')) --end_;
}

std::size_t SourceLines::IndexAt(std::size_t at) const {
  const auto next = std::ranges::upper_bound(begins_, at);
  return static_cast<std::size_t>(next - begins_.begin()) - 1;
}

Span SourceLines::operator[](std::size_t index) const {
  return {begins_[index], index + 1 < begins_.size() ? begins_[index + 1] - 1 : end_};
}

std::string ExcerptHtml(std::string_view source, const SourceLines& lines, Span span,
                        std::size_t context) {
  constexpr std::size_t kAtMost = 6;  // lines of the span
  span.begin = std::min(span.begin, source.size());
  span.end = std::clamp(span.end, span.begin, source.size());
  const std::size_t first = lines.IndexAt(span.begin);
  const std::size_t last_byte = span.end > span.begin ? span.end - 1 : span.end;
  const std::size_t last = std::min(lines.IndexAt(last_byte), first + kAtMost - 1);
  const std::size_t end = std::min(last + context + 1, lines.size());
  std::string numbers;
  std::string shown;
  for (std::size_t i = first - std::min(first, context); i < end; ++i) {
    const Span line = lines[i];
    const Span window = Window(source, line, std::clamp(span.begin, line.begin, line.end));
    const bool is_marked = i >= first && i <= last;
    numbers += std::to_string(i + 1) + "\n";
    shown += std::string(window.begin > line.begin ? kEllipsis : "") +
             (is_marked ? Marked(source, window, span) : Plain(source, window.begin, window.end)) +
             std::string(window.end < line.end ? kEllipsis : "") + "\n";
  }
  return Numbered(numbers, shown);
}

std::string SourceHtml(std::string_view source, const SourceLines& lines,
                       std::span<const Span> marked) {
  std::vector<Span> spans(marked.begin(), marked.end());
  std::erase_if(spans, [](Span span) { return span.begin >= span.end; });
  std::ranges::sort(spans, {}, &Span::begin);
  std::string numbers;
  std::string shown;
  std::size_t next = 0;
  Span mark{0, 0};  // the one in hand; those that overlap it are put into it
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Span line = lines[i];
    for (std::size_t at = line.begin; at < line.end;) {
      while (next < spans.size() && (mark.end <= at || spans[next].begin <= mark.end)) {
        mark = mark.end <= at ? spans[next] : Span{mark.begin, std::max(mark.end, spans[next].end)};
        ++next;
      }
      const Span part{std::clamp(mark.begin, at, line.end), std::clamp(mark.end, at, line.end)};
      shown += Plain(source, at, part.end > part.begin ? part.begin : line.end);
      if (part.end <= part.begin) break;
      shown += "<mark>" + Plain(source, part.begin, part.end) + "</mark>";
      at = part.end;
    }
    shown += "\n";
    numbers += std::to_string(i + 1) + "\n";
  }
  return Numbered(numbers, shown);
}

}  // namespace lint::report
