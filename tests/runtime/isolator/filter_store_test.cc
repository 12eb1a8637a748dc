#include "runtime/isolator/filter_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "schema/kernel/capability.h"

namespace runtime::isolator {
namespace {

namespace fs = std::filesystem;
using schema::filter::Filter;

class FilterStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    const auto host = HostTarget();
    ASSERT_TRUE(host) << host.error().message;
    target_ = *host;
    filter_.program = {{1, 2, 3, 4}, {6, 0, 0, 0x7fff0000}};
    filter_.flags = 2;
    store().Insert("text", target_, {}, filter_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  FilterStore store() const { return FilterStore(folder_ + "/cache"); }

  std::string folder_ = testing::TempDir() + "filter_store_XXXXXX";
  schema::kernel::Target target_;
  Filter filter_;
};

TEST_F(FilterStoreTest, FindsWhatWasInserted) {
  const auto found = store().Find("text", target_, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->flags, 2U);
  ASSERT_EQ(found->program.size(), 2U);
  EXPECT_EQ(std::memcmp(found->program.data(), filter_.program.data(), 2 * sizeof(sock_filter)), 0);
}

TEST_F(FilterStoreTest, EverythingOfItCounts) {
  EXPECT_FALSE(store().Find("text ", target_, {}));
  schema::kernel::Target other = target_;
  other.capabilities = schema::kernel::CapabilitySet::Docker();
  EXPECT_FALSE(store().Find("text", other, {}));
  EXPECT_FALSE(store().Find("text", target_, {false, {}}));
  EXPECT_FALSE(store().Find("text", target_, {true, schema::filter::Compiler::kLibseccomp}));
}

TEST_F(FilterStoreTest, AListenerIsNotKept) {
  filter_.listener = {"/run/listener.sock", ""};
  store().Insert("with listener", target_, {}, filter_);
  EXPECT_FALSE(store().Find("with listener", target_, {}));
}

// The head of a file says how long its key and value are: the last is made another length.
TEST_F(FilterStoreTest, WhatIsNoFilterIsNotFound) {
  const fs::path file = *fs::directory_iterator(folder_ + "/cache");
  std::string text(fs::file_size(file), '\0');
  std::ifstream(file, std::ios::binary)
      .read(text.data(), static_cast<std::streamsize>(text.size()));
  const std::string head = text.substr(0, text.find('\n'));
  ASSERT_TRUE(head.ends_with(" 20")) << head;
  for (const std::size_t length : {0U, 4U, 5U, 19U}) {
    std::string other = text.substr(0, text.size() - 20 + length);
    other.replace(head.size() - 2, 2, std::to_string(length));
    std::ofstream(file, std::ios::binary) << other;
    EXPECT_FALSE(store().Find("text", target_, {})) << length;
  }
  std::ofstream(file, std::ios::binary) << text;
  EXPECT_TRUE(store().Find("text", target_, {}));
}

}  // namespace
}  // namespace runtime::isolator
