#include "fuzz/profile_mutator.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include "schema/json/reader.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/syscall.h"

namespace fuzz {
namespace {

using schema::json::Kind;
using schema::json::Member;
using schema::json::Value;

// ---- JSON values, made and written

Value Of(Kind kind) {
  Value value;
  value.kind = kind;
  return value;
}

Value Object() { return Of(Kind::kObject); }

Value String(std::string_view text) {
  Value value = Of(Kind::kString);
  value.text = text;
  return value;
}

Value Number(std::uint64_t number) {
  Value value = Of(Kind::kNumber);
  value.text = std::to_string(number);
  return value;
}

Value List(std::vector<Value> items) {
  Value value = Of(Kind::kArray);
  value.items = std::move(items);
  return value;
}

void Write(const Value& value, std::string& out);

void WriteString(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

template <class Items, class WriteItem>
void WriteAll(const Items& items, char open, char close, std::string& out, WriteItem write) {
  out += open;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ',';
    write(items[i]);
  }
  out += close;
}

void Write(const Value& value, std::string& out) {
  switch (value.kind) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBoolean:
      out += value.boolean ? "true" : "false";
      return;
    case Kind::kNumber:
      out += value.text;
      return;
    case Kind::kString:
      return WriteString(value.text, out);
    case Kind::kArray:
      return WriteAll(value.items, '[', ']', out, [&](const Value& item) { Write(item, out); });
    case Kind::kObject:
      return WriteAll(value.members, '{', '}', out, [&](const Member& member) {
        WriteString(member.key.value, out);
        out += ':';
        Write(member.value, out);
      });
  }
}

Value* Find(Value& object, std::string_view key) {
  for (Member& member : object.members) {
    if (member.key.value == key) return &member.value;
  }
  return nullptr;
}

void Set(Value& object, std::string_view key, Value value) {
  if (Value* found = Find(object, key)) {
    *found = std::move(value);
  } else {
    object.members.push_back({{std::string(key), {}}, std::move(value)});
  }
}

void Remove(Value& object, std::string_view key) {
  std::erase_if(object.members, [&](const Member& member) { return member.key.value == key; });
}

// The member, made where it is not of the kind.
Value& Need(Value& object, std::string_view key, Kind kind) {
  Value* found = Find(object, key);
  if (found == nullptr || found->kind != kind) {
    Set(object, key, Of(kind));
    found = Find(object, key);
  }
  return *found;
}

// ---- What a profile says, chosen at random

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}

  std::size_t Below(std::size_t bound) { return engine_() % std::max<std::size_t>(bound, 1); }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <class Range>
  const auto& Of(const Range& range) {
    return range[Below(std::size(range))];
  }
  std::uint64_t Word() { return std::uint64_t{engine_()} << 32U | engine_(); }

 private:
  std::minstd_rand engine_;
};

// Names that rules of the linter are about, oftener than others.
constexpr auto kTelling = std::to_array<std::string_view>(
    {"read",       "write",        "execve",   "clone",          "clone3",     "socket",
     "socketcall", "ipc",          "open",     "openat",         "openat2",    "mmap",
     "mmap2",      "ptrace",       "chroot",   "pivot_root",     "ioctl",      "umount",
     "umount2",    "mount",        "seccomp",  "personality",    "bpf",        "futex",
     "statx",      "futex_time64", "setuid32", "io_uring_setup", "arch_prctl", "exit_group"});

std::string_view SyscallName(Chance& chance) {
  if (chance.OneIn(2)) return chance.Of(kTelling);
  return chance.Of(schema::kernel::SyscallNames());
}

std::string_view ActionName(Chance& chance) {
  if (chance.OneIn(12)) return "SCMP_ACT_KILL";
  return chance.Of(schema::kernel::Actions()).scmp_name;
}

