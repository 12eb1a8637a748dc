// Two profiles, or one on two targets: each difference has a witness that gets what it says, and a
// call that no difference is about gets the same from both.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "fuzz/sample_calls.h"
#include "schema/json/reader.h"
#include "schema/policy/difference.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using schema::kernel::Verdict;
using schema::policy::Call;
using schema::policy::Decide;
using schema::policy::Difference;
using schema::policy::Policy;

std::optional<Policy> PolicyOf(std::string_view text, const char* target, bool horizon) {
  const auto json = schema::json::Read(std::string(text));
  if (!json.valid) return std::nullopt;
  const auto parsed = schema::profile::Parse(json.document);
  if (!parsed.profile) return std::nullopt;
  auto policy = schema::policy::Resolve(*parsed.profile, *schema::kernel::ParseTarget(target, {}),
                                        {.enosys_horizon = horizon});
  if (!policy) return std::nullopt;
  return std::move(*policy);
}

void Compare(const Policy& before, const Policy& after) {
  const auto differences = schema::policy::FindDifferences(before, after);
  if (!differences) {
    REQUIRE(!differences.error().message.empty());
    return;
  }
  std::set<std::pair<Verdict, Verdict>> told;
  for (const Difference& difference : *differences) {
    REQUIRE(difference.old_verdict != difference.new_verdict);
    REQUIRE(Decide(before, difference.witness).verdict == difference.old_verdict);
    REQUIRE(Decide(after, difference.witness).verdict == difference.new_verdict);
    told.emplace(difference.old_verdict, difference.new_verdict);
  }
  for (const Policy* policy : {&before, &after}) {
    for (const Call& call : fuzz::CallsAround(*policy)) {
      const Verdict old_verdict = Decide(before, call).verdict;
      const Verdict new_verdict = Decide(after, call).verdict;
      REQUIRE(old_verdict == new_verdict || told.contains({old_verdict, new_verdict}));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 16384;
  if (size > kLongest) return 0;
  const auto parts = fuzz::Parts(fuzz::AsText(data, size));
  const char* const kOther =
      parts.size() > 1 ? "arch=x86_64,kernel=6.1,caps=docker" : "arch=x86_64,kernel=4.4,caps=all";
  for (const bool horizon : {false, true}) {
    const auto before = PolicyOf(parts.front(), "arch=x86_64,kernel=6.1,caps=docker", horizon);
    const auto after = PolicyOf(parts.back(), kOther, horizon);
    if (!before || !after) return 0;
    Compare(*before, *after);
    Compare(*after, *before);
    Compare(*before, *before);
  }
  return 0;
}
