#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/report/printable.h"
#include "lint/verdicts/verdict_table.h"
#include "schema/hex.h"
#include "schema/json/document.h"
#include "schema/kernel/suggestion.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/policy.h"
#include "schema/span.h"

namespace lint::cli {
namespace {

using schema::Hex;

namespace po = boost::program_options;
using schema::policy::Arguments;
using schema::policy::Call;
using schema::policy::Decision;

// The rule that a decision comes from, in the source.
schema::Span RuleSpan(const ProfileInput& input, const schema::policy::Clause& clause) {
  return input.profile.syscalls[clause.rule].span;
}

struct Question {
  std::string syscall;
  Call call;
  std::size_t arguments_given = 0;
};

std::string JsonAnswer(const ProfileInput& input, const Question& question,
                       const Decision& decision) {
  const auto& facts = schema::kernel::Facts(input.target.architecture);
  boost::json::array args;
  for (const std::uint64_t argument : question.call.arguments) args.emplace_back(argument);
  boost::json::object answer = {
      {"syscall", question.syscall},
      {"arch", facts.name},
      {"nr", question.call.number},
      {"args", std::move(args)},
      {"action", schema::kernel::Facts(decision.verdict.action).scmp_name},
      {"errno", nullptr},
      {"ambiguous", decision.ambiguous},
      {"because", "default"}};
  if (schema::kernel::Facts(decision.verdict.action).takes_errno) {
    answer["errno"] = decision.verdict.data;
  }
  if (!decision.because.empty()) {
    const schema::Span span = RuleSpan(input, *decision.because.front());
    answer["because"] =
        boost::json::object{{"pointer", schema::json::PointerTo(input.document, span)},
                            {"line", schema::Locate(input.document.text, span.begin).line}};
  }
  return boost::json::serialize(answer) + "\n";
}

std::string TextAnswer(const ProfileInput& input, const Question& question,
                       const Decision& decision) {
  std::string out = question.syscall + "(";
  for (std::size_t i = 0; i < question.arguments_given; ++i) {
    out += (i == 0 ? "" : ", ") + Hex(question.call.arguments[i]);
  }
  out += ") on " + std::string(schema::kernel::Facts(input.target.architecture).name) +
         " (number " + std::to_string(question.call.number) + "): " + ToString(decision.verdict) +
         (decision.ambiguous ? " or another: the rules contradict each other" : "") + "\n";
  return out + BecauseText(input, decision);
}

// The call that the operands after the profile ask about; complains about what it cannot read.
std::optional<Question> ReadQuestion(const std::vector<std::string>& operands,
                                     const schema::kernel::Target& target) {
  const auto& facts = schema::kernel::Facts(target.architecture);
  Question question;
  question.call.audit_token = facts.audit_token;
  question.syscall = operands[1];
  if (const auto number = verdicts::ParseArgument(operands[1], 32);
      number && *number <= UINT32_MAX) {
    question.call.number = static_cast<std::uint32_t>(*number);
    question.syscall = schema::kernel::NameOf(target.architecture, question.call.number);
  } else if (const auto known = schema::kernel::NumberOf(target.architecture, operands[1])) {
    question.call.number = *known;
  } else {
    const bool elsewhere = schema::kernel::FindSyscall(operands[1]) != nullptr;
    Complain(std::string(facts.name) + " has no system call \"" + operands[1] + "\"" +
             (elsewhere ? ": other architectures have it"
                        : schema::kernel::DidYouMean(operands[1], schema::kernel::SyscallNames())));
    return std::nullopt;
  }
  for (std::size_t i = 2; i < operands.size(); ++i) {
    const auto argument = verdicts::ParseArgument(operands[i]);
    if (!argument) {
      Complain("\"" + operands[i] + "\" is no argument: decimal, or hexadecimal with 0x");
      return std::nullopt;
    }
    const bool narrow = schema::policy::ArgumentBits(target.architecture) == 32;
    question.call.arguments[i - 2] = narrow ? *argument & 0xFFFFFFFF : *argument;
    ++question.arguments_given;
  }
  return question;
}

// A negative argument looks like an option: its two's complement does not.
std::vector<std::string> WithoutNegatives(std::span<const std::string> args) {
  std::vector<std::string> words(args.begin(), args.end());
  for (std::string& word : words) {
    const auto number = word.starts_with('-') ? verdicts::ParseArgument(word) : std::nullopt;
    if (number) word = std::to_string(*number);
  }
  return words;
}

}  // namespace

po::options_description QueryOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("horizon", po::bool_switch(),
       "numbers above the highest that the profile names get ENOSYS, as with runc")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json")    //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Query(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("query PROFILE SYSCALL [ARG...] [OPTION...]", QueryOptions(),
                                       WithoutNegatives(args), exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() < 2 || operands.size() > 2 + schema::policy::kArguments) {
    return Complain("query takes a PROFILE, a SYSCALL and at most 6 arguments of the call");
  }
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") return Complain("--format takes text or json");
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  const auto question = ReadQuestion(operands, *target);
  if (!question) return kUsage;
  const auto input = LoadProfile(operands[0], *target, exit_code,
                                 {.enosys_horizon = (*values)["horizon"].as<bool>()});
  if (!input) return exit_code;
  const Decision decision = schema::policy::Decide(input->policy, question->call);
  std::cout << (format == "json" ? JsonAnswer(*input, *question, decision)
                                 : TextAnswer(*input, *question, decision));
  return kOk;
}

}  // namespace lint::cli
