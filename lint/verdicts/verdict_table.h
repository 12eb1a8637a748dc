// Verdict tables: what a profile is expected to say, a call a line. The format:
//
//   line     = "target" TARGET                          of the lines below it
//            | [ ARCH ] { option } call "->" verdict
//   option   = "host=" ARCH | KEY "=" VALUE             a key of TARGET but arch; caps=+CAP_A adds
//   call     = ( NAME | NUMBER ) [ "(" argument { "," argument } ")" ]
//   argument = NUMBER | "*"                             "*": every value
//            | "..."                                    as the last one: every value of the rest
//   verdict  = ACTION | "ERRNO" code | "TRACE" code     ACTION: ALLOW, SCMP_ACT_ALLOW, allow
//   code     = "(" ( NAME | NUMBER ) ")" | NAME | NUMBER
//
//   target kernel=6.1,engine=docker
//   x86_64 caps=+CAP_SYS_ADMIN clone(0x10000000) -> ALLOW
//   amd64 socket(40, ...) -> errno 1                    # a comment
//
// TARGET is --target's form (kernel/target.h). Arguments left out are 0, negative ones are
// sign-extended to the width of an argument. After libseccomp's tests/*.tests.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/action.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/span.h"

namespace lint::verdicts {

struct Expectation {
  std::size_t line = 0;       // 1-based
  std::string text;           // the line without its comment
  schema::Span verdict_span;  // within `text`
  schema::kernel::Architecture architecture = schema::kernel::Architecture::kX86_64;
  std::optional<schema::kernel::Architecture> host;  // that the profile is resolved for
  schema::kernel::Target target;                     // but for its architecture: TargetOf()
  std::uint32_t number = 0;                          // x32's with kernel::kX32Bit
  std::string name;  // of the call; the number as written where it has none
  schema::policy::Arguments arguments{};
  std::array<bool, schema::policy::kArguments> is_any{};  // every value, where set
  schema::kernel::Verdict verdict;

  schema::policy::Call AsCall() const {
    return {schema::kernel::Facts(architecture).audit_token, number, arguments};
  }
};

// `base`: of lines that say nothing else. Errors: kInvalid, "FILE:LINE:COLUMN: what is wrong", of
// the first wrong line.
schema::Result<std::vector<Expectation>> ParseTable(const std::string& file, std::string_view text,
                                                    const schema::kernel::Target& base);

// Decimal, or hexadecimal with 0x; behind a "-" its two's complement in `bits` bits.
std::optional<std::uint64_t> ParseArgument(std::string_view text, unsigned bits = 64);

}  // namespace lint::verdicts
