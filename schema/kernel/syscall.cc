#include "schema/kernel/syscall.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace schema::kernel {
namespace {

#define ARCHITECTURE(name, first, count)
#define ENTRY(number, index, since_major, since_minor, removed_major, removed_minor)
#define CALL(name, major, minor, types, capabilities, implemented) \
  Syscall{name, {major, minor}, types, capabilities, implemented},
constexpr auto kSyscalls = std::to_array<Syscall>({
#include "schema/kernel/syscall_data.inc"
});
#undef CALL
#define CALL(name, ...) std::string_view(name),
constexpr auto kNames = std::to_array<std::string_view>({
#include "schema/kernel/syscall_data.inc"
});
#undef CALL
#undef ENTRY
#define CALL(name, ...)
#define ENTRY(...) SyscallEntry{__VA_ARGS__},
constexpr auto kEntries = std::to_array<SyscallEntry>({
#include "schema/kernel/syscall_data.inc"
});
#undef ENTRY
#undef ARCHITECTURE
struct Range {
  std::size_t first;
  std::size_t count;
};
#define ENTRY(...)
#define ARCHITECTURE(name, first, count) Range{first, count},
constexpr auto kRanges = std::to_array<Range>({
#include "schema/kernel/syscall_data.inc"
});
#undef ENTRY
#undef ARCHITECTURE
#undef CALL

// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), into a table that is less than a third full.
constexpr std::size_t kSlots = 2048;
static_assert(kSyscalls.size() * 3 < kSlots);
constexpr std::uint16_t kFree = 0xFFFF;

constexpr std::size_t SlotOf(std::string_view name) {
  std::uint32_t hash = 2166136261;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return (hash ^ (hash >> 16U)) % kSlots;
}

constexpr auto kSlotTable = [] {
  std::array<std::uint16_t, kSlots> table{};
  table.fill(kFree);
  for (std::size_t i = 0; i < kSyscalls.size(); ++i) {
    std::size_t slot = SlotOf(kSyscalls[i].name);
    while (table[slot] != kFree) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<std::uint16_t>(i);
  }
  return table;
}();

// For each call, where its entry is on each architecture.
constexpr auto kPlaces = [] {
  std::array<std::array<std::uint16_t, kRanges.size()>, kSyscalls.size()> places{};
  for (auto& row : places) row.fill(kFree);
  for (std::size_t i = 0; i < kRanges.size(); ++i) {
    for (std::size_t place = kRanges[i].first; place < kRanges[i].first + kRanges[i].count;
         ++place) {
      places[kEntries[place].index][i] = static_cast<std::uint16_t>(place);
    }
  }
  return places;
}();
static_assert(kEntries.size() < kFree);

}  // namespace

std::optional<unsigned> Syscall::ArgumentCount() const {
  if (types == nullptr) return std::nullopt;
  return static_cast<unsigned>(std::string_view(types).size());
}

std::optional<ArgumentType> Syscall::TypeOf(unsigned argument) const {
  if (types == nullptr || argument >= std::string_view(types).size()) return std::nullopt;
  switch (types[argument]) {
    case 's':
      return ArgumentType::kShort;
    case 'i':
      return ArgumentType::kInt;
    case 'l':
      return ArgumentType::kLong;
    case 'p':
      return ArgumentType::kPointer;
    default:
      return ArgumentType::k64Bit;
  }
}

const Syscall& SyscallEntry::syscall() const { return kSyscalls[index]; }

std::optional<KernelVersion> SyscallEntry::removed() const {
  if (removed_major == 0) return std::nullopt;
  return KernelVersion{removed_major, removed_minor};
}

bool SyscallEntry::In(KernelVersion kernel) const {
  return syscall().implemented && since() <= kernel && (!removed() || kernel < *removed());
}

std::span<const Syscall> Syscalls() { return kSyscalls; }

const Syscall* FindSyscall(std::string_view name) {
  for (std::size_t slot = SlotOf(name); kSlotTable[slot] != kFree; slot = (slot + 1) % kSlots) {
    const Syscall& syscall = kSyscalls[kSlotTable[slot]];
    if (syscall.name == name) return &syscall;
  }
  return nullptr;
}

std::span<const SyscallEntry> SyscallEntries(Architecture architecture) {
  const Range& range = kRanges[static_cast<std::size_t>(architecture)];
  return std::span(kEntries).subspan(range.first, range.count);
}

const SyscallEntry* FindEntry(Architecture architecture, std::string_view name) {
  const Syscall* syscall = FindSyscall(name);
  return syscall == nullptr ? nullptr : FindEntry(architecture, *syscall);
}

const SyscallEntry* FindEntry(Architecture architecture, const Syscall& syscall) {
  const auto index = static_cast<std::size_t>(&syscall - kSyscalls.data());
  const std::uint16_t place = kPlaces[index][static_cast<std::size_t>(architecture)];
  return place == kFree ? nullptr : &kEntries[place];
}

const SyscallEntry* FindEntry(Architecture architecture, std::uint32_t number) {
  const auto entries = SyscallEntries(architecture);
  const auto found = std::ranges::lower_bound(entries, number, {}, &SyscallEntry::number);
  return found == entries.end() || found->number != number ? nullptr : &*found;
}

std::optional<std::uint32_t> NumberOf(Architecture architecture, std::string_view name) {
  const SyscallEntry* entry = FindEntry(architecture, name);
  if (entry == nullptr) return std::nullopt;
  return entry->number;
}

std::string_view NameOf(Architecture architecture, std::uint32_t number) {
  const SyscallEntry* entry = FindEntry(architecture, number);
  return entry == nullptr ? std::string_view() : entry->name();
}

std::span<const std::string_view> SyscallNames() { return kNames; }

}  // namespace schema::kernel
