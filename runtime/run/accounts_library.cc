#include <grp.h>
#include <pwd.h>

#include <cerrno>

#include "runtime/run/accounts.h"

namespace runtime::run {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;

constexpr std::size_t kMaxEntryBytes = std::size_t{1} << 20U;  // of passwd or group

// getpwnam_r and its like: `look_up(entry, buffer, &found)` until the buffer is large enough. The
// buffer holds what `entry` points to. false: there is none.
template <class Entry, class LookUp>
Result<bool> Find(Entry& entry, std::vector<char>& buffer, const std::string& what,
                  LookUp look_up) {
  buffer.resize(1024);
  for (;;) {
    Entry* found = nullptr;
    const int error = look_up(&entry, buffer, &found);
    if (found != nullptr) return true;
    if (error == ERANGE && buffer.size() < kMaxEntryBytes) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    // As getpwnam(3) says, "not found" comes under many numbers.
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) {
      return false;
    }
    return schema::SystemError("look up " + what, error);
  }
}

template <class LookUp>
Result<std::optional<Account>> FindUser(const std::string& what, LookUp look_up) {
  passwd entry = {};
  std::vector<char> buffer;
  const auto found = Find(entry, buffer, "user " + what, look_up);
  if (!found) return Error(found.error());
  if (!*found) return std::optional<Account>();
  return std::optional(Account{entry.pw_name, entry.pw_uid, entry.pw_gid});
}

Result<std::optional<Account>> UserByName(const std::string& name) {
  return FindUser(name, [&](passwd* to, std::vector<char>& bytes, auto** at) {
    return getpwnam_r(name.c_str(), to, bytes.data(), bytes.size(), at);
  });
}

Result<std::optional<Account>> UserById(uid_t id) {
  return FindUser(std::to_string(id), [&](passwd* to, std::vector<char>& bytes, auto** at) {
    return getpwuid_r(id, to, bytes.data(), bytes.size(), at);
  });
}

Result<std::optional<gid_t>> GroupByName(const std::string& name) {
  group entry = {};
  std::vector<char> buffer;
  const auto found =
      Find(entry, buffer, "group " + name, [&](group* to, std::vector<char>& bytes, auto** at) {
        return getgrnam_r(name.c_str(), to, bytes.data(), bytes.size(), at);
      });
  if (!found) return Error(found.error());
  return *found ? std::optional(entry.gr_gid) : std::nullopt;
}

Result<std::vector<gid_t>> GroupsOf(const Account& account) {
  std::vector<gid_t> groups(64);
  for (;;) {
    int count = static_cast<int>(groups.size());
    const int result = getgrouplist(account.name.c_str(), account.gid, groups.data(), &count);
    const auto size = static_cast<std::size_t>(count);
    if (result < 0 && size <= groups.size()) {
      return Error{ErrorCode::kSystem, "cannot list the groups of " + account.name, 0};
    }
    groups.resize(size);
    if (result >= 0) return groups;
  }
}

}  // namespace

const Accounts kLibraryAccounts = {UserByName, UserById, GroupByName, GroupsOf};

}  // namespace runtime::run
