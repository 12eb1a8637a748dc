#include "runtime/run/identity.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>

#include <cerrno>
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

constexpr std::size_t kMaxEntryBytes = std::size_t{1} << 20U;  // of passwd or group

// A uid or gid; the highest number means "no change" to setresuid(2).
std::optional<id_t> ParseId(std::string_view text) {
  id_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (id == static_cast<id_t>(-1)) return std::nullopt;
  return id;
}

// getpwnam_r and its like: `lookup(entry, buffer, &found)` until the buffer is large enough. The
// buffer holds what `entry` points to. false: there is none.
template <class Entry, class Lookup>
Result<bool> LookUp(Entry& entry, std::vector<char>& buffer, const std::string& what,
                    Lookup lookup) {
  buffer.resize(1024);
  for (;;) {
    Entry* found = nullptr;
    const int error = lookup(&entry, buffer, &found);
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

Result<bool> LookUpUser(const std::string& name, passwd& entry, std::vector<char>& buffer) {
  const auto id = ParseId(name);
  return LookUp(entry, buffer, "user " + name,
                [&](passwd* to, std::vector<char>& bytes, auto** at) {
                  return id ? getpwuid_r(*id, to, bytes.data(), bytes.size(), at)
                            : getpwnam_r(name.c_str(), to, bytes.data(), bytes.size(), at);
                });
}

Result<gid_t> FindGroup(const std::string& name) {
  if (const auto id = ParseId(name)) return gid_t{*id};
  group entry = {};
  std::vector<char> buffer;
  auto found =
      LookUp(entry, buffer, "group " + name, [&](group* to, std::vector<char>& bytes, auto** at) {
        return getgrnam_r(name.c_str(), to, bytes.data(), bytes.size(), at);
      });
  if (!found) return std::move(found).error();
  if (!*found) return Error{ErrorCode::kNotFound, "there is no group \"" + name + "\"", 0};
  return entry.gr_gid;
}

Result<std::vector<gid_t>> GroupsOf(const passwd& entry) {
  std::vector<gid_t> groups(64);
  for (;;) {
    int count = static_cast<int>(groups.size());
    const int result = getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count);
    if (result >= 0) {
      groups.resize(static_cast<std::size_t>(count));
      return groups;
    }
    if (static_cast<std::size_t>(count) <= groups.size()) {
      return Error{ErrorCode::kSystem, "cannot list the groups of " + std::string(entry.pw_name),
                   0};
    }
    groups.resize(static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<launch::User> FindUser(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  passwd entry = {};
  std::vector<char> buffer;
  auto found = LookUpUser(name, entry, buffer);
  if (!found) return std::move(found).error();
  const auto id = ParseId(name);
  if (!*found && !id) {
    return Error{ErrorCode::kNotFound, "there is no user \"" + name + "\"", 0};
  }
  launch::User user;
  user.uid = *found ? entry.pw_uid : *id;
  if (colon != std::string::npos) {
    auto group = FindGroup(text.substr(colon + 1));
    if (!group) return std::move(group).error();
    user.gid = *group;
    return user;
  }
  if (!*found) {
    return Error{
        ErrorCode::kNotFound,
        "no user has the number " + name + ": give its group too, as in " + name + ":" + name, 0};
  }
  user.gid = entry.pw_gid;
  auto groups = GroupsOf(entry);
  if (!groups) return std::move(groups).error();
  user.groups = std::move(*groups);
  return user;
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
