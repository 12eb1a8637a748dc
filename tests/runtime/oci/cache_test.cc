#include "runtime/oci/cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace runtime::oci {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / "oci-cache-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    folder_ += "/cache";
  }
  void TearDown() override { fs::remove_all(fs::path(folder_).parent_path()); }

  std::string folder_;
};

TEST_F(CacheTest, FindsWhatWasInserted) {
  const Cache cache(folder_);
  EXPECT_FALSE(cache.Find("key"));
  cache.Insert("key", {"seccomp", "program"});
  cache.Insert("other", {"", "p"});
  EXPECT_EQ(cache.Find("key"), (Made{"seccomp", "program"}));
  EXPECT_EQ(Cache(folder_).Find("other"), (Made{"", "p"}));
  EXPECT_FALSE(cache.Find("keys"));
}

TEST_F(CacheTest, DropsItsOwnFilesAlone) {
  const Cache cache(folder_);
  const std::string other = folder_ + "/of-somebody-else";
  std::ofstream(other) << "keep";
  for (int i = 0; i < 300; ++i) cache.Insert(std::to_string(i), {"", "p"});
  EXPECT_TRUE(fs::exists(other));
  EXPECT_FALSE(cache.Find("0"));
  EXPECT_TRUE(cache.Find("299"));
}

// The name of a file is a hash: two keys may share it.
TEST_F(CacheTest, TheWholeKeyCounts) {
  const Cache cache(folder_);
  cache.Insert("one", {"s", "p"});
  const std::string name = fs::directory_iterator(folder_)->path();
  std::stringstream text;
  text << std::ifstream(name).rdbuf();
  std::string other = text.str();
  other.replace(other.find("one"), 3, "two");
  std::ofstream(name) << other;
  EXPECT_FALSE(cache.Find("one"));
  for (const char* broken :
       {"", "seccomp-oci cache 1", "seccomp-oci cache 1 3 1 9\nonesp",
        "seccomp-oci cache 2 3 1 1\nonesp", "seccomp-oci cache 1 3 -1 1\none"}) {
    std::ofstream(name) << broken;
    EXPECT_FALSE(cache.Find("one")) << broken;
  }
  std::ofstream(name) << "seccomp-oci cache 1 3 1 1\nonesp";
  EXPECT_TRUE(cache.Find("one"));
}

TEST_F(CacheTest, WhatOthersMayWriteIsNotBelieved) {
  Cache(folder_).Insert("key", {"s", "p"});
  ASSERT_EQ(chmod(folder_.c_str(), 0770), 0);
  EXPECT_FALSE(Cache(folder_).Find("key"));
  ASSERT_EQ(chmod(folder_.c_str(), 0700), 0);
  EXPECT_TRUE(Cache(folder_).Find("key"));
  fs::create_directory_symlink(folder_, folder_ + "-link");
  EXPECT_FALSE(Cache(folder_ + "-link").Find("key"));
  EXPECT_FALSE(Cache("").Find("key"));
}

TEST_F(CacheTest, StaysSmall) {
  const Cache cache(folder_);
  for (int i = 0; i < 600; ++i) cache.Insert(std::to_string(i), {"s", "p"});
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_)) ++files;
  EXPECT_LE(files, 256U);
  EXPECT_TRUE(cache.Find("599"));
}

}  // namespace
}  // namespace runtime::oci
