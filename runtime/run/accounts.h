// What this host's databases say of users and groups.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace runtime::run {

// A uid or gid in decimal; the highest number means "no change" to setresuid(2) and is none.
std::optional<id_t> ParseId(std::string_view text);

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

// How they are asked. Nothing: there is none. Errors: kSystem, they cannot be read.
struct Accounts {
  schema::Result<std::optional<Account>> (*user_by_name)(const std::string& name);
  schema::Result<std::optional<Account>> (*user_by_id)(uid_t id);
  schema::Result<std::optional<gid_t>> (*group_by_name)(const std::string& name);
  // All that the user is a member of, its own first.
  schema::Result<std::vector<gid_t>> (*groups_of)(const Account& account);
};

// By getpwnam(3) and its like, which load the libraries that /etc/nsswitch.conf names: for programs
// that are linked dynamically.
extern const Accounts kLibraryAccounts;

// By getent(1), a process for each question: for all others.
extern const Accounts kGetentAccounts;

}  // namespace runtime::run
