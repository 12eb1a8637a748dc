// The call of an audit record, on the machine that it was made on.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/kernel/architecture.h"
#include "schema/kernel/audit_record.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"

namespace lint::cli {

// Without its arguments, which no record has.
struct PlacedCall {
  schema::kernel::Target target;
  std::optional<schema::kernel::Architecture> architecture;  // std::nullopt: unknown, as written:
  std::string arch;
  std::optional<std::uint32_t> number;  // std::nullopt: the architecture has no call of the name
  std::string name;                     // empty: the number is no call's

  schema::policy::Call call() const;
};

// Where the record's call was made. The record's architecture counts, not the target's: the target
// is that of the machine, which for a call of a 32-bit ABI of a 64-bit kernel is the 64-bit one.
PlacedCall Place(const schema::kernel::AuditRecord& record, const schema::kernel::Target& target);

// What the policy's rules say of the call.
std::span<const schema::policy::Clause> ClausesOf(const schema::policy::Policy& policy,
                                                  const PlacedCall& placed);

bool Names(const schema::profile::Rule& rule, std::string_view name);

}  // namespace lint::cli
