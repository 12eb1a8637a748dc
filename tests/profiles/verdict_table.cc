#include "tests/profiles/verdict_table.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "schema/kernel/errno_name.h"
#include "schema/kernel/syscall.h"
#include "schema/kernel/target.h"

namespace profiles {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
namespace kernel = schema::kernel;

// Decimal or 0x hexadecimal.
std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, hexadecimal ? 16 : 10);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// Reads one line.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : line_(line.substr(0, line.find('#'))) {
    while (!line_.empty() && IsSpace(line_.back())) line_.remove_suffix(1);
  }

  bool Empty() const { return line_.find_first_not_of(" \t") == std::string_view::npos; }
  std::size_t column() const { return word_begin_ + 1; }  // of the word read last

  Result<Expectation> Parse() {
    expectation_.text = line_;
    if (Status status = Architecture(Word(), expectation_.architecture); !status) {
      return std::move(status).error();
    }
    std::string_view word = Word();
    for (; word.find('=') != std::string_view::npos; word = Word()) {
      if (Status status = Option(word); !status) return std::move(status).error();
    }
    if (Status status = CallNumber(word); !status) return std::move(status).error();
    for (const auto step : {&LineParser::CallArguments, &LineParser::Arrow,
                            &LineParser::ExpectedVerdict, &LineParser::End}) {
      if (Status status = (this->*step)(); !status) return std::move(status).error();
    }
    return std::move(expectation_);
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\t'; }
  static Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

  void SkipSpace() {
    while (at_ < line_.size() && IsSpace(line_[at_])) ++at_;
  }

  // Up to a space, a bracket or a comma; empty at the end.
  std::string_view Word() {
    SkipSpace();
    word_begin_ = at_;
    while (at_ < line_.size() && !IsSpace(line_[at_]) && !IsPunctuation(line_[at_])) ++at_;
    return line_.substr(word_begin_, at_ - word_begin_);
  }
  static bool IsPunctuation(char c) { return c == '(' || c == ')' || c == ','; }

  // Whether the next character is `c`, which is then read.
  bool Take(char c) {
    SkipSpace();
    word_begin_ = at_;
    if (at_ == line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }

  static Status Architecture(std::string_view word, kernel::Architecture& architecture) {
    const auto found = kernel::FromAnyName(word);
    if (!found) return Invalid("\"" + std::string(word) + "\" is no architecture");
    architecture = *found;
    return {};
  }

  Status Option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    std::string_view value = word.substr(equals + 1);
    if (key == "host") {
      return Architecture(value, expectation_.host.emplace());
    }
    if (key != "caps" && key != "kernel") {
      return Invalid("\"" + std::string(key) + "\" is no option: host, caps, kernel");
    }
    const bool adds = key == "caps" && value.starts_with('+');
    if (adds) value.remove_prefix(1);
    auto target = kernel::ParseTarget(std::string(key) + "=" + std::string(value), {});
    if (!target) return std::move(target).error();
    if (key == "kernel") {
      expectation_.kernel = target->kernel;
    } else {
      const std::uint64_t before = adds ? expectation_.capabilities.bits() : 0;
      expectation_.capabilities = kernel::CapabilitySet(before | target->capabilities.bits());
    }
    return {};
  }

  Status CallNumber(std::string_view word) {
    expectation_.name = word;
    std::optional<std::uint64_t> number = ParseNumber(word);
    if (!number) number = kernel::NumberOf(expectation_.architecture, word);
    if (!number || *number > 0xFFFFFFFF) {
      return Invalid(std::string(kernel::Facts(expectation_.architecture).name) +
                     " has no system call \"" + std::string(word) + "\"");
    }
    expectation_.number = static_cast<std::uint32_t>(*number);
    return {};
  }

  Status CallArguments() {
    if (!Take('(')) return {};
    std::size_t count = 0;
    do {
      const std::string_view word = Word();
      const auto number = ParseNumber(word);
      if (!number) return Invalid("\"" + std::string(word) + "\" is no argument: a number");
      if (count == schema::policy::kArguments) return Invalid("a system call has 6 arguments");
      expectation_.arguments[count++] = *number;
    } while (Take(','));
    if (!Take(')')) return Invalid("expected \")\" or \",\"");
    return {};
  }

  Status Arrow() {
    if (Word() != "->") return Invalid("expected \"->\"");
    return {};
  }

  Status ExpectedVerdict() {
    const std::string word(Word());
    const auto action = kernel::ParseAction("SCMP_ACT_" + word);
    if (!action) return Invalid("\"" + word + "\" is no verdict");
    expectation_.verdict.action = *action;
    if (!kernel::Facts(*action).takes_errno) return {};
    if (!Take('(')) return Invalid(word + " needs its number: " + word + "(EPERM)");
    const std::string data(Word());
    auto number = ParseNumber(data);
    if (!number) number = kernel::ParseErrno(data);
    if (!number || *number > kernel::kMaxErrno) return Invalid("\"" + data + "\" is no errno");
    expectation_.verdict.data = static_cast<std::uint16_t>(*number);
    if (!Take(')')) return Invalid("expected \")\"");
    return {};
  }

  Status End() {
    SkipSpace();
    word_begin_ = at_;
    if (at_ != line_.size()) return Invalid("expected the end of the line");
    return {};
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t word_begin_ = 0;
  Expectation expectation_;
};

}  // namespace

Result<std::vector<Expectation>> ParseTable(const std::string& file, std::string_view text) {
  std::vector<Expectation> expectations;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    LineParser parser(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (parser.Empty()) continue;
    auto expectation = parser.Parse();
    if (!expectation) {
      return std::move(expectation)
          .error()
          .While(file + ":" + std::to_string(line) + ":" + std::to_string(parser.column()));
    }
    expectation->line = line;
    expectations.push_back(std::move(*expectation));
  }
  return expectations;
}

}  // namespace profiles
