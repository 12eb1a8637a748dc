#include "runtime/run/record_profile.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "lint/merge/excuse.h"
#include "schema/kernel/syscall.h"
#include "schema/profile/write.h"

namespace runtime::run {
namespace {

using schema::Result;
using schema::kernel::Architecture;
using schema::kernel::Operator;
using schema::profile::Argument;
using schema::profile::Profile;
using schema::profile::Rule;

using Names = std::set<std::string, std::less<>>;

// A condition of a rule: (argument & mask) == value; without a mask, none.
struct Kept {
  std::uint8_t index = 0;
  std::uint64_t mask = 0;
  std::uint64_t value = 0;

  friend auto operator<=>(const Kept&, const Kept&) = default;
};

template <class T>
schema::Spanned<T> Placed(T value) {
  return {std::move(value), {}};
}

Argument ArgumentOf(const Kept& kept) {
  Argument argument;
  argument.index = Placed<std::uint64_t>(kept.index);
  const bool all_bits = kept.mask == ~std::uint64_t{0};
  argument.value = Placed(all_bits ? kept.value : kept.mask);
  if (!all_bits) argument.value_two = Placed(kept.value);
  argument.op = Placed(all_bits ? Operator::kEqual : Operator::kMaskedEqual);
  return argument;
}

Rule AllowRule(const Names& names, const Kept& kept) {
  Rule rule;
  for (const std::string& name : names) rule.names.push_back(Placed(name));
  rule.action = Placed(schema::kernel::Action::kAllow);
  if (kept.mask != 0) rule.args.push_back(ArgumentOf(kept));
  return rule;
}

// The calls by name, and the architectures that they were made on.
class Inventory {
 public:
  explicit Inventory(Architecture native) : native_(native) {
    // Of the host's own architecture whatever was seen: see the header.
    by_name_["execve"].insert(Kept());
    by_name_["exit_group"].insert(Kept());
  }

  void Add(const SeenCall& call) {
    if (call.number == schema::kernel::kCancelledCall) return;
    const auto architecture = schema::kernel::ArchitectureOf(call.audit_token, call.number);
    const auto name = architecture ? schema::kernel::NameOf(*architecture, call.number) : "";
    if (name.empty()) {
      notes_.push_back("call number " + std::to_string(call.number) +
                       (architecture ? " of " + std::string(Facts(*architecture).name) : "") +
                       " has no name that is known here: the profile does not allow it");
      return;
    }
    if (*architecture != native_) others_.insert(*architecture);
    const auto kept = KeptArgumentOf(*architecture, name);
    by_name_[std::string(name)].insert(kept ? Kept{kept->index, kept->mask, call.kept} : Kept());
  }

  // The names that were seen with each condition, in the order of the rules: first those without
  // one, then by name and value.
  std::vector<std::pair<Names, Kept>> Rules() {
    std::map<Kept, Names> groups;
    for (auto& [name, values] : by_name_) {
      if (values.size() > kMostValues) {
        notes_.push_back(name + " was made with more than " + std::to_string(kMostValues) +
                         " different arguments: the profile allows it with all");
        values = {Kept()};
      }
      for (const Kept& kept : values) groups[kept].insert(name);
    }
    std::vector<std::pair<Names, Kept>> rules;
    rules.reserve(groups.size());
    for (auto& [kept, names] : groups) rules.emplace_back(std::move(names), kept);
    std::ranges::sort(rules, {}, [](const auto& rule) {
      const Kept& kept = rule.second;
      return std::tuple(kept.mask != 0, kept.mask == 0 ? "" : *rule.first.begin(), kept.value);
    });
    return rules;
  }

  Profile ToProfile() {
    Profile profile;
    profile.default_action = Placed(schema::kernel::Action::kErrno);
    profile.default_errno_ret = Placed<std::uint64_t>(ENOSYS);
    if (!others_.empty()) {
      schema::profile::ArchMapEntry entry;
      entry.architecture = Placed(native_);
      for (const Architecture other : others_) entry.subarchitectures.push_back(Placed(other));
      profile.arch_map = Placed(std::vector{std::move(entry)});
    }
    for (const auto& [names, kept] : Rules()) profile.syscalls.push_back(AllowRule(names, kept));
    return profile;
  }

  std::vector<std::string> notes() && { return std::move(notes_); }

 private:
  static const schema::kernel::ArchitectureFacts& Facts(Architecture architecture) {
    return schema::kernel::Facts(architecture);
  }

  Architecture native_;
  std::set<Architecture> others_;
  std::map<std::string, std::set<Kept>> by_name_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<RecordedProfile> MakeProfile(const Calls& calls, const schema::kernel::Target& host) {
  Inventory inventory(host.architecture);
  for (const SeenCall& call : calls) inventory.Add(call);
  Profile profile = inventory.ToProfile();
  std::vector<std::string> notes = std::move(inventory).notes();
  auto warnings = lint::merge::Excuse(profile, {&host, 1}, {});
  if (!warnings) return std::move(warnings).error();
  notes.insert(notes.end(), warnings->begin(), warnings->end());
  return RecordedProfile{schema::profile::ToJson(profile), std::move(notes)};
}

}  // namespace runtime::run
