#include "runtime/isolator/filter_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
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
    store().Insert("text", filter_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  FilterStore StoreFor(const schema::kernel::Target& target, const FilterOptions& options) const {
    return {folder_ + "/cache", target, options};
  }
  FilterStore store() const { return StoreFor(target_, {}); }

  std::string folder_ = testing::TempDir() + "filter_store_XXXXXX";
  schema::kernel::Target target_;
  Filter filter_;
};

TEST_F(FilterStoreTest, FindsWhatWasInserted) {
  const auto found = store().Find("text");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->flags, 2U);
  ASSERT_EQ(found->program.size(), 2U);
  EXPECT_EQ(std::memcmp(found->program.data(), filter_.program.data(), 2 * sizeof(sock_filter)), 0);
}

TEST_F(FilterStoreTest, EverythingOfItCounts) {
  EXPECT_FALSE(store().Find("text "));
  schema::kernel::Target other = target_;
  other.capabilities = schema::kernel::CapabilitySet::Docker();
  EXPECT_FALSE(StoreFor(other, {}).Find("text"));
  EXPECT_FALSE(StoreFor(target_, {false, {}}).Find("text"));
  EXPECT_FALSE(StoreFor(target_, {true, schema::filter::Compiler::kLibseccomp}).Find("text"));
}

TEST_F(FilterStoreTest, AListenerIsNotKept) {
  filter_.listener = {"/run/listener.sock", ""};
  store().Insert("with listener", filter_);
  EXPECT_FALSE(store().Find("with listener"));
}

// What the cache gives back as it was put in, but is none.
TEST_F(FilterStoreTest, WhatIsNoFilterIsNotFound) {
  for (const std::size_t count : {0U, 5000U}) {
    filter_.program.assign(count, sock_filter{6, 0, 0, 0});
    store().Insert("odd", filter_);
    EXPECT_FALSE(store().Find("odd")) << count;
  }
}

}  // namespace
}  // namespace runtime::isolator
