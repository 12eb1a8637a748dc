#include "lint/report/syscall_text.h"

#include <algorithm>
#include <map>
#include <utility>

#include "schema/kernel/capability.h"
#include "schema/kernel/multiplexer.h"
#include "schema/kernel/version.h"

namespace lint::report {
namespace {

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
    const std::string way = MultiplexedWay(facts.architecture, name);
    if (!way.empty()) ways[way].push_back(facts.name);
  }
  std::string out;
  for (const auto& [way, architectures] : ways) {
    out += "  also " + way + " on " + Joined(architectures, " ") + "\n";
  }
  return out;
}

}  // namespace

std::vector<std::string_view> ArgumentTypes(const Syscall& syscall) {
  std::vector<std::string_view> types;
  for (unsigned i = 0; i < syscall.ArgumentCount().value_or(0); ++i) {
    types.push_back(TypeName(*syscall.TypeOf(i)));
  }
  return types;
}

std::string Signature(const Syscall& syscall) {
  std::string out(syscall.name);
  if (syscall.ArgumentCount()) out += "(" + Joined(ArgumentTypes(syscall), ", ") + ")";
  return out;
}

std::vector<std::string_view> Gates(const Syscall& syscall) {
  std::vector<std::string_view> gates;
  const auto names = schema::kernel::CapabilityNames();
  for (unsigned i = 0; i < names.size(); ++i) {
    if (syscall.Capabilities().Has(i)) gates.push_back(names[i]);
  }
  return gates;
}

std::string GatesText(const Syscall& syscall) {
  constexpr schema::kernel::KernelVersion kFirstFilters{3, 5};  // nobody asks about an older one
  std::string text;
  for (const std::string_view gate : Gates(syscall)) {
    text += (text.empty() ? "" : " or ") + std::string(gate);
    const auto since = schema::kernel::CapabilitySince(*schema::kernel::ParseCapability(gate));
    if (since > kFirstFilters) text += " (since " + ToString(since) + ")";
  }
  return text;
}

std::string SinceText(const Syscall& syscall) {
  if (!syscall.implemented) return "a number that no Linux with filters does anything for";
  return "since Linux " + ToString(syscall.since);
}

std::string Times(const SyscallEntry& entry) {
  const auto removed = entry.removed();
  if (removed && *removed <= entry.since()) return "never served";
  std::string text = "since " + Padded(ToString(entry.since()), 4);
  if (removed) text += "  removed in " + ToString(*removed);
  return text;
}

std::string MultiplexedWay(schema::kernel::Architecture architecture, std::string_view name) {
  const auto way = schema::kernel::FindMultiplexed(architecture, name);
  if (!way) return "";
  return std::string(way->multiplexer) + "(" + std::to_string(way->call) + ", ...)";
}

std::string SyscallText(const Syscall& syscall) {
  std::string out = Signature(syscall) + ": " + SinceText(syscall) + "\n";
  const std::string gates = GatesText(syscall);
  if (!gates.empty()) out += "  needs " + gates + "\n";
  return out + PlacesText(syscall.name) + MultiplexedText(syscall.name);
}

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string Joined(const std::vector<std::string_view>& words, std::string_view separator) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

}  // namespace lint::report
