#include "lint/merge/join.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "lint/engine/placed_error.h"
#include "lint/rules/permissiveness.h"
#include "schema/policy/remainder.h"
#include "schema/policy/resolve.h"

namespace lint::merge {
namespace {

using rules::Permissiveness;
using schema::Error;
using schema::Result;
using schema::Spanned;
using schema::Status;
using schema::kernel::Verdict;
using schema::policy::Clause;
using schema::policy::Condition;
using schema::profile::ArchMapEntry;
using schema::profile::Conditions;
using schema::profile::Profile;
using schema::profile::Rule;

Error At(const Part& part, schema::Span span, const std::string& message) {
  return engine::PlacedError(part.name, part.text, span, message);
}

std::vector<std::string> Sorted(const std::vector<Spanned<std::string>>& values) {
  std::vector<std::string> sorted;
  sorted.reserve(values.size());
  for (const auto& value : values) sorted.push_back(value.value);
  std::ranges::sort(sorted);
  return sorted;
}

const Conditions& Given(const std::optional<Conditions>& conditions) {
  static const Conditions kNone;
  return conditions ? *conditions : kNone;
}

bool AreSame(const Conditions& a, const Conditions& b) {
  const auto kernel = [](const Conditions& c) {
    return c.min_kernel ? std::optional(c.min_kernel->value) : std::nullopt;
  };
  return Sorted(a.caps) == Sorted(b.caps) && Sorted(a.arches) == Sorted(b.arches) &&
         kernel(a) == kernel(b);
}

bool IsEmpty(const Conditions& c) { return c.caps.empty() && c.arches.empty() && !c.min_kernel; }

// Whether a rule with includes `a` applies wherever one with `b` does, as far as one sees.
bool IncludesMore(const Conditions& a, const Conditions& b) {
  const auto fewer = Sorted(a.caps);
  const auto more = Sorted(b.caps);
  const auto arches = Sorted(a.arches);
  const auto fewer_arches = Sorted(b.arches);
  const bool any_arch =
      arches.empty() || (!fewer_arches.empty() && std::ranges::includes(arches, fewer_arches));
  const bool any_kernel =
      !a.min_kernel || (b.min_kernel && !(b.min_kernel->value < a.min_kernel->value));
  return std::ranges::includes(more, fewer) && any_arch && any_kernel;
}

// The same with excludes, each of which takes away.
bool ExcludesLess(const Conditions& a, const Conditions& b) {
  const bool any_kernel =
      !a.min_kernel || (b.min_kernel && !(a.min_kernel->value < b.min_kernel->value));
  return std::ranges::includes(Sorted(b.caps), Sorted(a.caps)) &&
         std::ranges::includes(Sorted(b.arches), Sorted(a.arches)) && any_kernel;
}

// A rule of a part, with the names that are left of it.
struct Piece {
  std::size_t part = 0;
  const Rule* rule = nullptr;
  Verdict verdict;
  std::vector<Condition> conditions;
  bool ored = false;  // an argument occurs twice: each condition is a rule of its own
  std::vector<std::string> names;

  bool IsUnconditional() const {
    return conditions.empty() && IsEmpty(Given(rule->includes)) && IsEmpty(Given(rule->excludes));
  }
  bool Names(const std::string& name) const {
    return std::ranges::find(names, name) != names.end();
  }
};

Piece PieceOf(const Rule& rule, std::size_t part, Verdict verdict) {
  Piece piece{part, &rule, verdict, {}, false, {}};
  std::set<std::uint8_t> indices;
  for (const auto& argument : rule.args) {
    const auto condition = schema::policy::ConditionOf(argument);
    if (!condition) continue;
    piece.conditions.push_back(*condition);
    if (!indices.insert(condition->arg_index).second) piece.ored = true;
  }
  std::set<std::string> names;
  for (const auto& name : rule.AllNames()) names.insert(name.value);
  piece.names.assign(names.begin(), names.end());
  return piece;
}

// Whether arguments that meet the conditions of `b` meet those of `a`.
bool Follows(const Piece& a, const Piece& b) {
  if (a.conditions == b.conditions && a.ored == b.ored) return true;
  if (a.conditions.empty()) return true;
  if (a.ored || b.ored) return false;
  const Clause clause{a.conditions, a.verdict};
  const std::vector<const Clause*> clauses = {&clause};
  const Clause given{b.conditions, b.verdict};
  constexpr std::size_t kSteps = 1'000'000;
  return std::ranges::all_of(std::vector<unsigned>{32, 64}, [&](unsigned bits) {
    schema::policy::Effort effort(kSteps);
    std::vector<schema::policy::Comparison> comparisons;
    AddConditions(given, comparisons);
    return !FindOutside(std::move(comparisons), clauses, bits, effort) && !effort.exhausted();
  });
}

// Whether the rule of `a` says all that the one of `b` does, of names that both have.
bool Covers(const Piece& a, const Piece& b) {
  return a.verdict == b.verdict && IncludesMore(Given(a.rule->includes), Given(b.rule->includes)) &&
         ExcludesLess(Given(a.rule->excludes), Given(b.rule->excludes)) && Follows(a, b);
}

class Joiner {
 public:
  Joiner(std::span<const Part> parts, Verdict fallback) : parts_(parts), fallback_(fallback) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      for (const Rule& rule : parts[i].profile->syscalls) {
        const auto verdict = schema::policy::VerdictOf(rule);
        if (verdict && *verdict != fallback) pieces_.push_back(PieceOf(rule, i, *verdict));
      }
    }
  }

