// Verdict tables: what a shipped profile is expected to say, a call a line. The format:
//
//   line     = ARCH { option } call "->" verdict        "#" begins a comment
//   option   = "host=" ARCH | "caps=" CAPS | "kernel=" K.M
//   call     = ( NAME | NUMBER ) [ "(" NUMBER { "," NUMBER } ")" ]
//   verdict  = "ALLOW" | "LOG" | "NOTIFY" | "TRAP" | "KILL_THREAD" | "KILL_PROCESS"
//            | "ERRNO(" ( NAME | NUMBER ) ")" | "TRACE(" NUMBER ")"
//
//   x86_64 caps=+CAP_SYS_ADMIN clone(0x10000000) -> ALLOW
//
// profiles/README.md says what the options mean. After libseccomp's tests/*.tests.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/version.h"
#include "schema/policy/policy.h"

namespace profiles {

struct Expectation {
  std::size_t line = 0;  // 1-based
  std::string text;      // the line without its comment
  schema::kernel::Architecture architecture = schema::kernel::Architecture::kX86_64;
  std::optional<schema::kernel::Architecture> host;  // that the profile is resolved for
  schema::kernel::CapabilitySet capabilities = schema::kernel::CapabilitySet::Docker();
  schema::kernel::KernelVersion kernel{6, 1};
  std::uint32_t number = 0;  // x32's with kernel::kX32Bit
  std::string name;          // of the call; the number as written where it has none
  schema::policy::Arguments arguments{};
  schema::kernel::Verdict verdict;

  schema::policy::Call AsCall() const {
    return {schema::kernel::Facts(architecture).audit_token, number, arguments};
  }
};

// Errors: kInvalid, "FILE:LINE:COLUMN: what is wrong", of the first wrong line.
schema::Result<std::vector<Expectation>> ParseTable(const std::string& file, std::string_view text);

}  // namespace profiles
