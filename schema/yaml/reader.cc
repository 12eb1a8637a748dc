#include "schema/yaml/reader.h"

#include <yaml.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/json/encoding.h"
#include "schema/yaml/code_points.h"
#include "schema/yaml/scalar.h"
#include "schema/yaml/tree_builder.h"

namespace schema::yaml {
namespace {

using json::Kind;
using json::Problem;
using json::ProblemKind;
using json::Value;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view TextOf(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// Owns a parser of libyaml.
class Parser {
 public:
  explicit Parser(std::string_view text) : ready_(yaml_parser_initialize(&parser_) == 1) {
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    if (ready_) yaml_parser_delete(&parser_);
  }

  bool Next(yaml_event_t& event) { return ready_ && yaml_parser_parse(&parser_, &event) == 1; }
  const yaml_parser_t& state() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  bool ready_;
};

class Reading {
 public:
  // `start`: behind the byte order mark.
  Reading(std::string_view text, std::size_t start)
      : text_(text), start_(start), places_(text.substr(start)) {}

  // What ended it too early.
  std::optional<Problem> Run() {
    Parser parser(text_.substr(start_));
    for (bool more = true; more;) {
      yaml_event_t event;
      if (!parser.Next(event)) return HelpedOut(SyntaxProblem(parser.state()));
      more = event.type != YAML_STREAM_END_EVENT;
      auto problem = Take(event);
      yaml_event_delete(&event);
      if (problem) return HelpedOut(std::move(*problem));
    }
    return std::nullopt;
  }

  TreeBuilder& builder() { return builder_; }
  std::vector<Span> Comments() const;

 private:
  std::size_t At(const yaml_mark_t& mark) const { return start_ + places_.OffsetOf(mark.index); }

  TreeBuilder::Status Take(const yaml_event_t& event) {
    const std::size_t begin = At(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        builder_.BeginDocument();
        return std::nullopt;
      case YAML_SCALAR_EVENT:
        return TakeScalar(event);
      case YAML_ALIAS_EVENT:
        return builder_.Alias(TextOf(event.data.alias.anchor), {begin, At(event.end_mark)});
      case YAML_SEQUENCE_START_EVENT:
        in_flow_.push_back(event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
        return builder_.Open(Kind::kArray, {begin, At(event.end_mark)},
                             TextOf(event.data.sequence_start.anchor));
      case YAML_MAPPING_START_EVENT:
        in_flow_.push_back(event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
        return builder_.Open(Kind::kObject, {begin, At(event.end_mark)},
                             TextOf(event.data.mapping_start.anchor));
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: {
        // A block's end is noticed where the next thing begins.
        const bool flow = in_flow_.back();
        in_flow_.pop_back();
        return builder_.Close(flow ? std::optional(At(event.end_mark)) : std::nullopt);
      }
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        return std::nullopt;
    }
    return std::nullopt;
  }

  TreeBuilder::Status TakeScalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const bool quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
    Value value = ScalarValue(text, TextOf(scalar.tag), quoted);
    value.span = {At(event.start_mark), At(event.end_mark)};
    // A block scalar ends with its line.
    while (value.span.end > value.span.begin &&
           std::string_view("\r\n ").find(text_[value.span.end - 1]) != std::string_view::npos) {
      --value.span.end;
    }
    if (value.span.end > value.span.begin) scalars_.push_back(value.span);
    return builder_.Scalar(std::move(value), TextOf(scalar.anchor), !quoted && text == "<<");
  }

  // Helm's templates are a list in a list to YAML, or not even that.
  Problem HelpedOut(Problem problem) const {
    const std::size_t line = text_.rfind('\n', problem.span.begin) + 1;  // npos + 1 is 0
    const std::size_t end = std::min(text_.find('\n', problem.span.begin), text_.size());
    if (text_.substr(line, end - line).find("{{") != std::string_view::npos) {
      problem.help =
          "a template is no YAML yet: check what it makes, with `helm template` or the like";
    }
    return problem;
  }

  Problem SyntaxProblem(const yaml_parser_t& parser) const {
    std::string message = parser.problem == nullptr ? "no YAML" : parser.problem;
    std::size_t at = parser.error == YAML_READER_ERROR ? start_ + parser.problem_offset
                                                       : At(parser.problem_mark);
    if (parser.error == YAML_MEMORY_ERROR) message = "the memory does not suffice to read it";
    at = std::min(at, text_.size());
    std::string help;
    if (at < text_.size() && text_[at] == '\t') {
      help = "YAML is indented with spaces; a tab may not stand here";
    }
    std::vector<Related> related;
    if (parser.context != nullptr && parser.context_mark.index < parser.problem_mark.index) {
      const std::size_t context = At(parser.context_mark);
      related.push_back({{context, context}, parser.context});
    }
    const std::size_t end = at < text_.size() && text_[at] != '\n' ? at + 1 : at;
    return {ProblemKind::kSyntax, {at, end}, message, help, std::move(related)};
  }

  std::string_view text_;
  std::size_t start_;
  CodePoints places_;
  TreeBuilder builder_;
  std::vector<bool> in_flow_;  // of the open lists and mappings
  std::vector<Span> scalars_;  // in order, for a # in one is no comment
};

std::vector<Span> Reading::Comments() const {
  std::vector<Span> comments;
  auto scalar = scalars_.begin();
  for (std::size_t at = text_.find('#', start_); at != std::string_view::npos;
       at = text_.find('#', at)) {
    while (scalar != scalars_.end() && scalar->end <= at) ++scalar;
    if (scalar != scalars_.end() && scalar->begin <= at) {
      at = scalar->end;
      continue;
    }
    // It needs white space before it: a tag such as !a#b has none.
    const bool begins =
        at == start_ || std::string_view(" \t\r\n").find(text_[at - 1]) != std::string_view::npos;
    const std::size_t end = std::min(text_.find_first_of("\r\n", at), text_.size());
    if (begins) comments.push_back({at, end});
    at = begins ? end : at + 1;
  }
  return comments;
}

// Of several documents the root is an array of them.
void SetRoot(std::vector<Value> documents, json::Document& document) {
  document.is_stream = documents.size() > 1;
  if (document.is_stream) {
    document.root.kind = Kind::kArray;
    document.root.span = {documents.front().span.begin, documents.back().span.end};
    document.root.items = std::move(documents);
  } else if (!documents.empty()) {
    document.root = std::move(documents.front());
  }
}

}  // namespace

json::ReadResult Read(std::string text) {
  json::ReadResult result;
  result.document.text = std::move(text);
  result.document.language = json::Language::kYaml;
  const std::string_view source = result.document.text;
  if (source.size() > json::kMaxBytes) {
    result.problems.push_back(json::TooManyBytes(json::kMaxBytes));
    return result;
  }
  if (json::LooksLikeUtf16(source)) {
    result.problems.push_back(
        {ProblemKind::kEncoding, {0, 0}, "the file is UTF-16, not UTF-8", "save it as UTF-8", {}});
    return result;
  }
  for (const Span bad : json::InvalidUtf8(source)) {
    result.problems.push_back({ProblemKind::kEncoding,
                               bad,
                               "invalid UTF-8: YAML readers refuse the file",
                               "save the file as UTF-8",
                               {}});
  }
  if (!result.problems.empty()) return result;

  // YAML allows a byte order mark.
  Reading reading(source, source.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  const auto ended = reading.Run();
  result.problems = reading.builder().TakeProblems();
  if (ended) {
    result.problems.push_back(*ended);
  } else {
    result.valid = true;
    SetRoot(reading.builder().TakeDocuments(), result.document);
    result.document.comments = reading.Comments();
  }
  std::ranges::stable_sort(result.problems, {}, [](const Problem& p) { return p.span.begin; });
  return result;
}

}  // namespace schema::yaml
