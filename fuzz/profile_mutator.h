// Mutation of profiles as profiles: the text is read, something of what it says is changed, and it
// is written again as JSON. Bytes alone seldom become another profile.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// Another profile, mostly one that engines take: names, actions, conditions, arguments,
// capabilities, architectures, flags, errnos, rules put in, changed, doubled, moved or taken out,
// keys misspelt. The same for the same `seed`. std::nullopt: the text is no JSON object.
std::optional<std::string> MutateProfile(std::string_view text, std::uint32_t seed);

// The one profile with rules of the other. std::nullopt: either is no JSON object.
std::optional<std::string> CrossProfiles(std::string_view one, std::string_view other,
                                         std::uint32_t seed);

// The smallest profile: what a mutation of no profile starts from.
inline constexpr std::string_view kSmallestProfile =
    R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})";

}  // namespace fuzz
