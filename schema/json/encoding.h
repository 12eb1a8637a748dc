// Checks of a text's encoding, RFC 3629, and text as JSON has it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace schema::json {

// Length in bytes of the well-formed sequence at `position`, 0 if there is none.
std::size_t SequenceLength(std::string_view text, std::size_t position);

// The code point of a well-formed sequence.
std::uint32_t CodePointOf(std::string_view sequence);

// Each maximal run of bytes that is not UTF-8: overlong forms, surrogates, values beyond U+10FFFF
// and truncated sequences included. At most kMaxInvalidRuns, for files that are not text at all.
inline constexpr std::size_t kMaxInvalidRuns = 16;
std::vector<Span> InvalidUtf8(std::string_view text);

// A text of ASCII characters in UTF-16 has a zero byte beside its first one, or begins with a byte
// order mark.
bool LooksLikeUtf16(std::string_view text);

// `text` as a string of JSON. Bytes from 0x80 on stay as they are.
std::string Quoted(std::string_view text);

}  // namespace schema::json
