#include "lint/merge/union.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lint/rules/permissiveness.h"
#include "schema/policy/conflict.h"
#include "schema/policy/difference.h"
#include "schema/policy/remainder.h"

namespace lint::merge {
namespace {

using rules::Permissiveness;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::kernel::Architecture;
using schema::kernel::Verdict;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Comparison;
using schema::policy::Effort;
using schema::policy::Policy;

using Clauses = std::vector<const Clause*>;

// One call of one architecture, in each policy that includes the architecture.
class CallUnion {
 public:
  CallUnion(std::vector<Clauses> parts, Verdict fallback, unsigned bits, Effort& effort)
      : parts_(std::move(parts)), fallback_(fallback), bits_(bits), effort_(effort) {}

  // Whether the clause of part `own` is one of the union's. Errors: kInvalid, it is so in part.
  Result<bool> Keeps(const Clause& clause, std::size_t own) {
    if (clause.verdict == fallback_) return false;
    // What lets more through, of all parts.
    const Clauses wider = Where([&](std::size_t, const Clause& other) {
      return Permissiveness(other.verdict.action) > Permissiveness(clause.verdict.action);
    });
    if (!HasOutside(clause, wider)) return false;
    if (Overlaps(clause, wider)) return Partial(clause);
    if (Permissiveness(clause.verdict.action) >= Permissiveness(fallback_.action)) return true;
    // Stricter than the default: only where all say so.
    bool kept = true;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (i == own) continue;
      const Clauses same = Where([&](std::size_t part, const Clause& other) {
        return part == i && other.verdict == clause.verdict;
      });
      if (!HasOutside(clause, same)) continue;
      if (Overlaps(clause, parts_[i])) return Partial(clause);
      kept = false;
    }
    return kept;
  }

 private:
  template <class Predicate>
  Clauses Where(Predicate predicate) const {
    Clauses found;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      for (const Clause* clause : parts_[i]) {
        if (predicate(i, *clause)) found.push_back(clause);
      }
    }
    return found;
  }

  bool HasOutside(const Clause& clause, const Clauses& others) {
    std::vector<Comparison> given;
    AddConditions(clause, given);
    return FindOutside(std::move(given), others, bits_, effort_).has_value();
  }

  bool Overlaps(const Clause& clause, const Clauses& others) {
    return std::ranges::any_of(others, [&](const Clause* other) {
      std::vector<Comparison> both;
      AddConditions(clause, both);
      AddConditions(*other, both);
      return FindWithin(both, bits_, effort_).has_value();
    });
  }

  static Error Partial(const Clause& clause) {
    return {ErrorCode::kInvalid,
            "a rule gives " + ToString(clause.verdict) +
                ", and another profile more, but not for all arguments of that rule",
            0};
  }

  std::vector<Clauses> parts_;
  Verdict fallback_;
  unsigned bits_;
  Effort& effort_;
};

// The parts that include the architecture: the others kill its calls.
std::vector<const schema::policy::ArchitecturePolicy*> PartsWith(std::span<const Policy> policies,
                                                                 Architecture architecture) {
  std::vector<const schema::policy::ArchitecturePolicy*> parts;
  for (const Policy& policy : policies) {
    if (const auto* part = policy.Find(architecture)) parts.push_back(part);
  }
  return parts;
}

class Uniter {
 public:
  explicit Uniter(std::span<const Policy> policies) : policies_(policies) {}

  Result<Policy> Unite() {
    Policy whole;
    whole.flags = policies_.front().flags;
    whole.default_verdict = policies_.front().default_verdict;
    for (const Policy& policy : policies_) {
      if (Status status = RefuseConflicts(policy); !status) return std::move(status).error();
      for (const auto& part : policy.architectures) {
        if (whole.Find(part.architecture) != nullptr) continue;
        auto united = UniteArchitecture(part.architecture);
        if (!united) return std::move(united).error();
        whole.architectures.push_back(std::move(*united));
      }
    }
    if (effort_.exhausted()) {
      return Error{ErrorCode::kLimit,
                   "the profiles have too many entangled rules to join them exactly", 0};
    }
    if (Status status = RefuseConflicts(whole); !status) {
      return std::move(status).error().While("there is no union of the profiles");
    }
    return whole;
  }

 private:
  Result<schema::policy::ArchitecturePolicy> UniteArchitecture(Architecture architecture) {
    const auto parts = PartsWith(policies_, architecture);
    std::map<std::uint32_t, std::string> names;
    for (const auto* part : parts) {
      for (const CallPolicy& call : part->calls) names.emplace(call.number, call.name);
    }
    schema::policy::ArchitecturePolicy united;
    united.architecture = architecture;
    for (const auto& [number, name] : names) {
      std::vector<Clauses> clauses(parts.size());
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const CallPolicy* call = parts[i]->Find(number);
        if (call == nullptr) continue;
        for (const Clause& clause : call->clauses) clauses[i].push_back(&clause);
      }
      auto call = UniteCall({number, name, {}}, clauses, architecture);
      if (!call) return std::move(call).error();
      if (!call->clauses.empty()) united.calls.push_back(std::move(*call));
    }
    return united;
  }

  Result<CallPolicy> UniteCall(CallPolicy call, const std::vector<Clauses>& clauses,
                               Architecture architecture) {
    CallUnion united(clauses, policies_.front().default_verdict,
                     schema::policy::ArgumentBits(architecture), effort_);
    for (std::size_t i = 0; i < clauses.size(); ++i) {
      for (const Clause* clause : clauses[i]) {
        const Result<bool> keeps = united.Keeps(*clause, i);
        if (!keeps) {
          return Error(keeps.error())
              .While("there is no union of the profiles: " + call.name + " on " +
                     std::string(schema::kernel::Facts(architecture).name));
        }
        if (*keeps) call.clauses.push_back(*clause);
      }
    }
    return call;
  }

  std::span<const Policy> policies_;
  Effort effort_{schema::policy::kMaxEffort};
};

}  // namespace

Result<Policy> Unite(std::span<const Policy> policies) { return Uniter(policies).Unite(); }

}  // namespace lint::merge
