// Places of a source in HTML: its lines with their numbers, and what is meant marked.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace lint::report {

// Where the lines of a source are: found once, since a profile may be one line of a megabyte.
class SourceLines {
 public:
  explicit SourceLines(std::string_view source);

  std::size_t size() const { return begins_.size(); }  // 1 of an empty source

  // The index of the line that byte `at` is on; of the last one for what is behind it.
  std::size_t IndexAt(std::size_t at) const;

  // Without the line feed.
  schema::Span operator[](std::size_t index) const;

 private:
  std::vector<std::size_t> begins_;  // ascending, the first is 0
  std::size_t end_;
};

// The lines that `span` is on, at most six of them, and `context` lines before and behind. Of long
// lines (a minified profile is one) only what is around the span, with an ellipsis at a cut.
std::string ExcerptHtml(std::string_view source, const SourceLines& lines, schema::Span span,
                        std::size_t context);

// All of the source, with `marked` marked: spans that may overlap, in any order.
std::string SourceHtml(std::string_view source, const SourceLines& lines,
                       std::span<const schema::Span> marked);

// Sources beyond that are shown as excerpts alone.
inline constexpr std::size_t kMaxWholeSource = 8192;  // bytes

}  // namespace lint::report
