// Why a call of an audit record got what it got, by the profile that was loaded.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lint/cli/placed_call.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/remedy.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/audit_record.h"
#include "schema/kernel/risk.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/policy/region.h"

namespace lint::cli {

// What has a part in the decision: "allows it only with CAP_SYS_ADMIN, ..." of a rule, or a
// sentence of its own.
struct Reason {
  std::optional<std::size_t> rule;
  std::string text;
};

struct Explanation {
  PlacedCall placed;
  std::optional<schema::kernel::Verdict> did;  // by the record; std::nullopt: it does not say
  std::vector<schema::policy::CallOutcome> outcomes;  // empty: see `undecided`
  std::string undecided;                              // why no verdict can be told
  std::vector<Reason> reasons;
  std::string
      mismatch;  // why the record cannot come from this profile on this target; may be empty
  std::vector<Remedy> remedies;  // each allows the call, alone; the smallest first
  const schema::kernel::Risk* risk = nullptr;
  std::vector<std::string> notes;  // sentences
};

// `input`: the profile; its target and policy are not looked at, but those of `placed`.
// Errors: kInvalid or kLimit, the profile means nothing on that target.
schema::Result<Explanation> Explain(const ProfileInput& input, const PlacedCall& placed,
                                    const schema::kernel::AuditRecord& record,
                                    schema::policy::ResolveOptions options);

}  // namespace lint::cli
