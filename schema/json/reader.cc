#include "schema/json/reader.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "schema/json/encoding.h"
#include "schema/json/syntax_error.h"

namespace schema::json {
namespace {

// Finds the tokens whose events the parser reports, one after the other: events come in document
// order, one a token. Only ever asked about text that the parser has accepted.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  Span NextString() {
    const std::size_t begin = SkipToToken();
    std::size_t end = begin + 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2U : 1U;
    return Take(begin, end + 1);
  }

  Span NextNumber() {
    const std::size_t begin = SkipToToken();
    const std::size_t end = text_.find_first_not_of("+-.0123456789eE", begin);
    return Take(begin, std::min(end, text_.size()));
  }

  Span NextOfLength(std::size_t length) {
    const std::size_t begin = SkipToToken();
    return Take(begin, begin + length);
  }

 private:
  std::size_t SkipToToken() const {
    return std::min(text_.find_first_not_of(" \t\r\n,:", position_), text_.size());
  }
  Span Take(std::size_t begin, std::size_t end) {
    position_ = end;
    return {begin, end};
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

// The handler that basic_parser asks for; the names of its members are the parser's.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;

  TreeBuilder(std::string_view text, std::size_t start) : text_(text), cursor_(text) {
    cursor_.NextOfLength(start);
  }

  Value TakeRoot() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return Open(Kind::kObject); }
  bool on_object_end(std::size_t, error_code& error) { return Close(error); }
  bool on_array_begin(error_code&) { return Open(Kind::kArray); }
  bool on_array_end(std::size_t, error_code& error) { return Close(error); }

  bool on_key_part(string_view part, std::size_t, error_code&) { return Append(part); }
  bool on_key(string_view rest, std::size_t, error_code&) {
    Append(rest);
    Member member;
    member.key = {std::exchange(decoded_, {}), cursor_.NextString()};
    open_.back().members.push_back(std::move(member));
    return true;
  }

  bool on_string_part(string_view part, std::size_t, error_code&) { return Append(part); }
  bool on_string(string_view rest, std::size_t, error_code& error) {
    Append(rest);
    Value value;
    value.kind = Kind::kString;
    value.text = std::exchange(decoded_, {});
    value.span = cursor_.NextString();
    return Attach(std::move(value), error);
  }

  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code& error) { return Number(error); }
  bool on_uint64(std::uint64_t, string_view, error_code& error) { return Number(error); }
  bool on_double(double, string_view, error_code& error) { return Number(error); }

  bool on_bool(bool boolean, error_code& error) {
    Value value;
    value.kind = Kind::kBoolean;
    value.boolean = boolean;
    value.span = cursor_.NextOfLength(boolean ? 4 : 5);
    return Attach(std::move(value), error);
  }
  bool on_null(error_code& error) {
    Value value;
    value.span = cursor_.NextOfLength(4);
    return Attach(std::move(value), error);
  }

  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  bool Append(string_view part) {
    decoded_.append(part.data(), part.size());
    return true;
  }

  bool Number(error_code& error) {
    Value value;
    value.kind = Kind::kNumber;
    value.span = cursor_.NextNumber();
    value.text = text_.substr(value.span.begin, value.span.end - value.span.begin);
    return Attach(std::move(value), error);
  }

  bool Open(Kind kind) {
    Value value;
    value.kind = kind;
    value.span = cursor_.NextOfLength(1);
    open_.push_back(std::move(value));
    return true;
  }

  bool Close(error_code& error) {
    Value value = std::move(open_.back());
    open_.pop_back();
    value.span.end = cursor_.NextOfLength(1).end;
    return Attach(std::move(value), error);
  }

  bool Attach(Value value, error_code& error) {
    if (++values_ > kMaxValues) {
      error = boost::json::error::array_too_large;
      return false;
    }
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().kind == Kind::kArray) {
      open_.back().items.push_back(std::move(value));
    } else {
      open_.back().members.back().value = std::move(value);
    }
    return true;
  }

  std::string_view text_;
  Cursor cursor_;
  std::vector<Value> open_;  // the arrays and objects around the current token, outermost first
  std::string decoded_;      // the parts so far of the current string or key
  Value root_;
  std::size_t values_ = 0;
};

void FindDuplicateKeys(const Value& value, std::vector<Problem>& problems) {
  for (const Value& item : value.items) FindDuplicateKeys(item, problems);
  std::unordered_map<std::string_view, Span> seen;
  for (const Member& member : value.members) {
    const auto [first, added] = seen.emplace(member.key.value, member.key.span);
    if (!added) {
      problems.push_back({ProblemKind::kDuplicateKey,
                          member.key.span,
                          "duplicate key \"" + member.key.value +
                              "\": engines keep the last one and drop the others in silence",
                          "remove one of them, or merge the two values",
                          {{first->second, "first defined here"}}});
    }
    FindDuplicateKeys(member.value, problems);
  }
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

ReadResult Read(std::string text) {
  ReadResult result;
  result.document.text = std::move(text);
  const std::string_view source = result.document.text;
  if (source.size() > kMaxBytes) {
    result.problems.push_back({ProblemKind::kTooLarge,
                               {0, 0},
                               "the file has more than " + std::to_string(kMaxBytes) +
                                   " bytes (1 MiB), which no profile needs",
                               "remove what is not part of the profile, or split it",
                               {}});
    return result;
  }

  std::size_t start = 0;
  if (source.starts_with(kByteOrderMark)) {
    start = kByteOrderMark.size();
    result.problems.push_back({ProblemKind::kEncoding,
                               {0, start},
                               "the file begins with a UTF-8 byte order mark, which is not JSON: "
                               "Docker does not load it",
                               "save it as UTF-8 without a byte order mark",
                               {}});
  }
  if (start == 0 && LooksLikeUtf16(source)) {
    result.problems.push_back(
        {ProblemKind::kEncoding, {0, 0}, "the file is UTF-16, not UTF-8", "save it as UTF-8", {}});
    return result;
  }
  for (const Span bad : InvalidUtf8(source)) {
    result.problems.push_back(
        {ProblemKind::kEncoding,
         bad,
         "invalid UTF-8: Docker reads U+FFFD, the replacement character, in its place",
         "save the file as UTF-8",
         {}});
  }

  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  options.allow_invalid_utf8 = true;  // reported above, all of it, with its place
  boost::json::basic_parser<TreeBuilder> parser(options, source, start);
  boost::json::error_code error;
  const std::size_t consumed =
      start + parser.write_some(false, source.data() + start, source.size() - start, error);
  if (error || consumed < source.size()) {
    result.problems.push_back(DescribeSyntaxError(source, start, consumed, error));
    return result;
  }
  result.document.root = parser.handler().TakeRoot();
  result.valid = true;
  FindDuplicateKeys(result.document.root, result.problems);
  std::stable_sort(result.problems.begin(), result.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.span.begin < b.span.begin; });
  return result;
}

}  // namespace schema::json
