// What the forms differ in: which keys they have, and what becomes of a profile that is wrong.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "schema/json/document.h"
#include "schema/profile/form.h"
#include "schema/profile/parser.h"

namespace schema::profile {

constexpr unsigned MaskOf(Form form) { return 1U << static_cast<unsigned>(form); }

inline constexpr unsigned kDockerAlone = MaskOf(Form::kDocker);
inline constexpr unsigned kResourceAlone = MaskOf(Form::kSeccompProfile);
inline constexpr unsigned kFiles = kDockerAlone | MaskOf(Form::kOci);
inline constexpr unsigned kAllForms = kFiles | kResourceAlone;

struct FormTerms {
  std::string_view profile;     // "a profile"
  std::string_view unknown;     // ": engines ignore it"
  std::string_view other_case;  // of a key in other letters
  std::uint64_t largest;        // number
};
const FormTerms& TermsOf(Form form);

std::string Quoted(std::string_view text);

// Problems, worded.
Problem NotAnObject(Form form, const json::Value& value);
Problem NoDefaultAction(Form form, const json::Value& profile, bool has_no_rules);
Problem ForeignKey(Form form, const Spanned<std::string>& key);
// A key that no form has; kMisspeltKey where it is near one of `known`. `what`: "a rule".
Problem UnknownKey(Form form, const Spanned<std::string>& key, std::string_view what,
                   std::span<const std::string_view> known);
Problem InexactNumber(const json::Value& number);
Problem NothingThere(const Place& place);  // a config or a resource without a profile

}  // namespace schema::profile
