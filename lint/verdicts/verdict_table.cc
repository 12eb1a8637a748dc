#include "lint/verdicts/verdict_table.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "schema/kernel/errno_name.h"
#include "schema/kernel/suggestion.h"
#include "schema/kernel/syscall.h"

namespace lint::verdicts {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
namespace kernel = schema::kernel;

std::string Quoted(std::string_view word) { return "\"" + std::string(word) + "\""; }

// "SYS_ADMIN+CAP_CHOWN" -> "CAP_SYS_ADMIN+CAP_CHOWN"; docker, all and none as they are.
std::string FullNames(std::string_view value) {
  std::string full;
  while (!value.empty()) {
    const std::size_t end = std::min(value.find('+'), value.size());
    std::string word(value.substr(0, end));
    const bool is_bare = std::ranges::all_of(
        word, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
    if (is_bare && !word.starts_with("CAP_")) word.insert(0, "CAP_");
    full += (full.empty() ? "" : "+") + word;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return full;
}

// Reads one line.
class LineParser {
 public:
  LineParser(std::string_view line, kernel::Target& target)
      : line_(line.substr(0, line.find('#'))), target_(target) {
    while (!line_.empty() && IsSpace(line_.back())) line_.remove_suffix(1);
  }

  bool Empty() const { return line_.find_first_not_of(" \t") == std::string_view::npos; }
  std::size_t column() const { return word_begin_ + 1; }  // of the word read last

  // std::nullopt: a line "target", which changes the target that the parser was given.
  Result<std::optional<Expectation>> Parse() {
    expectation_.text = line_;
    expectation_.target = target_;
    expectation_.architecture = target_.architecture;
    std::string_view word = Word();
    if (word == "target") return TargetLine();
    if (const auto found = kernel::FromAnyName(word)) {
      expectation_.architecture = *found;
      word = Word();
    } else if (LooksLikeArchitecture(word)) {
      return Invalid(Quoted(word) + " is no architecture");
    }
    for (; word.find('=') != std::string_view::npos; word = Word()) {
      if (Status status = Option(word); !status) return std::move(status).error();
    }
    if (Status status = CallNumber(word); !status) return std::move(status).error();
    for (const auto step : {&LineParser::CallArguments, &LineParser::Arrow,
                            &LineParser::ExpectedVerdict, &LineParser::End}) {
      if (Status status = (this->*step)(); !status) return std::move(status).error();
    }
    return std::optional(std::move(expectation_));
  }

 private:
  static constexpr std::string_view kArrow = "->";

  static bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  static bool IsPunctuation(char c) { return c == '(' || c == ')' || c == ','; }
  static Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

  void SkipSpace() {
    while (at_ < line_.size() && IsSpace(line_[at_])) ++at_;
  }

  // Up to a space, a bracket, a comma or an arrow, or the arrow; empty at the end.
  std::string_view Word() {
    SkipSpace();
    word_begin_ = at_;
    if (line_.substr(at_).starts_with(kArrow)) {
      at_ += kArrow.size();
    } else {
      while (at_ < line_.size() && !IsSpace(line_[at_]) && !IsPunctuation(line_[at_]) &&
             !line_.substr(at_).starts_with(kArrow)) {
        ++at_;
      }
    }
    return line_.substr(word_begin_, at_ - word_begin_);
  }

  // Whether the next character is `c`, which is then read.
  bool Take(char c) {
    SkipSpace();
    if (at_ == line_.size() || line_[at_] != c) {
      word_begin_ = at_;
      return false;
    }
    word_begin_ = at_++;
    return true;
  }

  // Where the line goes on with another word before "->", the first one is none of a call.
  bool LooksLikeArchitecture(std::string_view word) const {
    if (word.find('=') != std::string_view::npos) return false;
    const std::size_t next = line_.find_first_not_of(" \t", at_);
    return next != std::string_view::npos && line_[next] != '(' &&
           !line_.substr(next).starts_with(kArrow) && kernel::FindSyscall(word) == nullptr;
  }

  Result<std::optional<Expectation>> TargetLine() {
    SkipSpace();
    word_begin_ = at_;
    auto target = kernel::ParseTarget(line_.substr(at_), target_);
    if (!target) return std::move(target).error();
    target_ = *target;
    return std::optional<Expectation>();
  }

  Status Option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    std::string_view value = word.substr(equals + 1);
    if (key == "host") {
      const auto found = kernel::FromAnyName(value);
      if (!found) return Invalid(Quoted(value) + " is no architecture");
      expectation_.host = *found;
      return {};
    }
    if (key == "arch") return Invalid("the architecture stands first: " + std::string(value));
    const bool adds = key == "caps" && value.starts_with('+');
    if (adds) value.remove_prefix(1);
    const std::string full = key == "caps" ? FullNames(value) : std::string(value);
    auto target = kernel::ParseTarget(std::string(key) + "=" + full, expectation_.target);
    if (!target) return std::move(target).error();
    if (adds) {
      target->capabilities = kernel::CapabilitySet(target->capabilities.bits() |
                                                   expectation_.target.capabilities.bits());
    }
    expectation_.target = *target;
    return {};
  }

  Status CallNumber(std::string_view word) {
    expectation_.name = word;
    const std::string architecture(kernel::Facts(expectation_.architecture).name);
    if (word.empty() || word == kArrow) return Invalid("expected a system call of " + architecture);
    std::optional<std::uint64_t> number = ParseArgument(word, 32);
    if (!number) number = kernel::NumberOf(expectation_.architecture, word);
    if (number && *number <= 0xFFFFFFFF) {
      expectation_.number = static_cast<std::uint32_t>(*number);
      return {};
    }
    return Invalid(architecture + " has no system call " + Quoted(word) +
                   (kernel::FindSyscall(word) != nullptr
                        ? ": other architectures have it"
                        : kernel::DidYouMean(word, kernel::SyscallNames())));
  }

  Status CallArguments() {
    if (!Take('(')) return {};
    const unsigned bits = schema::policy::ArgumentBits(expectation_.architecture);
    std::size_t count = 0;
    do {
      const std::string_view word = Word();
      if (count == schema::policy::kArguments) return Invalid("a system call has 6 arguments");
      if (word == "...") {
        std::fill(expectation_.is_any.begin() + static_cast<std::ptrdiff_t>(count),
                  expectation_.is_any.end(), true);
        break;
      }
      const auto number = ParseArgument(word, bits);
      if (!number && word != "*") {
        return Invalid(Quoted(word) + " is no argument: a number, * or ...");
      }
      expectation_.is_any[count] = !number;
      expectation_.arguments[count++] = number.value_or(0);
    } while (Take(','));
    if (!Take(')')) return Invalid("expected \")\" or \",\"");
    return {};
  }

  Status Arrow() {
    if (Word() != kArrow) return Invalid("expected \"->\"");
    return {};
  }

  Status ExpectedVerdict() {
    const std::string_view word = Word();
    const std::size_t begin = word_begin_;
    std::string name(word);
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (!name.starts_with("SCMP_ACT_")) name.insert(0, "SCMP_ACT_");
    const auto action = kernel::ParseAction(name);
    if (!action) {
      return Invalid(Quoted(word) + " is no verdict: ALLOW, ERRNO(EPERM), KILL_PROCESS, LOG, ...");
    }
    expectation_.verdict.action = *action;
    if (kernel::Facts(*action).takes_errno) {
      if (Status status = Code(std::string(word)); !status) return status;
    }
    expectation_.verdict_span = {begin, at_};
    return {};
  }

  Status Code(const std::string& action) {
    const bool in_brackets = Take('(');
    const std::string_view data = Word();
    if (data.empty()) return Invalid(action + " needs its number: " + action + "(EPERM)");
    auto number = ParseArgument(data, 32);
    if (!number) number = kernel::ParseErrno(std::string(data));
    if (!number || *number > kernel::kMaxErrno) return Invalid(Quoted(data) + " is no errno");
    expectation_.verdict.data = static_cast<std::uint16_t>(*number);
    if (in_brackets && !Take(')')) return Invalid("expected \")\"");
    return {};
  }

  Status End() {
    SkipSpace();
    word_begin_ = at_;
    if (at_ != line_.size()) return Invalid("expected the end of the line");
    return {};
  }

  std::string_view line_;
  kernel::Target& target_;
  std::size_t at_ = 0;
  std::size_t word_begin_ = 0;
  Expectation expectation_;
};

}  // namespace

std::optional<std::uint64_t> ParseArgument(std::string_view text, unsigned bits) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, hexadecimal ? 16 : 10);
  if (error != std::errc{} || stop != end) return std::nullopt;
  if (!negative) return number;
  const std::uint64_t all_ones = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  if (number > (all_ones >> 1U) + 1) return std::nullopt;  // no such negative number
  return (0 - number) & all_ones;
}

Result<std::vector<Expectation>> ParseTable(const std::string& file, std::string_view text,
                                            const kernel::Target& base) {
  std::vector<Expectation> expectations;
  kernel::Target target = base;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    LineParser parser(text.substr(0, end), target);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (parser.Empty()) continue;
    auto expectation = parser.Parse();
    if (!expectation) {
      return std::move(expectation)
          .error()
          .While(file + ":" + std::to_string(line) + ":" + std::to_string(parser.column()));
    }
    if (!*expectation) continue;
    (*expectation)->line = line;
    expectations.push_back(std::move(**expectation));
  }
  return expectations;
}

}  // namespace lint::verdicts