  std::vector<Rule> Rules() {
    DropDenied();
    DropCovered();
    std::vector<Rule> rules;
    std::vector<const Piece*> origins;
    for (const Piece& piece : pieces_) {
      if (piece.names.empty()) continue;
      const auto same = std::ranges::find_if(
          origins, [&](const Piece* origin) { return CanBeOne(*origin, piece); });
      if (same == origins.end()) {
        rules.push_back(*piece.rule);
        rules.back().name.reset();
        SetNames(rules.back(), piece.names);
        origins.push_back(&piece);
        continue;
      }
      Rule& rule = rules[static_cast<std::size_t>(same - origins.begin())];
      std::vector<std::string> names = piece.names;
      for (const auto& name : rule.names) names.push_back(name.value);
      SetNames(rule, std::move(names));
    }
    return rules;
  }

 private:
  template <class Predicate>
  static void EraseNames(Piece& piece, Predicate predicate) {
    std::erase_if(piece.names, predicate);
  }

  // See the header, "a rule that denies".
  void DropDenied() {
    const std::vector<Piece> all = pieces_;
    for (Piece& piece : pieces_) {
      EraseNames(piece, [&](const std::string& name) {
        const bool is_lost = std::ranges::any_of(all, [&](const Piece& other) {
          return other.part != piece.part && other.IsUnconditional() && other.Names(name) &&
                 Permissiveness(other.verdict.action) > Permissiveness(piece.verdict.action);
        });
        return is_lost || (IsStrict(piece) && !EachNames(all, name));
      });
    }
  }

  bool IsStrict(const Piece& piece) const {
    return Permissiveness(piece.verdict.action) < Permissiveness(fallback_.action);
  }

  bool EachNames(const std::vector<Piece>& pieces, const std::string& name) const {
    std::set<std::size_t> naming;
    for (const Piece& piece : pieces) {
      if (piece.Names(name)) naming.insert(piece.part);
    }
    return naming.size() == parts_.size();
  }

  // Of two that cover each other the first stays.
  void DropCovered() {
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      for (std::size_t j = 0; j < pieces_.size(); ++j) {
        if (i == j || pieces_[i].names.empty() || pieces_[j].names.empty()) continue;
        const bool share = std::ranges::any_of(
            pieces_[j].names, [&](const std::string& name) { return pieces_[i].Names(name); });
        if (!share || !Covers(pieces_[i], pieces_[j])) continue;
        if (j < i && Covers(pieces_[j], pieces_[i])) continue;
        EraseNames(pieces_[j], [&](const std::string& name) { return pieces_[i].Names(name); });
      }
    }
  }

  static bool CanBeOne(const Piece& a, const Piece& b) {
    const auto comment = [](const Piece& piece) {
      return piece.rule->comment ? piece.rule->comment->value : std::string();
    };
    return a.verdict == b.verdict && a.ored == b.ored && a.conditions == b.conditions &&
           comment(a) == comment(b) && AreSame(Given(a.rule->includes), Given(b.rule->includes)) &&
           AreSame(Given(a.rule->excludes), Given(b.rule->excludes));
  }

  static void SetNames(Rule& rule, std::vector<std::string> names) {
    std::ranges::sort(names);
    rule.names.clear();
    for (std::string& name : names) rule.names.push_back({std::move(name), {}});
  }

  std::span<const Part> parts_;
  Verdict fallback_;
  std::vector<Piece> pieces_;
};

