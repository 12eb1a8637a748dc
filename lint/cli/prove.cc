#include "schema/filter/prove.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/report/printable.h"
#include "schema/filter/bounded_compile.h"
#include "schema/filter/check_program.h"
#include "schema/filter/direct.h"
#include "schema/filter/raw_program.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/conflict.h"
#include "schema/span.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using schema::filter::Counterexample;

// Of the file: one byte more than the longest program is enough to see that it is too long.
schema::Result<std::vector<sock_filter>> ReadProgram(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(schema::filter::kMaxInstructions * sizeof(sock_filter) + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || (!file && !file.eof())) return schema::SystemError("cannot read it", errno);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  auto program = schema::filter::FromRaw(bytes);
  if (!program) return program;
  if (schema::Status status = schema::filter::CheckProgram(*program); !status) {
    return std::move(status).error().While("the kernel would refuse the program");
  }
  return program;
}

boost::json::object JsonVerdict(schema::kernel::Verdict verdict) {
  const auto& facts = schema::kernel::Facts(verdict.action);
  boost::json::object object = {{"action", facts.scmp_name}, {"errno", nullptr}};
  if (facts.takes_errno) object["errno"] = verdict.data;
  return object;
}

std::string JsonWitness(const Counterexample& example) {
  const auto& [audit_token, number, arguments] = example.call;
  const auto architecture = schema::kernel::ArchitectureOf(audit_token, number);
  boost::json::array args;
  for (const std::uint64_t argument : arguments) args.emplace_back(argument);
  boost::json::object witness = {{"arch", nullptr},
                                 {"nr", number},
                                 {"syscall", nullptr},
                                 {"args", std::move(args)},
                                 {"expected", JsonVerdict(example.expected)},
                                 {"got", JsonVerdict(example.got)}};
  if (architecture) {
    witness["arch"] = Facts(*architecture).name;
    const auto name = schema::kernel::NameOf(*architecture, number);
    if (!name.empty()) witness["syscall"] = name;
  } else {
    witness["audit_token"] = audit_token;
  }
  if (example.instruction_pointer != 0) {
    witness["instruction_pointer"] = example.instruction_pointer;
  }
  return boost::json::serialize(witness) + "\n";
}

std::string TextWitness(const ProfileInput& input, const Counterexample& example) {
  std::string out = "not proved: " + schema::filter::ToString(example.call);
  if (example.instruction_pointer != 0) {
    out += ", called from " + std::to_string(example.instruction_pointer) + ",";
  }
  return out + " gets " + ToString(example.got) + ", the profile says " +
         ToString(example.expected) + "\n" +
         BecauseText(input, schema::policy::Decide(input.policy, example.call));
}

struct Candidate {
  std::string name;      // as displayed
  std::string compiler;  // empty: somebody else's
  std::vector<sock_filter> program;
};

int Answer(const ProfileInput& input, const Candidate& candidate, bool json) {
  const auto found = schema::filter::FindCounterexample(candidate.program, input.policy);
  if (!found) {
    Complain(input.name + ": not proved: " + candidate.name + ": " + found.error().message);
    return kFound;
  }
  if (*found) {
    std::cout << (json ? JsonWitness(**found) : TextWitness(input, **found));
    return kFound;
  }
  if (json) {
    boost::json::object object = {{"proved", true}, {"instructions", candidate.program.size()}};
    if (!candidate.compiler.empty()) object["compiler"] = candidate.compiler;
    std::cout << boost::json::serialize(object) << "\n";
  } else {
    std::cout << "proved: " << report::Printable(candidate.name) << " does what "
              << report::Printable(input.name) << " says on "
              << report::Printable(schema::kernel::ToString(input.target)) << " ("
              << candidate.program.size() << " instructions"
              << (candidate.compiler.empty() ? "" : " by compiler ") << candidate.compiler << ")\n";
  }
  return kOk;
}

}  // namespace

po::options_description ProveOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("bpf", po::value<std::string>(),
       "the program: an array of struct sock_filter, 8 bytes each, little endian; "
       "default: what --compiler makes of PROFILE")  //
      ("compiler", po::value<std::string>()->default_value("direct"),
       "direct: ours; libseccomp")  //
      ("horizon", po::bool_switch(),
       "numbers above the highest that the profile names get ENOSYS, as with runc")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json")    //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Prove(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("prove PROFILE [OPTION...]", ProveOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("prove takes one PROFILE");
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") return Complain("--format takes text or json");
  const std::string compiler_name = (*values)["compiler"].as<std::string>();
  const auto compiler = schema::filter::ParseCompiler(compiler_name);
  if (!compiler) return Complain("--compiler takes direct or libseccomp");
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  const auto input = LoadProfile(operands[0], *target, exit_code,
                                 {.enosys_horizon = (*values)["horizon"].as<bool>()});
  if (!input) return exit_code;
  if (values->contains("bpf")) {
    const std::string name = (*values)["bpf"].as<std::string>();
    auto program = ReadProgram(name);
    if (!program) return Complain(name + ": " + program.error().message);
    return Answer(*input, {name, "", std::move(*program)}, format == "json");
  }
  const bool direct = *compiler == schema::filter::Compiler::kDirect;
  const auto filter = direct ? schema::filter::CompileDirect(input->policy)
                             : schema::filter::CompileBounded(input->policy);
  if (!filter) {
    Complain(input->name + ": " + filter.error().message);
    return kFound;
  }
  return Answer(*input, {"its filter", compiler_name, filter->program}, format == "json");
}

}  // namespace lint::cli
