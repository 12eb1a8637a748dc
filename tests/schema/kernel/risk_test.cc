#include "schema/kernel/risk.h"

#include <gtest/gtest.h>

#include "schema/kernel/syscall.h"

namespace schema::kernel {
namespace {

TEST(Risk, TheTableIsSortedAndSaysWhyAndWhence) {
  std::string_view before;
  for (const Risk& risk : Risks()) {
    EXPECT_LT(before, risk.call);
    before = risk.call;
    EXPECT_NE(FindSyscall(risk.call), nullptr) << risk.call;
    EXPECT_FALSE(risk.gains.empty() || risk.source.empty()) << risk.call;
    EXPECT_FALSE(risk.gains.ends_with(".")) << risk.call;
    EXPECT_EQ(FindRisk(risk.call), &risk);
  }
  EXPECT_EQ(FindRisk("read"), nullptr);
  EXPECT_EQ(FindRisk(""), nullptr);
  EXPECT_EQ(FindRisk("zzz"), nullptr);
}

}  // namespace
}  // namespace schema::kernel