Status CheckAlike(const Part& first, const Part& part) {
  const Profile& a = *first.profile;
  const Profile& b = *part.profile;
  if (!b.default_action || !a.default_action) {
    const Part& without = a.default_action ? part : first;
    return At(without, without.profile->span, "it has no defaultAction");
  }
  if (a.default_action->value != b.default_action->value) {
    const auto name = [](const Profile& profile) {
      return std::string(schema::kernel::Facts(profile.default_action->value).scmp_name);
    };
    return At(part, b.default_action->span,
              name(b) + " by default, and " + first.name + " gives " + name(a) +
                  ": what neither names would have two answers");
  }
  if (Sorted(a.flags) != Sorted(b.flags)) {
    return At(part, b.flags.empty() ? b.span : b.flags.front().span,
              "its flags are not those of " + first.name);
  }
  for (const auto field : {&Profile::listener_path, &Profile::listener_metadata}) {
    const auto& mine = a.*field;
    const auto& other = b.*field;
    if (mine.has_value() == other.has_value() && (!mine || mine->value == other->value)) continue;
    return At(part, other ? other->span : b.span, "its listener is not that of " + first.name);
  }
  return {};
}

template <class T>
void AddNew(std::vector<Spanned<T>>& to, const std::vector<Spanned<T>>& from) {
  for (const auto& item : from) {
    const bool known =
        std::ranges::any_of(to, [&](const auto& old) { return old.value == item.value; });
    if (!known) to.push_back(item);
  }
}

void AddArchMap(std::vector<ArchMapEntry>& to, const std::vector<ArchMapEntry>& from) {
  for (const ArchMapEntry& entry : from) {
    const auto same = std::ranges::find_if(to, [&](const ArchMapEntry& old) {
      return old.architecture && entry.architecture &&
             old.architecture->value == entry.architecture->value;
    });
    if (same == to.end()) {
      to.push_back(entry);
    } else {
      AddNew(same->subarchitectures, entry.subarchitectures);
    }
  }
}

// Includes what any part does. A list of `architectures` is not an archMap: on other machines they
// mean different things.
Status AddArchitectures(Profile& to, const Part& part) {
  const Profile& from = *part.profile;
  if ((to.architectures && from.arch_map) || (to.arch_map && from.architectures)) {
    return At(part, from.arch_map ? from.arch_map->span : from.architectures->span,
              "one profile has architectures and another archMap: give all of them the same");
  }
  if (from.architectures) {
    if (!to.architectures) to.architectures.emplace();
    AddNew(to.architectures->value, from.architectures->value);
  }
  if (from.arch_map) {
    if (!to.arch_map) to.arch_map.emplace();
    AddArchMap(to.arch_map->value, from.arch_map->value);
  }
  return {};
}

}  // namespace

Result<Joined> Join(std::span<const Part> parts) {
  const Part& first = parts.front();
  Joined joined;
  Profile& whole = joined.profile;
  for (const Part& part : parts) {
    if (Status status = CheckAlike(first, part); !status) return std::move(status).error();
    if (Status status = AddArchitectures(whole, part); !status) return std::move(status).error();
    const auto verdict = schema::policy::DefaultVerdictOf(*part.profile);
    const auto its = schema::policy::DefaultVerdictOf(*first.profile);
    if (verdict != its) {
      joined.notes.push_back("what no profile allows gets " + ToString(*its) + " as in " +
                             first.name + ", not " + ToString(*verdict) + " as in " + part.name);
    }
  }
  whole.default_action = first.profile->default_action;
  whole.default_errno_ret = first.profile->default_errno_ret;
  whole.default_errno_name = first.profile->default_errno_name;
  whole.flags = first.profile->flags;
  whole.listener_path = first.profile->listener_path;
  whole.listener_metadata = first.profile->listener_metadata;
  whole.syscalls = Joiner(parts, *schema::policy::DefaultVerdictOf(*first.profile)).Rules();
  return joined;
}

}  // namespace lint::merge
