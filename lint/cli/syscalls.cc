#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <optional>
#include <utility>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/report/syscall_text.h"
#include "schema/kernel/library_function.h"
#include "schema/kernel/suggestion.h"
#include "schema/kernel/syscall.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using boost::json::array;
using boost::json::object;
using schema::kernel::Architecture;
using schema::kernel::KernelVersion;
using schema::kernel::Syscall;
using schema::kernel::SyscallEntry;

object EntryObject(Architecture architecture, const SyscallEntry& entry) {
  object out = {{"arch", schema::kernel::Facts(architecture).name},
                {"number", entry.number},
                {"since", ToString(entry.since())}};
  if (const auto removed = entry.removed()) out["removed"] = ToString(*removed);
  return out;
}

// What is the same on every architecture.
object SyscallObject(const Syscall& syscall) {
  object out = {{"name", syscall.name},
                {"since", ToString(syscall.since)},
                {"implemented", syscall.implemented}};
  if (syscall.ArgumentCount()) {
    array types;
    for (const std::string_view type : report::ArgumentTypes(syscall)) types.emplace_back(type);
    out["arguments"] = std::move(types);
  }
  array gates;
  for (const std::string_view gate : report::Gates(syscall)) gates.emplace_back(gate);
  out["capabilities"] = std::move(gates);
  return out;
}

int ShowOne(const std::string& name, bool json) {
  const Syscall* syscall = schema::kernel::FindSyscall(name);
  if (syscall == nullptr) {
    if (const auto* function = schema::kernel::FindLibraryFunction(name)) {
      return Complain("\"" + name + "\" is a function of the C library: it calls " +
                      std::string(function->calls));
    }
    return Complain("no Linux up to " + ToString(schema::kernel::kSyscallsUntil) +
                    " has a system call \"" + name + "\"" +
                    schema::kernel::DidYouMean(name, schema::kernel::SyscallNames()));
  }
  if (!json) {
    std::cout << report::SyscallText(*syscall);
    return kOk;
  }
  object out = SyscallObject(*syscall);
  array places;
  for (const auto& facts : schema::kernel::Architectures()) {
    const SyscallEntry* entry = schema::kernel::FindEntry(facts.architecture, name);
    if (entry != nullptr) places.push_back(EntryObject(facts.architecture, *entry));
  }
  out["architectures"] = std::move(places);
  std::cout << boost::json::serialize(out) << "\n";
  return kOk;
}

// The calls of an architecture, by number.
void ShowTable(Architecture architecture, std::optional<KernelVersion> kernel, bool json) {
  array rows;
  for (const SyscallEntry& entry : schema::kernel::SyscallEntries(architecture)) {
    if (kernel && !entry.In(*kernel)) continue;
    const Syscall& syscall = entry.syscall();
    if (json) {
      object row = SyscallObject(syscall);
      for (const auto& item : EntryObject(architecture, entry)) row[item.key()] = item.value();
      rows.push_back(std::move(row));
      continue;
    }
    std::string line = report::Padded(std::to_string(entry.number), 10) + "  " +
                       report::Padded(std::string(syscall.name), 28) + "  " + report::Times(entry);
    if (!syscall.implemented) line += "  not implemented";
    if (const auto gates = report::Gates(syscall); !gates.empty())
      line += "  " + report::Joined(gates, " or ");
    std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << "\n";
  }
  if (json) std::cout << boost::json::serialize(rows) << "\n";
}

// Every name, with the first release.
void ShowAll(std::optional<KernelVersion> kernel, bool json) {
  array rows;
  for (const Syscall& syscall : schema::kernel::Syscalls()) {
    if (kernel && (!syscall.implemented || syscall.since > *kernel)) continue;
    if (json) {
      rows.push_back(SyscallObject(syscall));
      continue;
    }
    std::cout << report::Padded(std::string(syscall.name), 28) << "  " << ToString(syscall.since)
              << "\n";
  }
  if (json) std::cout << boost::json::serialize(rows) << "\n";
}

}  // namespace

po::options_description SyscallsOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("arch", po::value<std::string>()->default_value(""),
       "the calls of one architecture: amd64, x86_64, SCMP_ARCH_X86_64, ...")               //
      ("kernel", po::value<std::string>()->default_value(""), "those that this Linux has")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json");
  return options;
}

int Syscalls(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("syscalls [NAME | --arch ARCH] [OPTION...]",
                                       SyscallsOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") return Complain("--format takes text or json");
  const std::string arch = (*values)["arch"].as<std::string>();
  const std::string release = (*values)["kernel"].as<std::string>();
  if (operands.size() > 1 || (!operands.empty() && (!arch.empty() || !release.empty()))) {
    return Complain("syscalls takes a NAME, or --arch and --kernel");
  }
  if (!operands.empty()) return ShowOne(operands[0], format == "json");
  std::optional<KernelVersion> kernel;
  if (!(*values)["kernel"].defaulted()) {
    kernel = schema::kernel::ParseRelease(release);
    if (!kernel) return Complain("\"" + release + "\" is no kernel version like 5.10");
  }
  if (arch.empty()) {
    ShowAll(kernel, format == "json");
    return kOk;
  }
  const auto architecture = schema::kernel::FromAnyName(arch);
  if (!architecture) return Complain("unknown architecture \"" + arch + "\"");
  ShowTable(*architecture, kernel, format == "json");
  return kOk;
}

}  // namespace lint::cli
