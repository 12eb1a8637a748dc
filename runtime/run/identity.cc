#include "runtime/run/identity.h"

#include <sys/prctl.h>

#include <charconv>
#include <climits>
#include <optional>
#include <utility>
#include <vector>

#include "lint/report/printable.h"

namespace runtime::run {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::kernel::CapabilitySet;

Error NoSuch(const char* what, const std::string& name) {
  return {ErrorCode::kNotFound,
          "there is no " + std::string(what) + " \"" +
              lint::report::Shortened(name, LOGIN_NAME_MAX) + "\"",
          0};
}

Result<gid_t> FindGroup(const std::string& name, const Accounts& accounts) {
  if (const auto id = ParseId(name)) return gid_t{*id};
  if (name.size() >= LOGIN_NAME_MAX) return NoSuch("group", name);
  const auto found = accounts.group_by_name(name);
  if (!found) return Error(found.error());
  if (!*found) return NoSuch("group", name);
  return **found;
}

Result<Account> FindAccount(const std::string& name, const Accounts& accounts) {
  if (name.size() >= LOGIN_NAME_MAX) return NoSuch("user", name);
  const auto id = ParseId(name);
  const auto found = id ? accounts.user_by_id(*id) : accounts.user_by_name(name);
  if (!found) return Error(found.error());
  if (*found) return **found;
  if (!id) return NoSuch("user", name);
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

std::optional<id_t> ParseId(std::string_view text) {
  id_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (id == static_cast<id_t>(-1)) return std::nullopt;
  return id;
}

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
