#include "runtime/agent/remove_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "schema/descriptor.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

class RemoveTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "remove_tree_test.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    outside_ = pattern;
    top_ = outside_ / "top";
    fs::create_directory(top_);
  }
  void TearDown() override { fs::remove_all(outside_); }

  // A folder in a folder, so many, with a file in each.
  void MakeDeep(const fs::path& from, int levels) const {
    schema::Descriptor folder(open(from.c_str(), O_PATH | O_DIRECTORY));
    for (int i = 0; i < levels; ++i) {
      ASSERT_EQ(mkdirat(folder.number(), "0", 0700), 0);
      ASSERT_EQ(mknodat(folder.number(), "file", S_IFREG | 0600, 0), 0);
      folder = schema::Descriptor(openat(folder.number(), "0", O_PATH | O_DIRECTORY));
    }
  }

  fs::path outside_;
  fs::path top_;
};

TEST_F(RemoveTreeTest, AFolderThatIsNotThere) {
  EXPECT_TRUE(RemoveTree(top_ / "none"));
  EXPECT_TRUE(RemoveTree(top_));
  EXPECT_FALSE(fs::exists(top_));
}

TEST_F(RemoveTreeTest, DeeperThanThereAreDescriptors) {
  MakeDeep(top_, 1000);
  fs::create_directories(top_ / "1/2/3");
  std::ofstream(top_ / "2") << "where a folder would be moved to";
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  rlim_t highest = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    highest = std::max<rlim_t>(highest, std::stoul(entry.path().filename()));
  }
  const rlimit few = {highest + 3, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const auto removed = RemoveTree(top_);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_FALSE(fs::exists(top_));
}

TEST_F(RemoveTreeTest, LinksAreNotFollowed) {
  fs::create_directory(outside_ / "kept");
  std::ofstream(outside_ / "kept/file") << "kept";
  fs::create_directory(top_ / "folder");
  fs::create_symlink(outside_ / "kept", top_ / "link");
  fs::create_symlink(outside_ / "kept", top_ / "folder/link");
  EXPECT_TRUE(RemoveTree(top_));
  EXPECT_TRUE(fs::exists(outside_ / "kept/file"));
  fs::create_symlink(outside_ / "kept", top_);
  EXPECT_FALSE(RemoveTree(top_));
  EXPECT_TRUE(fs::exists(outside_ / "kept/file"));
}

TEST_F(RemoveTreeTest, WhatCannotBeRemovedIsTold) {
  fs::create_directory(top_ / "busy");
  if (mount("none", (top_ / "busy").c_str(), "tmpfs", 0, nullptr) != 0) {
    GTEST_SKIP() << "needs to mount";
  }
  const auto removed = RemoveTree(top_);
  umount2((top_ / "busy").c_str(), MNT_DETACH);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().system_errno, EBUSY);
}

}  // namespace
}  // namespace runtime::agent
