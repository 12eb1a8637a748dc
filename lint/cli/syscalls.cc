#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/report/printable.h"
#include "schema/kernel/library_function.h"
#include "schema/kernel/multiplexer.h"
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

std::string_view TypeName(schema::kernel::ArgumentType type) {
  switch (type) {
    case schema::kernel::ArgumentType::kShort:
      return "short";
    case schema::kernel::ArgumentType::kInt:
      return "int";
    case schema::kernel::ArgumentType::kLong:
      return "long";
    case schema::kernel::ArgumentType::kPointer:
      return "pointer";
    case schema::kernel::ArgumentType::k64Bit:
      return "u64";
  }
  return "";
}

std::vector<std::string_view> TypesOf(const Syscall& syscall) {
  std::vector<std::string_view> types;
  for (unsigned i = 0; i < syscall.ArgumentCount().value_or(0); ++i) {
    types.push_back(TypeName(*syscall.TypeOf(i)));
  }
  return types;
}

std::vector<std::string_view> GatesOf(const Syscall& syscall) {
  std::vector<std::string_view> gates;
  const auto names = schema::kernel::CapabilityNames();
  for (unsigned i = 0; i < names.size(); ++i) {
    if (syscall.Capabilities().Has(i)) gates.push_back(names[i]);
  }
  return gates;
}

std::string Joined(const std::vector<std::string_view>& words, std::string_view separator) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

// "since 4.3", "since 2.0   removed in 5.5"; a number that was given when the call was no more is
// "never served".
std::string Times(const SyscallEntry& entry) {
  const auto removed = entry.removed();
  if (removed && *removed <= entry.since()) return "never served";
  std::string text = "since " + Padded(ToString(entry.since()), 4);
  if (removed) text += "  removed in " + ToString(*removed);
  return text;
}

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
    for (const std::string_view type : TypesOf(syscall)) types.emplace_back(type);
    out["arguments"] = std::move(types);
  }
  array gates;
  for (const std::string_view gate : GatesOf(syscall)) gates.emplace_back(gate);
  out["capabilities"] = std::move(gates);
  return out;
}

// Where it is, equal lines together: number in the table (x32's and MIPS' without its first), since
// and removed -> architectures.
std::string PlacesText(std::string_view name) {
  std::vector<std::pair<std::string, std::vector<std::string_view>>> lines;
  std::vector<std::string_view> absent;
  for (const auto& facts : schema::kernel::Architectures()) {
    const SyscallEntry* entry = schema::kernel::FindEntry(facts.architecture, name);
    if (entry == nullptr) {
      absent.push_back(facts.name);
      continue;
    }
    std::string line = Padded(std::to_string(entry->number), 10) + "  " + Times(*entry);
    const auto same = std::ranges::find(
        lines, line, &std::pair<std::string, std::vector<std::string_view>>::first);
    if (same == lines.end()) {
      lines.emplace_back(line, std::vector{facts.name});
    } else {
      same->second.push_back(facts.name);
    }
  }
  std::string out;
  for (const auto& [line, architectures] : lines) {
    out += "  " + line + "  " + Joined(architectures, " ") + "\n";
  }
  if (!absent.empty()) out += "  not on " + Joined(absent, " ") + "\n";
  return out;
}

std::string MultiplexedText(std::string_view name) {
  std::map<std::string, std::vector<std::string_view>> ways;
  for (const auto& facts : schema::kernel::Architectures()) {
    if (const auto way = schema::kernel::FindMultiplexed(facts.architecture, name)) {
      ways[std::string(way->multiplexer) + "(" + std::to_string(way->call) + ", ...)"].push_back(
          facts.name);
    }
  }
  std::string out;
  for (const auto& [way, architectures] : ways) {
    out += "  also " + way + " on " + Joined(architectures, " ") + "\n";
  }
  return out;
}

// "CAP_BPF (since 5.8) or CAP_SYS_ADMIN".
std::string GatesText(const Syscall& syscall) {
  constexpr KernelVersion kFirstFilters{3, 5};  // nobody asks about an older kernel
  std::string text;
  for (const std::string_view gate : GatesOf(syscall)) {
    text += (text.empty() ? "" : " or ") + std::string(gate);
    const auto since = schema::kernel::CapabilitySince(*schema::kernel::ParseCapability(gate));
    if (since > kFirstFilters) text += " (since " + ToString(since) + ")";
  }
  return text;
}

std::string SyscallText(const Syscall& syscall) {
  std::string out(syscall.name);
  if (syscall.ArgumentCount()) out += "(" + Joined(TypesOf(syscall), ", ") + ")";
  out += ": ";
  if (!syscall.implemented) {
    out += "a number that no Linux with filters does anything for\n";
  } else {
    out += "since Linux " + ToString(syscall.since) + "\n";
  }
  if (!GatesOf(syscall).empty()) out += "  needs " + GatesText(syscall) + "\n";
  return out + PlacesText(syscall.name) + MultiplexedText(syscall.name);
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
    std::cout << SyscallText(*syscall);
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
    std::string line = Padded(std::to_string(entry.number), 10) + "  " +
                       Padded(std::string(syscall.name), 28) + "  " + Times(entry);
    if (!syscall.implemented) line += "  not implemented";
    if (const auto gates = GatesOf(syscall); !gates.empty()) line += "  " + Joined(gates, " or ");
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
    std::cout << Padded(std::string(syscall.name), 28) << "  " << ToString(syscall.since) << "\n";
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
