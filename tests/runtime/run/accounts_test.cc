// Both ways to ask for users and groups get the same answers.

#include "runtime/run/accounts.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/run/identity.h"

namespace runtime::run {

bool operator==(const Account& a, const Account& b) {
  return std::tie(a.name, a.uid, a.gid) == std::tie(b.name, b.uid, b.gid);
}

namespace {

constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/sh\n"
    "anna:x:1000:100:Anna,,,:/home/anna:/bin/sh\n"
    "bob:x:1001:1001::/:\n"
    "5:x:1002:1002::/:\n";
constexpr char kGroup[] =
    "root:x:0:\n"
    "users:x:100:anna\n"
    "disk:x:6:root,anna\n"
    "video:x:44:anna\n"
    "5:x:1002:\n";

// The databases of this test alone: in a mount namespace of its own.
class AccountsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    std::string folder = (std::filesystem::temp_directory_path() / "accounts-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    for (const auto& [name, text] :
         {std::pair("/passwd", kPasswd), std::pair("/group", kGroup),
          std::pair("/nsswitch.conf", "passwd: files\ngroup: files\n")}) {
      std::ofstream(folder + name) << text;
      ASSERT_EQ(mount((folder + name).c_str(), (std::string("/etc") + name).c_str(), nullptr,
                      MS_BIND, nullptr),
                0);
    }
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
  }
};

TEST_F(AccountsTest, UsersByName) {
  for (const Accounts& accounts : {kLibraryAccounts, kGetentAccounts}) {
    EXPECT_EQ(*accounts.user_by_name("anna").value(), (Account{"anna", 1000, 100}));
    EXPECT_EQ(*accounts.user_by_name("bob").value(), (Account{"bob", 1001, 1001}));
    for (const char* absent : {"", "nobody", "-x", "+0", " 0", "-1", "anna:", "anna\n", "--help"}) {
      EXPECT_FALSE(accounts.user_by_name(absent).value()) << absent;
    }
  }
}

TEST_F(AccountsTest, UsersById) {
  for (const Accounts& accounts : {kLibraryAccounts, kGetentAccounts}) {
    EXPECT_EQ(*accounts.user_by_id(1000).value(), (Account{"anna", 1000, 100}));
    EXPECT_FALSE(accounts.user_by_id(5).value());
    EXPECT_FALSE(accounts.user_by_id(4294967294).value());
  }
}

TEST_F(AccountsTest, Groups) {
  for (const Accounts& accounts : {kLibraryAccounts, kGetentAccounts}) {
    EXPECT_EQ(accounts.group_by_name("disk").value(), gid_t{6});
    for (const char* absent : {"", "nogroup", "+6", " 6"}) {
      EXPECT_FALSE(accounts.group_by_name(absent).value()) << absent;
    }
  }
}

TEST_F(AccountsTest, GroupsOfUsers) {
  for (const Accounts& accounts : {kLibraryAccounts, kGetentAccounts}) {
    auto groups = accounts.groups_of({"anna", 1000, 100}).value();
    EXPECT_EQ(groups.front(), 100U);
    std::ranges::sort(groups);
    EXPECT_EQ(groups, (std::vector<gid_t>{6, 44, 100}));
    EXPECT_EQ(accounts.groups_of({"bob", 1001, 1001}).value(), std::vector<gid_t>{1001});
  }
}

TEST_F(AccountsTest, WithoutGetentNumbersAreKnown) {
  ASSERT_EQ(mount("/dev/null", "/usr/bin/getent", nullptr, MS_BIND, nullptr), 0);
  const auto user = FindUser("1000:6", kGetentAccounts);
  EXPECT_TRUE(user && user->uid == 1000 && user->gid == 6);
  const auto named = FindUser("anna", kGetentAccounts);
  ASSERT_FALSE(named);
  EXPECT_NE(named.error().message.find("/usr/bin/getent passwd anna"), std::string::npos)
      << named.error().message;
  ASSERT_EQ(umount("/usr/bin/getent"), 0);
}

TEST_F(AccountsTest, OddAnswers) {
  std::string script = (std::filesystem::temp_directory_path() / "getent-XXXXXX").string();
  ::close(mkstemp(script.data()));
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  for (const char* answer : {"exec yes", "echo", "echo anna:x:", "exit 1", "kill -9 $$"}) {
    std::ofstream(script) << "#!/bin/sh\n" << answer << "\n";
    ASSERT_EQ(mount(script.c_str(), "/usr/bin/getent", nullptr, MS_BIND, nullptr), 0);
    EXPECT_FALSE(kGetentAccounts.user_by_id(1000)) << answer;
    EXPECT_FALSE(kGetentAccounts.groups_of({"somebody", 1000, 100})) << answer;
    ASSERT_EQ(umount("/usr/bin/getent"), 0);
  }
  std::filesystem::remove(script);
}

}  // namespace
}  // namespace runtime::run