std::string_view ArchitectureName(Chance& chance) {
  constexpr auto kFrequent = std::to_array<std::string_view>(
      {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_S390X"});
  if (chance.OneIn(2)) return chance.Of(kFrequent);
  return chance.Of(schema::kernel::Architectures()).scmp_name;
}

std::uint64_t Datum(Chance& chance) {
  constexpr auto kTellingValues = std::to_array<std::uint64_t>(
      {0, 1, 2, 8, 40, 0x1000, 0x7E020000, 0x10000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
       0x100000000, 0xFFFFFFFF00000000, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF});
  switch (chance.Below(4)) {
    case 0:
      return std::uint64_t{1} << chance.Below(64);
    case 1:
      return chance.Word() >> chance.Below(64);
    default:
      return chance.Of(kTellingValues) + (chance.OneIn(4) ? 1 : 0);
  }
}

Value Argument(Chance& chance) {
  constexpr auto kOperators =
      std::to_array<std::string_view>({"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
                                       "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"});
  Value argument = Object();
  Set(argument, "index", Number(chance.OneIn(40) ? chance.Below(9) : chance.Below(6)));
  Set(argument, "value", Number(Datum(chance)));
  if (chance.OneIn(2)) Set(argument, "valueTwo", Number(chance.OneIn(2) ? 0 : Datum(chance)));
  Set(argument, "op", String(chance.Of(kOperators)));
  return argument;
}

Value Conditions(Chance& chance) {
  constexpr auto kKernels = std::to_array<std::string_view>({"3.0", "4.8", "5.0", "5.9", "6.12"});
  Value conditions = Object();
  if (chance.OneIn(2)) {
    Set(conditions, "caps",
        List({String(chance.OneIn(2) ? "CAP_SYS_ADMIN"
                                     : chance.Of(schema::kernel::CapabilityNames()))}));
  }
  if (chance.OneIn(3)) {
    Set(conditions, "arches",
        List({String(chance.Of(schema::kernel::Architectures()).docker_name)}));
  }
  if (chance.OneIn(3)) Set(conditions, "minKernel", String(chance.Of(kKernels)));
  return conditions;
}

void SetErrno(Value& object, std::string_view key, Chance& chance) {
  constexpr auto kErrnos = std::to_array<std::uint64_t>({0, 1, 13, 38, 4095, 4096});
  Set(object, key, Number(chance.Of(kErrnos)));
}

Value Rule(Chance& chance) {
  Value rule = Object();
  std::vector<Value> names;
  for (std::size_t i = 0; i <= chance.Below(4); ++i) names.push_back(String(SyscallName(chance)));
  Set(rule, "names", List(std::move(names)));
  Set(rule, "action", String(ActionName(chance)));
  if (chance.OneIn(3)) Set(rule, "args", List({Argument(chance)}));
  if (chance.OneIn(5)) Set(rule, chance.OneIn(2) ? "includes" : "excludes", Conditions(chance));
  return rule;
}

// ---- The changes

using Change = void (*)(Value& object, Chance& chance);

void ChangeNames(Value& rule, Chance& chance) {
  std::vector<Value>& names = Need(rule, "names", Kind::kArray).items;
  const std::size_t at = chance.Below(names.size() + 1);
  if (at < names.size() && chance.OneIn(3)) {
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (at < names.size() && chance.OneIn(3)) {
    names.push_back(names[at]);
  } else {
    names.insert(names.begin() + static_cast<std::ptrdiff_t>(at), String(SyscallName(chance)));
  }
}

void ChangeArguments(Value& rule, Chance& chance) {
  std::vector<Value>& args = Need(rule, "args", Kind::kArray).items;
  const std::size_t at = chance.Below(args.size() + 1);
  if (at == args.size()) return args.push_back(Argument(chance));
  if (chance.OneIn(3)) {
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (args[at].kind == Kind::kObject) {
    const Value other = Argument(chance);
    if (other.members.empty()) return;
    const Member& member = chance.Of(other.members);
    Set(args[at], member.key.value, member.value);
  }
}

void ChangeComment(Value& rule, Chance& chance) {
  constexpr auto kComments = std::to_array<std::string_view>(
      {"", "seccomp-lint: ignore SL602 -- it needs it", "seccomp-lint: ignore SL304, SL3",
       "seccomp-lint: ignore duplicate -- twice is safer", "a\tb \xE2\x80\xAE"});
  Set(rule, "comment", String(chance.Of(kComments)));
}

constexpr auto kRuleChanges = std::to_array<Change>({
    ChangeNames,
    ChangeNames,
    ChangeArguments,
    ChangeArguments,
    ChangeComment,
    [](Value& rule, Chance& chance) { Set(rule, "action", String(ActionName(chance))); },
    [](Value& rule, Chance& chance) { Set(rule, "includes", Conditions(chance)); },
    [](Value& rule, Chance& chance) { Set(rule, "excludes", Conditions(chance)); },
    [](Value& rule, Chance& chance) { SetErrno(rule, "errnoRet", chance); },
    [](Value& rule, Chance& chance) {
      Set(rule, "errno", String(chance.OneIn(2) ? "ENOSYS" : "EPERM"));
    },
    [](Value& rule, Chance& chance) {
      Set(rule, "name", String(SyscallName(chance)));
      Remove(rule, "names");
    },
    [](Value& rule, Chance& chance) { Remove(rule, chance.OneIn(2) ? "args" : "includes"); },
});

void ChangeArchitectures(Value& root, Chance& chance) {
  std::vector<Value> names;
  for (std::size_t i = 0; i <= chance.Below(3); ++i) {
    names.push_back(String(ArchitectureName(chance)));
  }
  if (chance.OneIn(3)) {
    Remove(root, "archMap");
    return Set(root, "architectures", List(std::move(names)));
  }
  if (!chance.OneIn(8)) Remove(root, "architectures");
  Value entry = Object();
  Set(entry, "architecture", String(ArchitectureName(chance)));
  Set(entry, "subArchitectures", List(std::move(names)));
  Value& map = Need(root, "archMap", Kind::kArray);
  if (chance.OneIn(2)) map.items.clear();
  map.items.push_back(std::move(entry));
}

// Seldom: what is wrong stays so in what comes of the profile.
void DisturbKey(Value& root, Chance& chance) {
  if (root.members.empty() || !chance.OneIn(6)) return;
  Member& member = root.members[chance.Below(root.members.size())];
  if (chance.OneIn(2)) {
    member.value = chance.OneIn(2) ? Value() : Number(chance.Below(5));
  } else if (!member.key.value.empty()) {
    member.key.value.erase(chance.Below(member.key.value.size()), 1);
  }
}

constexpr auto kRootChanges = std::to_array<Change>({
    ChangeArchitectures,
    ChangeArchitectures,
    DisturbKey,
    [](Value& root, Chance& chance) { Set(root, "defaultAction", String(ActionName(chance))); },
    [](Value& root, Chance& chance) { SetErrno(root, "defaultErrnoRet", chance); },
    [](Value& root, Chance& chance) {
      Set(root, "flags", List({String(chance.Of(schema::kernel::FilterFlags()).name)}));
    },
    [](Value& root, Chance& chance) {
      if (chance.OneIn(2))
        Remove(root, "listenerPath");
      else
        Set(root, "listenerPath", String("/run/seccomp.sock"));
    },
});

void ChangeRules(std::vector<Value>& rules, Chance& chance) {
  constexpr std::size_t kMostRules = 64;
  const std::size_t at = chance.Below(rules.size() + 1);
  if (at == rules.size() || rules.size() < 2) {
    if (rules.size() < kMostRules) rules.push_back(Rule(chance));
    return;
  }
  const auto place = rules.begin() + static_cast<std::ptrdiff_t>(at);
  switch (chance.Below(4)) {
    case 0:
      rules.erase(place);
      return;
    case 1:
      return std::swap(*place, rules[chance.Below(rules.size())]);
    case 2: {  // once more, a little different
      if (rules.size() >= kMostRules) return;
      Value copy = *place;
      if (copy.kind == Kind::kObject) chance.Of(kRuleChanges)(copy, chance);
      rules.push_back(std::move(copy));
      return;
    }
    default:
      *place = Rule(chance);
      return;
  }
}

void ChangeOnce(Value& root, Chance& chance) {
  std::vector<Value>& rules = Need(root, "syscalls", Kind::kArray).items;
  switch (chance.Below(8)) {
    case 0:
    case 1:
      return chance.Of(kRootChanges)(root, chance);
    case 2:
    case 3:
      return ChangeRules(rules, chance);
    default:
      if (rules.empty()) return rules.push_back(Rule(chance));
      Value& rule = rules[chance.Below(rules.size())];
      if (rule.kind != Kind::kObject) {
        rule = Rule(chance);
      } else if (chance.OneIn(10)) {
        DisturbKey(rule, chance);
      } else {
        chance.Of(kRuleChanges)(rule, chance);
      }
  }
}

std::optional<Value> ReadObject(std::string_view text) {
  auto json = schema::json::Read(std::string(text));
  if (!json.valid || json.document.root.kind != Kind::kObject) return std::nullopt;
  return std::move(json.document.root);
}

}  // namespace

std::optional<std::string> MutateProfile(std::string_view text, std::uint32_t seed) {
  auto root = ReadObject(text);
  if (!root) return std::nullopt;
  Chance chance(seed);
  for (std::size_t i = 0; i <= chance.Below(4); ++i) ChangeOnce(*root, chance);
  std::string out;
  Write(*root, out);
  return out;
}

std::optional<std::string> CrossProfiles(std::string_view one, std::string_view other,
                                         std::uint32_t seed) {
  auto root = ReadObject(one);
  auto donor = ReadObject(other);
  if (!root || !donor) return std::nullopt;
  Chance chance(seed);
  std::vector<Value>& rules = Need(*root, "syscalls", Kind::kArray).items;
  for (Value& rule : Need(*donor, "syscalls", Kind::kArray).items) {
    if (chance.OneIn(2)) continue;
    const auto place = rules.begin() + static_cast<std::ptrdiff_t>(chance.Below(rules.size() + 1));
    rules.insert(place, std::move(rule));
  }
  for (Member& member : donor->members) {
    if (member.key.value != "syscalls" && chance.OneIn(3)) {
      Set(*root, member.key.value, std::move(member.value));
    }
  }
  std::string out;
  Write(*root, out);
  return out;
}

}  // namespace fuzz
