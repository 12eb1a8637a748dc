// Audit lines: each is read or not; what is read is explained, harmless to a terminal and valid
// JSON. And whatever a program calls itself, the record that the kernel writes of it reads as it
// was.

#include <boost/json/parse.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "lint/cli/denial.h"
#include "lint/cli/denial_report.h"
#include "schema/json/reader.h"
#include "schema/kernel/audit_record.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using lint::cli::ExplainedCall;
using lint::cli::ProfileInput;
using schema::kernel::AuditRecord;

constexpr std::string_view kProfile = R"({"defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
  "flags": ["SECCOMP_FILTER_FLAG_LOG"],
  "syscalls": [
    {"names": ["read", "execve", "accept"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
    {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "9.9"}},
    {"names": ["bpf"], "action": "SCMP_ACT_KILL_PROCESS"}]})";

ProfileInput Input() {
  ProfileInput input;
  input.name = "p.json";
  input.document = schema::json::Read(std::string(kProfile)).document;
  input.target = *schema::kernel::ParseTarget("arch=x86_64,kernel=6.1,caps=docker", {});
  input.profile = *schema::profile::Parse(input.document).profile;
  input.policy = *schema::policy::Resolve(input.profile, input.target);
  return input;
}

void CheckExplained(const AuditRecord& record) {
  static const ProfileInput input = Input();
  for (const bool horizon : {false, true}) {
    ExplainedCall call{record, {}, {{record.comm, record.exe, {}, 1}}, 1};
    const auto explanation = lint::cli::Explain(input, lint::cli::Place(record, input.target),
                                                record, {.enosys_horizon = horizon});
    REQUIRE(explanation);
    call.explanation = *explanation;
    REQUIRE(call.explanation.outcomes.empty() != call.explanation.undecided.empty());
    for (const char c : lint::cli::DenialText(input, call)) {
      REQUIRE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
    }
    boost::json::error_code error;
    (void)boost::json::parse(lint::cli::DenialJson(input, {&call, 1}), error);
    REQUIRE(!error);
  }
}

// As audit_log_untrustedstring() of kernel/audit.c writes it.
std::string Untrusted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  bool plain = true;
  std::string hex;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte > 0x20 && byte < 0x7F && c != '"';
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return plain ? "\"" + std::string(text) + "\"" : hex;
}

void CheckForged(std::string_view name) {
  constexpr std::size_t kComm = 15;  // TASK_COMM_LEN without its end
  const std::string_view path = name.substr(0, name.find('\0'));
  const std::string_view comm = path.substr(0, kComm);
  const auto record = schema::kernel::ReadAuditRecord(
      "audit: type=1326 audit(1700000000.123:456): auid=4294967295 uid=0 gid=0 ses=4294967295 "
      "subj=unconfined pid=1234 comm=" +
      Untrusted(comm) + " exe=" + Untrusted(path) +
      " sig=31 arch=c000003e syscall=165 compat=0 ip=0x7f0b code=0x80000000");
  REQUIRE(record && record->pid == 1234U && record->number == 165U);
  REQUIRE(record->comm == comm && record->exe == path);
  REQUIRE(record->signal == 31U && record->audit_token == 0xC000003E);
  REQUIRE(record->code == 0x80000000 && record->compat == false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostLines = 20;
  std::string_view text = fuzz::AsText(data, size);
  CheckForged(text);
  for (std::size_t i = 0; i < kMostLines && !text.empty(); ++i) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const auto record = schema::kernel::ReadAuditRecord(line)) {
      REQUIRE(schema::kernel::SaysSeccomp(line) && !record->syscall.empty());
      CheckExplained(*record);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
