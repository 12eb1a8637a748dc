// What explain-denial prints, for people and programs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lint/cli/denial.h"
#include "lint/cli/profile_input.h"
#include "schema/kernel/audit_record.h"

namespace lint::cli {

// Those records of a call that the same program made.
struct Caller {
  std::string comm;  // any bytes
  std::string exe;
  std::vector<std::uint32_t> pids;  // each once, in the order of the records
  std::size_t count = 0;
};

struct ExplainedCall {
  schema::kernel::AuditRecord record;  // the first: the others have the same call and code
  Explanation explanation;
  std::vector<Caller> callers;
  std::size_t count = 0;
};

//     mount on x86_64 (number 165): the kernel killed the process (SCMP_ACT_KILL_PROCESS), 3
//     records
//       by mount (/bin/mount), process 1234
//       the profile gives SCMP_ACT_ERRNO(EPERM)
//         a.json:12:5: rule 1 gives SCMP_ACT_ALLOW only with CAP_SYS_ADMIN, which ...
//       to allow it: ...
std::string DenialText(const ProfileInput& input, const ExplainedCall& call);

// One object on one line:
//     {"version":1, "profile", "calls":[{"syscall":"mount"|null, "arch":"x86_64"|null,
//     "nr":165|null,
//       "records":3, "callers":[{"comm","exe":"..."|null,"pids":[1234],"records":3}],
//       "code":"0x50000"|null, "did":{"action","errno":1|null}|null, "target":"arch=...",
//       "verdicts":[{"action","errno","when":["arg0 == 0x8"]}], "undecided":"..."|null,
//       "reasons":[{"message","rule":71|null,"pointer","line"}], "mismatch":"..."|null,
//       "remedies":[{"kind":"add-rule","message","rule","pointer","line","when":[...],
//         "add":{"names":["mount"],"action":"SCMP_ACT_ALLOW"}|null, "others":0|null}],
//       "risk":{"message","source"}|null, "notes":["..."]}]}
std::string DenialJson(const ProfileInput& input, std::span<const ExplainedCall> calls);

}  // namespace lint::cli
