#include "runtime/isolator/disk_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace runtime::isolator {
namespace {

namespace fs = std::filesystem;

class DiskCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / "disk-cache-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    folder_ += "/cache";
  }
  void TearDown() override { fs::remove_all(fs::path(folder_).parent_path()); }

  // Of one part.
  static std::optional<std::string> Find(const DiskCache& cache, std::string_view key) {
    return cache.Find(std::array{key});
  }
  static void Insert(const DiskCache& cache, std::string_view key, std::string_view value) {
    cache.Insert(std::array{key}, value);
  }

  std::string folder_;
};

TEST_F(DiskCacheTest, FindsWhatWasInserted) {
  const DiskCache cache(folder_);
  EXPECT_FALSE(Find(cache, "key"));
  Insert(cache, "key", "value");
  Insert(cache, "other", std::string("\0\n", 2));
  EXPECT_EQ(Find(cache, "key"), "value");
  EXPECT_EQ(Find(DiskCache(folder_), "other"), std::string("\0\n", 2));
  EXPECT_FALSE(Find(cache, "keys"));
}

TEST_F(DiskCacheTest, DropsItsOwnFilesAlone) {
  const DiskCache cache(folder_);
  const std::string other = folder_ + "/of-somebody-else";
  std::ofstream(other) << "keep";
  for (int i = 0; i < 300; ++i) Insert(cache, std::to_string(i), "value");
  EXPECT_TRUE(fs::exists(other));
  EXPECT_FALSE(Find(cache, "0"));
  EXPECT_TRUE(Find(cache, "299"));
}

TEST_F(DiskCacheTest, AKeyMayHaveParts) {
  const DiskCache cache(folder_);
  cache.Insert(std::array<std::string_view, 2>{"made of", "text"}, "value");
  EXPECT_EQ(cache.Find(std::array<std::string_view, 2>{"made of", "text"}), "value");
  EXPECT_FALSE(cache.Find(std::array<std::string_view, 2>{"made of", "tex"}));
  EXPECT_FALSE(cache.Find(std::array<std::string_view, 2>{"text", "made of"}));
}

// The name of a file is a hash: two keys may share it.
TEST_F(DiskCacheTest, TheWholeKeyCounts) {
  const DiskCache cache(folder_);
  Insert(cache, "one", "value");
  const std::string name = fs::directory_iterator(folder_)->path();
  std::stringstream text;
  text << std::ifstream(name).rdbuf();
  std::string other = text.str();
  other.replace(other.find("one"), 3, "two");
  std::ofstream(name) << other;
  EXPECT_FALSE(Find(cache, "one"));
  const std::string whole = text.str();
  const std::string head = whole.substr(0, whole.find('\n') + 1);
  for (const std::string& broken :
       {std::string(), head, head + "oneval", head + "onevaluX", head + "onevaluee",
        head.substr(0, 20) + "\nonevalue", "x" + whole}) {
    std::ofstream(name) << broken;
    EXPECT_FALSE(Find(cache, "one")) << broken;
  }
  std::ofstream(name) << whole;
  EXPECT_EQ(Find(cache, "one"), "value");
}

TEST_F(DiskCacheTest, WhatOthersMayWriteIsNotBelieved) {
  Insert(DiskCache(folder_), "key", "value");
  ASSERT_EQ(chmod(folder_.c_str(), 0770), 0);
  EXPECT_FALSE(Find(DiskCache(folder_), "key"));
  ASSERT_EQ(chmod(folder_.c_str(), 0700), 0);
  EXPECT_TRUE(Find(DiskCache(folder_), "key"));
  fs::create_directory_symlink(folder_, folder_ + "-link");
  EXPECT_FALSE(Find(DiskCache(folder_ + "-link"), "key"));
  EXPECT_FALSE(Find(DiskCache(""), "key"));
}

TEST_F(DiskCacheTest, StaysSmall) {
  const DiskCache cache(folder_);
  for (int i = 0; i < 600; ++i) Insert(cache, std::to_string(i), "value");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_)) ++files;
  EXPECT_LE(files, 256U);
  EXPECT_TRUE(Find(cache, "599"));
}

}  // namespace
}  // namespace runtime::isolator
