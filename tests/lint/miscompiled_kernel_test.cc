// The running kernel does what the wrong filters of libseccomp say: what SL509 finds is real.

#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "schema/filter/bounded_compile.h"
#include "schema/filter/prove.h"
#include "tests/lint/miscompiled.h"
#include "tests/profiles/kernel_probe.h"

namespace lint::testing {
namespace {

// Loads the filter as it is, without a proof, and makes the witness's call, which a second filter
// keeps from running (profiles::Probe).
TEST(MiscompiledInTheKernel, GetsTheWrongVerdict) {
  if (const auto why = profiles::WhyNotCallable(schema::kernel::Architecture::kX86_64);
      !why.empty()) {
    GTEST_SKIP() << why;
  }
  const auto all = AllMiscompiled();
  if (all.empty()) GTEST_SKIP() << "this libseccomp is not 2.5.4";
  for (const Miscompiled& profile : all) {
    if (profile.Is("endless")) continue;
    const auto policy = MeaningOf(profile.text);
    const auto compiled = schema::filter::CompileBounded(policy);
    ASSERT_TRUE(compiled) << profile.name;
    const auto found = schema::filter::FindCounterexample(compiled->program, policy);
    ASSERT_TRUE(found && *found) << profile.name;
    const auto observed = profiles::Probe(*compiled, (*found)->call);
    ASSERT_TRUE(observed) << profile.name << ": " << observed.error().message;
    EXPECT_EQ(ToString(*observed), ToString(profiles::Visible((*found)->got))) << profile.name;
    EXPECT_NE(ToString(*observed), ToString(profiles::Visible((*found)->expected))) << profile.name;
    std::cout << profile.name << ": " << schema::filter::ToString((*found)->call) << " is "
              << ToString(*observed) << "\n";
  }
}

}  // namespace
}  // namespace lint::testing
