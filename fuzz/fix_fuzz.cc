// Fixes: none that is called safe is refused by the proof, every call gets from the fixed profile
// what it got before, and a fixed profile has nothing more to fix.

#include <string>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "fuzz/sample_calls.h"
#include "lint/engine/engine.h"
#include "lint/engine/fix_text.h"
#include "schema/json/reader.h"
#include "schema/policy/conflict.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using lint::engine::FixedFile;
using lint::engine::FixOptions;
using lint::engine::FixText;
using schema::policy::Decide;
using schema::profile::Profile;

lint::engine::Options TwoTargets() {
  lint::engine::Options options;
  for (const char* text : {"arch=x86_64,kernel=6.1,caps=docker,engine=isolator",
                           "arch=s390x,kernel=5.10,caps=none,engine=docker"}) {
    options.targets.push_back(*schema::kernel::ParseTarget(text, {}));
  }
  REQUIRE(options.selection.Select("all"));
  return options;
}

// The result is JSON wherever the input was.
std::optional<Profile> ProfileOf(const std::string& text) {
  const auto json = schema::json::Read(text);
  REQUIRE(json.valid);
  return schema::profile::Parse(json.document).profile;
}

void CheckSame(const Profile& before, const Profile& after, const lint::engine::Options& options) {
  for (const auto& target : options.targets) {
    for (const bool horizon : {false, true}) {
      const auto old_policy = schema::policy::Resolve(before, target, {.enosys_horizon = horizon});
      const auto new_policy = schema::policy::Resolve(after, target, {.enosys_horizon = horizon});
      REQUIRE(old_policy.has_value() == new_policy.has_value());
      if (!old_policy || !schema::policy::FindConflicts(*old_policy).empty()) continue;
      for (const auto* policy : {&*old_policy, &*new_policy}) {
        for (const auto& call : fuzz::CallsAround(*policy)) {
          REQUIRE(Decide(*old_policy, call).verdict == Decide(*new_policy, call).verdict);
        }
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 16384;
  if (size > kLongest) return 0;
  static const lint::engine::Options options = TwoTargets();
  const std::string text(fuzz::AsText(data, size));
  if (!schema::json::Read(text).valid) return 0;
  const FixedFile fixed = FixText("f", text, options);
  REQUIRE(fixed.refused.empty());
  const std::string& result = fixed.report.document.text;
  REQUIRE(fixed.fixed != 0 || result == text);
  const auto before = ProfileOf(text);
  const auto after = ProfileOf(result);
  REQUIRE(before.has_value() == after.has_value());
  if (before && before->complete) CheckSame(*before, *after, options);
  REQUIRE(FixText("f", result, options).fixed == 0);
  FixOptions with_unsafe;
  with_unsafe.unsafe = true;
  (void)ProfileOf(FixText("f", text, options, with_unsafe).report.document.text);
  return 0;
}
