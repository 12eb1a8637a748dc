// The places that findings point at, and words that several rules need.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules/rule.h"
#include "schema/policy/condition.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"
#include "schema/span.h"

namespace lint::rules {

// "\"text\"".
std::string Quoted(std::string_view text);

// "1 name", "3 names".
std::string Counted(std::size_t count, std::string_view noun);

// "a, b, c and 4 more": the first `at_most` of them.
std::string Listed(const std::vector<std::string>& words, std::size_t at_most = 8);

// The argument conditions of the rule that are complete, however they are joined.
std::vector<schema::policy::Condition> ConditionsOf(const schema::profile::Rule& rule);

// The opening bracket of an array or object: pointing at all of it would quote all of it.
schema::Span Opening(schema::Span span);

// The name that a clause of context.policy is about.
schema::Span NameSpan(const Context& context, const schema::policy::Clause& clause);

// Where the rule says what its calls get; its opening bracket where it does not.
schema::Span ActionSpan(const schema::profile::Rule& rule);

// The places that include another architecture than the target's own on the target; none without a
// profile.
std::vector<schema::Spanned<schema::kernel::Architecture>> OtherArchitectures(
    const Context& context);

// The rules of the profile that apply on the target, with their indices; none without a profile.
struct AppliedRule {
  const schema::profile::Rule* rule = nullptr;
  std::size_t index = 0;
};
std::vector<AppliedRule> AppliedRules(const Context& context);

}  // namespace lint::rules
