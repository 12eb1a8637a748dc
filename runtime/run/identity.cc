#include "runtime/run/identity.h"

#include <sys/prctl.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace runtime::run {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::kernel::CapabilitySet;

// A uid or gid; the highest number means "no change" to setresuid(2).
std::optional<id_t> ParseId(std::string_view text) {
  id_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (id == static_cast<id_t>(-1)) return std::nullopt;
  return id;
}

Result<gid_t> FindGroup(const std::string& name, const Accounts& accounts) {
  if (const auto id = ParseId(name)) return gid_t{*id};
  const auto found = accounts.group_by_name(name);
  if (!found) return Error(found.error());
  if (!*found) return Error{ErrorCode::kNotFound, "there is no group \"" + name + "\"", 0};
  return **found;
}

Result<Account> FindAccount(const std::string& name, const Accounts& accounts) {
  const auto id = ParseId(name);
  const auto found = id ? accounts.user_by_id(*id) : accounts.user_by_name(name);
  if (!found) return Error(found.error());
  if (*found) return **found;
  if (!id) return Error{ErrorCode::kNotFound, "there is no user \"" + name + "\"", 0};
  return Error{
      ErrorCode::kNotFound,
      "no user has the number " + name + ": give its group too, as in " + name + ":" + name, 0};
}

Result<uid_t> FindUid(const std::string& name, const Accounts& accounts) {
  if (const auto id = ParseId(name)) return uid_t{*id};
  const auto account = FindAccount(name, accounts);
  if (!account) return Error(account.error());
  return account->uid;
}

}  // namespace

Result<launch::User> FindUser(const std::string& text, const Accounts& accounts) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const auto uid = FindUid(text.substr(0, colon), accounts);
    if (!uid) return Error(uid.error());
    const auto gid = FindGroup(text.substr(colon + 1), accounts);
    if (!gid) return Error(gid.error());
    return launch::User{*uid, *gid, {}};
  }
  const auto account = FindAccount(text, accounts);
  if (!account) return Error(account.error());
  auto groups = accounts.groups_of(*account);
  if (!groups) return Error(groups.error());
  return launch::User{account->uid, account->gid, std::move(*groups)};
}

CapabilitySet OwnBoundingSet() {
  CapabilitySet set;
  for (unsigned i = 0; i < 64; ++i) {
    const int has = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
    if (has < 0) break;  // EINVAL: past the last one
    if (has == 1) set.Add(i);
  }
  return set;
}

CapabilitySet Intersection(CapabilitySet a, CapabilitySet b) {
  return CapabilitySet(a.bits() & b.bits());
}

}  // namespace runtime::run
