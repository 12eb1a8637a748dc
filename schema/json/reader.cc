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
    std::size_t at = position_;
    while (at < text_.size() && IsBetweenTokens(text_[at])) ++at;
    return at;
  }
  static bool IsBetweenTokens(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':';
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

  TreeBuilder(std::string_view text, std::size_t start, std::size_t max_values)
      : text_(text), cursor_(text), max_values_(max_values) {
    cursor_.NextOfLength(start);
  }

  Value TakeRoot() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code& error) { return Open(Kind::kObject, error); }
  bool on_object_end(std::size_t, error_code&) { return Close(); }
  bool on_array_begin(error_code& error) { return Open(Kind::kArray, error); }
  bool on_array_end(std::size_t, error_code&) { return Close(); }

  bool on_key_part(string_view part, std::size_t, error_code&) { return Append(part); }
  bool on_key(string_view rest, std::size_t, error_code&) {
    Spanned<std::string>& key = open_.back()->members.emplace_back().key;
    TakeDecoded(rest, key.value);
    key.span = cursor_.NextString();
    return true;
  }

  bool on_string_part(string_view part, std::size_t, error_code&) { return Append(part); }
  bool on_string(string_view rest, std::size_t, error_code& error) {
    Value* const value = Place(Kind::kString, error);
    if (value == nullptr) return false;
    TakeDecoded(rest, value->text);
    value->span = cursor_.NextString();
    return true;
  }

  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code& error) { return Number(error); }
  bool on_uint64(std::uint64_t, string_view, error_code& error) { return Number(error); }
  bool on_double(double, string_view, error_code& error) { return Number(error); }

  bool on_bool(bool boolean, error_code& error) {
    Value* const value = Place(Kind::kBoolean, error);
    if (value == nullptr) return false;
    value->boolean = boolean;
    value->span = cursor_.NextOfLength(boolean ? 4 : 5);
    return true;
  }
  bool on_null(error_code& error) {
    Value* const value = Place(Kind::kNull, error);
    if (value == nullptr) return false;
    value->span = cursor_.NextOfLength(4);
    return true;
  }

  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  bool Append(string_view part) {
    decoded_.append(part.data(), part.size());
    return true;
  }

  // All of a string, of which `rest` is the end: nearly always the whole.
  void TakeDecoded(string_view rest, std::string& to) {
    if (decoded_.empty()) {
      to.assign(rest.data(), rest.size());
    } else {
      Append(rest);
      to = std::exchange(decoded_, {});
    }
  }

  bool Number(error_code& error) {
    Value* const value = Place(Kind::kNumber, error);
    if (value == nullptr) return false;
    value->span = cursor_.NextNumber();
    value->text = text_.substr(value->span.begin, value->span.end - value->span.begin);
    return true;
  }

  bool Open(Kind kind, error_code& error) {
    Value* const value = Place(kind, error);
    if (value == nullptr) return false;
    value->span = cursor_.NextOfLength(1);
    open_.push_back(value);
    return true;
  }

  bool Close() {
    open_.back()->span.end = cursor_.NextOfLength(1).end;
    open_.pop_back();
    return true;
  }

  // A new value where the next one stands; null: there are too many.
  Value* Place(Kind kind, error_code& error) {
    if (++values_ > max_values_) {
      error = boost::json::error::array_too_large;
      return nullptr;
    }
    Value* value = &root_;
    if (!open_.empty()) {
      Value& around = *open_.back();
      value =
          around.kind == Kind::kArray ? &around.items.emplace_back() : &around.members.back().value;
    }
    value->kind = kind;
    return value;
  }

  std::string_view text_;
  Cursor cursor_;
  Value root_;
  // The arrays and objects around the current token, outermost first. Each is the last value of the
  // one before, which gets no other while it is open: so they stay where they are.
  std::vector<Value*> open_;
  std::string decoded_;  // the parts so far of the current string or key
  std::size_t max_values_;
  std::size_t values_ = 0;
};

// The first member with the key of `member`, which may be itself.
class FirstWithKey {
 public:
  explicit FirstWithKey(const std::vector<Member>& members) : members_(members) {
    if (members.size() <= kFew) return;
    for (const Member& member : members) by_key_.emplace(member.key.value, &member);
  }

  const Member& operator()(const Member& member) const {
    if (members_.size() > kFew) return *by_key_.at(member.key.value);
    return *std::ranges::find_if(
        members_, [&](const Member& other) { return other.key.value == member.key.value; });
  }

 private:
  static constexpr std::size_t kFew = 8;  // as most objects have: a table would take longer

  const std::vector<Member>& members_;
  std::unordered_map<std::string_view, const Member*> by_key_;
};

void FindDuplicateKeys(const Value& value, std::vector<Problem>& problems) {
  for (const Value& item : value.items) FindDuplicateKeys(item, problems);
  if (value.members.empty()) return;
  const FirstWithKey first_with_key(value.members);
  for (const Member& member : value.members) {
    if (const Member& first = first_with_key(member); &first != &member) {
      problems.push_back({ProblemKind::kDuplicateKey,
                          member.key.span,
                          "duplicate key \"" + member.key.value +
                              "\": engines keep the last one and drop the others in silence",
                          "remove one of them, or merge the two values",
                          {{first.key.span, "first defined here"}}});
    }
    FindDuplicateKeys(member.value, problems);
  }
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Problem TooManyBytes(std::size_t most) {
  return {ProblemKind::kTooLarge,
          {0, 0},
          "the file has more than " + std::to_string(most) + " bytes (" +
              std::to_string(most >> 20U) + " MiB)" +
              (most == kMaxBytes ? ", which no profile needs" : ""),
          "remove what is not part of the profile, or split it",
          {}};
}

ReadResult Read(std::string text, const Bounds& bounds, std::string_view what) {
  ReadResult result;
  result.document.text = std::move(text);
  const std::string_view source = result.document.text;
  if (source.size() > bounds.bytes) {
    result.problems.push_back(TooManyBytes(bounds.bytes));
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
  boost::json::basic_parser<TreeBuilder> parser(options, source, start, bounds.values);
  boost::json::error_code error;
  const std::size_t consumed =
      start + parser.write_some(false, source.data() + start, source.size() - start, error);
  if (error || consumed < source.size()) {
    result.problems.push_back(DescribeSyntaxError(source, start, consumed, error, what));
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
