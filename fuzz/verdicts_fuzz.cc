// Verdict tables: the input is a profile and a table. Where a line holds, every call that it is
// about gets its verdict; where it does not, the call that is shown is one of these and gets
// another.

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "fuzz/sample_calls.h"
#include "lint/verdicts/table_run.h"
#include "lint/verdicts/verdict_table.h"
#include "schema/json/reader.h"
#include "schema/policy/policy.h"
#include "schema/profile/parser.h"

namespace {

using lint::verdicts::Expectation;
using lint::verdicts::LineResult;
using lint::verdicts::TableRun;
using schema::policy::Call;

constexpr std::string_view kProfile = R"({"defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
  "syscalls": [
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]},
     "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["read", "execve"], "action": "SCMP_ACT_LOG"}]})";

// Whether the line is about the call.
bool IsAbout(const Expectation& line, const Call& call) {
  const unsigned bits = schema::policy::ArgumentBits(line.architecture);
  for (std::size_t i = 0; i < line.arguments.size(); ++i) {
    const std::uint64_t differing = line.arguments[i] ^ call.arguments[i];
    if (!line.is_any[i] && (bits == 64 ? differing : differing & UINT32_MAX) != 0) return false;
  }
  return call.audit_token == line.AsCall().audit_token && call.number == line.number;
}

void CheckLine(TableRun& run, const Expectation& line) {
  const auto result = run.Try(line);
  if (!result) {
    REQUIRE(result.error().message.find("a bug") == std::string::npos);
    return;
  }
  const auto compiled = run.For(result->target);
  REQUIRE(compiled);
  const schema::policy::Policy& policy = (*compiled)->policy;
  REQUIRE(IsAbout(line, result->call));
  REQUIRE(result->decision.verdict == Decide(policy, result->call).verdict);
  REQUIRE(result->holds == (result->decision.verdict == line.verdict));
  if (!result->holds) return;
  for (const Call& call : fuzz::CallsAround(policy)) {
    REQUIRE(!IsAbout(line, call) || Decide(policy, call).verdict == line.verdict);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostLines = 50;
  const auto parts = fuzz::Parts(fuzz::AsText(data, size));
  const std::string_view source = parts.size() > 1 ? parts[0] : kProfile;
  const auto json = schema::json::Read(std::string(source));
  if (!json.valid) return 0;
  const auto parsed = schema::profile::Parse(json.document);
  if (!parsed.profile || !parsed.profile->complete) return 0;
  const auto base = *schema::kernel::ParseTarget("arch=x86_64,kernel=6.1,caps=docker", {});
  const auto table = lint::verdicts::ParseTable("t", parts.back(), base);
  if (!table) {
    REQUIRE(table.error().message.starts_with("t:"));
    return 0;
  }
  for (const bool horizon : {false, true}) {
    TableRun run(*parsed.profile, {.enosys_horizon = horizon});
    std::size_t lines = 0;
    for (const Expectation& line : *table) {
      if (++lines > kMostLines) break;
      CheckLine(run, line);
    }
    for (const std::size_t rule : run.NeverDecide())
      REQUIRE(rule < parsed.profile->syscalls.size());
    for (const std::size_t rule : run.NeverPass()) REQUIRE(rule < parsed.profile->syscalls.size());
  }
  return 0;
}
