#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/output_file.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/report/printable.h"
#include "lint/rules/places.h"
#include "schema/filter/listing.h"
#include "schema/filter/prove.h"
#include "schema/hex.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using schema::filter::Filter;

// What a listing says of where it comes from. The lines end with a quote or a word, so that none
// of them goes on in the next.
std::string Header(const ProfileInput& input, const Filter& filter, std::string_view compiler,
                   std::string_view comment) {
  const std::string begin = std::string(comment) + " ";
  return begin + rules::Quoted(report::Printable(input.name)) + "\n" + begin + "on " +
         report::Printable(schema::kernel::ToString(input.target)) + "\n" + begin +
         rules::Counted(filter.program.size(), "instruction") + " by compiler " +
         std::string(compiler) + ", flags of seccomp(2) " + schema::Hex(filter.flags) + "\n";
}

schema::Result<std::string> Raw(const ProfileInput& /*input*/, const Filter& filter,
                                std::string_view /*compiler*/) {
  std::string bytes;
  bytes.reserve(filter.program.size() * 8);
  // Whatever the byte order of this machine.
  const auto append = [&](std::uint32_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
  };
  for (const sock_filter& instruction : filter.program) {
    append(instruction.code, 2);
    append(instruction.jt, 1);
    append(instruction.jf, 1);
    append(instruction.k, 4);
  }
  return bytes;
}

schema::Result<std::string> C(const ProfileInput& input, const Filter& filter,
                              std::string_view compiler) {
  auto text = schema::filter::ToC(filter.program);
  if (text) text->insert(0, Header(input, filter, compiler, "//"));
  return text;
}

schema::Result<std::string> Assembly(const ProfileInput& input, const Filter& filter,
                                     std::string_view compiler) {
  auto text = schema::filter::ToAssembly(filter.program);
  if (text) text->insert(0, Header(input, filter, compiler, ";"));
  return text;
}

struct Form {
  std::string_view name;
  schema::Result<std::string> (*write)(const ProfileInput& input, const Filter& filter,
                                       std::string_view compiler);
};
constexpr std::array kForms = {Form{"raw", &Raw}, Form{"c", &C}, Form{"asm", &Assembly}};

}  // namespace

po::options_description CompileOptions() {
  po::options_description options("Options");
  options.add_options()                                                                     //
      ("out-file,o", po::value<std::string>(), "where to write the program; - for stdout")  //
      ("emit", po::value<std::string>()->default_value("raw"),
       "raw: an array of struct sock_filter, 8 bytes each, little endian; c: the array in C; "
       "asm: for bpf_asm of Linux, with comments for people")  //
      ("compiler", po::value<std::string>()->default_value("direct"),
       "direct: ours; libseccomp. Proved with both")  //
      ("horizon", po::bool_switch(),
       "numbers above the highest that the profile names get ENOSYS, as with runc")  //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Compile(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("compile PROFILE -o FILE [OPTION...]", CompileOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("compile takes one PROFILE");
  if (!values->contains("out-file")) return Complain("compile needs -o FILE");
  const auto* form = std::ranges::find(kForms, (*values)["emit"].as<std::string>(), &Form::name);
  if (form == kForms.end()) return Complain("--emit takes raw, c or asm");
  const std::string compiler_name = (*values)["compiler"].as<std::string>();
  const auto compiler = schema::filter::ParseCompiler(compiler_name);
  if (!compiler) return Complain("--compiler takes direct or libseccomp");
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);

  const auto input = LoadProfile(operands[0], *target, exit_code,
                                 {.enosys_horizon = (*values)["horizon"].as<bool>()});
  if (!input) return exit_code;
  const auto filter = schema::filter::CompileAndProve(input->policy, *compiler);
  if (!filter) {
    Complain(input->name + ": " + filter.error().message);
    return kFound;
  }
  const auto text = form->write(*input, *filter, compiler_name);
  if (!text) return Complain(input->name + ": " + text.error().message);
  const auto written = WriteOutput(PathOf(*values, "out-file"), *text);
  return written ? kOk : Complain(written.error().message);
}

}  // namespace lint::cli
