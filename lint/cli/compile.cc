#include <fstream>
#include <iostream>
#include <string>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "schema/filter/prove.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;

po::options_description CompileOptions() {
  po::options_description options("Options");
  options.add_options()                                                                     //
      ("out-file,o", po::value<std::string>(), "where to write the program; - for stdout")  //
      ("emit", po::value<std::string>()->default_value("raw"),
       "raw: an array of struct sock_filter, 8 bytes each, little endian")               //
      ("compiler", po::value<std::string>()->default_value("libseccomp"), "libseccomp")  //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

// Whatever the byte order of this machine.
std::string LittleEndian(const schema::filter::Filter& filter) {
  std::string bytes;
  bytes.reserve(filter.program.size() * 8);
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

}  // namespace

int Compile(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("compile PROFILE -o FILE [OPTION...]", CompileOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("compile takes one PROFILE");
  if (!values->contains("out-file")) return Complain("compile needs -o FILE");
  if ((*values)["emit"].as<std::string>() != "raw") return Complain("--emit takes raw");
  if ((*values)["compiler"].as<std::string>() != "libseccomp") {
    return Complain("--compiler takes libseccomp");
  }
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);

  const auto input = LoadProfile(operands[0], *target, exit_code);
  if (!input) return exit_code;
  const auto filter = schema::filter::CompileAndProve(input->policy);
  if (!filter) {
    Complain(input->name + ": " + filter.error().message);
    return kFound;
  }
  std::string out_file = (*values)["out-file"].as<std::string>();
  if (out_file == "-") out_file = "/dev/stdout";
  std::ofstream file(out_file, std::ios::binary);
  file << LittleEndian(*filter);
  file.close();
  if (!file) return Complain("cannot write " + out_file);
  return kOk;
}

}  // namespace lint::cli
