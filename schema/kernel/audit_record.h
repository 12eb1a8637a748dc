// Audit records of seccomp, as the kernel, auditd, journald and ausearch write them, one a line.
//
//   record = prefix? head FIELD* " sig=" S (" arch=" A)? " syscall=" N (" compat=" 0|1)? " ip=" IP
//            (" code=" C)? enrichment?
//   head   = "type=1326 audit(" | "type=SECCOMP msg=audit(" | ": SECCOMP auid=" (journald's own)
//   FIELD  = auid uid gid ses subj pid comm exe, in this order
//
//   audit: type=1326 audit(1700000000.123:456): auid=1000 uid=0 gid=0 ses=1 pid=1234 comm="mount"
//     exe="/bin/mount" sig=31 arch=c000003e syscall=165 compat=0 ip=0x7f0b code=0x80000000
//
// `arch` is AUDIT_ARCH_* in hexadecimal, `syscall` signed decimal, `code` SECCOMP_RET_*: the action
// without its data, but with some old kernels (0x50001). `comm` and `exe` stand in quotes,
// or as upper-case hexadecimal digits where they hold a quote, a space or a control character.
// Linux before 3.16 writes no `arch`, and type=1701 with reason="seccomp" for the type. `ausearch
// -i` writes names for the numbers, and takes the quotes off. auditd's enrichment follows a byte
// 0x1d, which some programs drop. Never recorded: SECCOMP_RET_ALLOW; and, since Linux 4.18, what a
// filter without SECCOMP_FILTER_FLAG_LOG does, but kills and SECCOMP_RET_LOG.
// Source: kernel/auditsc.c, audit_seccomp() and audit_log_task(); kernel/audit.c,
// audit_log_untrustedstring(); kernel/seccomp.c, seccomp_log(). audit-userspace:
// auparse/interpret.c and auparse/seccomptab.h. Enrichment:
// https://people.redhat.com/sgrubb/audit/event-enrichment

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/kernel/action.h"

namespace schema::kernel {

struct AuditRecord {
  std::string arch;                          // as written; empty: the record has none
  std::optional<std::uint32_t> audit_token;  // std::nullopt: no arch, or a name not known here
  std::string syscall;                       // as written: "165", "mount"
  std::optional<std::uint32_t> number;       // std::nullopt: a name that the arch does not tell
  std::optional<bool> compat;                // made through the 32-bit ABI of a 64-bit kernel
  std::optional<std::uint32_t> signal;       // 0: none; an unknown name: std::nullopt
  std::optional<std::uint32_t> code;         // SECCOMP_RET_*; std::nullopt: cut off or not readable
  // The code is ausearch's "kill", which older ones write for every kill.
  bool some_kill = false;
  std::string comm;  // decoded: any bytes
  std::string exe;
  std::optional<std::uint32_t> pid;
};

// std::nullopt: no record of seccomp, or one without a readable call. `line`: any bytes; a newline
// at the end does not matter. The fields behind `exe` are looked for from the end of the line, so
// that a program cannot forge them by its name.
std::optional<AuditRecord> ReadAuditRecord(std::string_view line);

// Whether the line says that it is such a record, readable or not.
bool SaysSeccomp(std::string_view line);

// The action of the record's code: std::nullopt where there is none, or none that Linux knows.
std::optional<Verdict> VerdictOf(const AuditRecord& record);

}  // namespace schema::kernel
