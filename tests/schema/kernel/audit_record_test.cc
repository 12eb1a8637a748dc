#include "schema/kernel/audit_record.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace schema::kernel {
namespace {

// Of Linux 6.18, out of dmesg.
constexpr std::string_view kKilled =
    "audit: type=1326 audit(1795539174.083:8346): auid=4294967295 uid=0 gid=0 ses=4294967295 "
    "pid=15889 comm=\"kill\" exe=\"/tmp/kill\" sig=31 arch=c000003e syscall=165 compat=0 "
    "ip=0x7f87ff49e829 code=0x80000000";

TEST(AuditRecord, OfTheKernel) {
  const auto record = ReadAuditRecord(kKilled);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->arch, "c000003e");
  EXPECT_EQ(record->audit_token, 0xC000003E);
  EXPECT_EQ(record->syscall, "165");
  EXPECT_EQ(record->number, 165U);
  EXPECT_EQ(record->compat, false);
  EXPECT_EQ(record->signal, 31U);
  EXPECT_EQ(record->code, 0x80000000);
  EXPECT_FALSE(record->some_kill);
  EXPECT_EQ(record->comm, "kill");
  EXPECT_EQ(record->exe, "/tmp/kill");
  EXPECT_EQ(record->pid, 15889U);
  EXPECT_EQ(VerdictOf(*record), (Verdict{Action::kKillProcess, 0}));
}

// "mount /bin/mount 1234 165 0x50000" of what is there: comm, exe, pid, number, code.
std::string Summary(const std::string& line) {
  const auto record = ReadAuditRecord(line);
  if (!record) return "none";
  const auto text = [](const auto& number) {
    return number ? std::to_string(*number) : std::string("?");
  };
  return record->comm + " " + record->exe + " " + text(record->pid) + " " + text(record->number) +
         " " + text(record->code);
}

TEST(AuditRecord, InEveryForm) {
  const std::string tail =
      " auid=0 uid=0 gid=0 ses=1 subj==docker-default (enforce) pid=7 comm=\"mount\" "
      "exe=\"/bin/mount\" sig=0 arch=c000003e syscall=165 compat=0 ip=0x7f code=0x50000";
  const std::string expected = "mount /bin/mount 7 165 327680";
  for (const char* head :
       {"type=SECCOMP msg=audit(1700000000.123:456):", "type=1326 audit(1700000000.123:456):",
        "[   12.3456] audit: type=1326 audit(1700000000.123:456):",
        "Nov 24 16:40:00 host kernel: audit: type=1326 audit(1700000000.123:456):",
        "Nov 24 16:40:00 host audit[7]: SECCOMP", "16:40:00 mount: SECCOMP",
        "node=host type=SECCOMP msg=audit(1700000000.123:456):",
        "type=UNKNOWN[1326] msg=audit(1700000000.123:456):"}) {
    EXPECT_EQ(Summary(head + tail), expected) << head;
  }
  const std::string record = "type=SECCOMP msg=audit(1.2:3):" + tail;
  // auditd's enrichment, with its separator and without it.
  EXPECT_EQ(Summary(record + "\x1d"
                             "ARCH=x86_64 SYSCALL=mount AUID=\"x sig=1 syscall=2 code=0x3\""),
            expected);
  EXPECT_EQ(Summary(record + "AUID=\"unset\" UID=\"root\" ARCH=x86_64 SYSCALL=mount"), expected);
  EXPECT_EQ(Summary(record + "\r\n"), expected);
}

TEST(AuditRecord, InterpretedByAusearch) {
  const auto line = [](const std::string& arch, const std::string& syscall,
                       const std::string& code) {
    return "type=SECCOMP msg=audit(11/24/2026 16:20:00.123:456) : auid=unset uid=root gid=root "
           "ses=unset subj=unconfined pid=7 comm=my mount exe=/bin/my mount sig=SIGSYS arch=" +
           arch + " syscall=" + syscall + " compat=0 ip=0x7f code=" + code;
  };
  EXPECT_EQ(Summary(line("x86_64", "mount", "kill-process")),
            "my mount /bin/my mount 7 165 2147483648");
  EXPECT_EQ(Summary(line("aarch64", "mount", "errno")), "my mount /bin/my mount 7 40 327680");
  EXPECT_EQ(Summary(line("i386", "socketcall(connect)", "user_notif")),
            "my mount /bin/my mount 7 102 2143289344");
  EXPECT_EQ(Summary(line("x86_64", "unknown-syscall(999)", "unknown-seccomp-code(0x7ffc0000)")),
            "my mount /bin/my mount 7 999 2147221504");
  // Older ones write "kill" for every kill.
  EXPECT_TRUE(ReadAuditRecord(line("x86_64", "mount", "kill"))->some_kill);
  EXPECT_FALSE(ReadAuditRecord(line("x86_64", "mount", "kill_thread"))->some_kill);
  EXPECT_EQ(ReadAuditRecord(line("x86_64", "mount", "kill"))->signal, 31U);
  // Names that we do not know.
  const auto unknown = ReadAuditRecord(line("alpha", "osf_mount", "frown"));
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->arch, "alpha");
  EXPECT_FALSE(unknown->audit_token || unknown->number || unknown->code);
  EXPECT_EQ(unknown->syscall, "osf_mount");
  EXPECT_FALSE(ReadAuditRecord(line("x86_64", "osf_mount", "trap"))->number);
}

TEST(AuditRecord, OfOldKernels) {
  // Linux 3.2 of Ubuntu 12.04: no arch, and the filter's data in the code.
  const auto record = ReadAuditRecord(
      "[13225.732272] type=1701 audit(1421087245.965:678): auid=4294967295 uid=1000 gid=1000 "
      "ses=4294967295 pid=4664 comm=\"chromium-browse\" reason=\"seccomp\" sig=0 syscall=257 "
      "compat=0 ip=0x7f09c46f0720 code=0x50001");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->arch, "");
  EXPECT_FALSE(record->audit_token);
  EXPECT_EQ(record->number, 257U);
  EXPECT_EQ(record->comm, "chromium-browse");
  EXPECT_EQ(VerdictOf(*record), (Verdict{Action::kErrno, 1}));
  // No compat either.
  const auto older = ReadAuditRecord(
      "type=1326 audit(1.2:3): auid=0 pid=5 comm=\"a\" sig=31 syscall=20 ip=0xbbc416 code=0x0");
  ASSERT_TRUE(older);
  EXPECT_FALSE(older->compat);
  EXPECT_EQ(VerdictOf(*older), (Verdict{Action::kKillThread, 0}));
}

TEST(AuditRecord, Numbers) {
  const auto number = [](const std::string& text) -> std::optional<std::uint32_t> {
    const auto record =
        ReadAuditRecord("type=1326 audit(1.2:3): sig=31 arch=c000003e syscall=" + text +
                        " compat=1 ip=0x0 code=0x0");
    return record ? record->number : std::nullopt;
  };
  EXPECT_EQ(number("-1"), 0xFFFFFFFF);
  EXPECT_EQ(number("-2147483648"), 0x80000000);
  EXPECT_EQ(number("4294967295"), 0xFFFFFFFF);
  EXPECT_EQ(number("1073741989"), 0x400000A5U);  // x32
  for (const char* bad : {"4294967296", "-2147483649", "99999999999999999999999", "", "0x10", "1.5",
                          "--1", "1\x01", "mo\x1b[31munt", "-"}) {
    EXPECT_EQ(number(bad), std::nullopt) << bad;
  }
}

TEST(AuditRecord, NamesOfPrograms) {
  const auto comm = [](const std::string& text) {
    return ReadAuditRecord("type=1326 audit(1.2:3): pid=1 comm=" + text +
                           " exe=\"/a\" sig=0 arch=c000003e syscall=1 compat=0 ip=0x0 code=0x0")
        ->comm;
  };
  EXPECT_EQ(comm("61202262"), "a \"b");  // as Linux 6.18 wrote it
  EXPECT_EQ(comm("1B5B33316D"), "\x1b[31m");
  EXPECT_EQ(comm("00"), std::string(1, '\0'));
  // Digits that the kernel would not have written so are a name that ausearch took the quotes of.
  EXPECT_EQ(comm("ABCD"), "\xab\xcd");
  EXPECT_EQ(comm("6162"), "6162");
  EXPECT_EQ(comm("ABC"), "ABC");
  EXPECT_EQ(comm("\"cut"), "cut");
  EXPECT_EQ(comm("(null)"), "(null)");
  // A program cannot forge what follows its name.
  const auto forged = ReadAuditRecord(
      "type=SECCOMP msg=audit(1.2:3) : pid=1 comm=x sig=9 arch=40000003 syscall=1 compat=1 exe=/a "
      "sig=SIGSYS arch=x86_64 syscall=mount compat=0 ip=0x0 code=kill");
  ASSERT_TRUE(forged);
  EXPECT_EQ(forged->number, 165U);
  EXPECT_EQ(forged->signal, 31U);
  EXPECT_EQ(forged->pid, 1U);
}

TEST(AuditRecord, NotOne) {
  for (const char* line :
       {"", " ", "type=1326", "type=SECCOMP msg=audit(1.2:3):", "hello sig=31 syscall=1 compat=0",
        "type=SYSCALL msg=audit(1.2:3): arch=c000003e syscall=165 success=no sig=0 ",
        "type=1400 audit(1.2:3): apparmor=\"DENIED\" sig=1 syscall=1 x",
        "type=1326 audit(1.2:3): sig=31 compat=0", "type=1326 audit(1.2:3): sig=31 syscall= x",
        "type=1326 audit(1.2:3): arch=c000003e syscall=165 compat=0"}) {
    EXPECT_EQ(Summary(line), "none") << line;
  }
  EXPECT_TRUE(SaysSeccomp("type=1326 audit(1.2:3): sig=31 compat=0"));
  EXPECT_FALSE(SaysSeccomp("type=13260 audit"));
  EXPECT_EQ(Summary(std::string(std::size_t{1} << 20U, 'x')), "none");
  EXPECT_EQ(Summary("type=1326 " + std::string(std::size_t{1} << 20U, ' ')), "none");
  const std::string mebibyte(std::size_t{1} << 20U, 'a');
  EXPECT_EQ(Summary("type=1326 audit(1.2:3): pid=1 comm=\"" + mebibyte +
                    "\" exe=\"/b\" sig=0 syscall=1 code=0x0"),
            mebibyte + " /b 1 1 0");
}

// Every beginning of a line is read, or is none; and says nothing else than the line.
TEST(AuditRecord, CutOff) {
  const auto whole = ReadAuditRecord(kKilled);
  for (std::size_t size = 0; size < kKilled.size(); ++size) {
    const auto record = ReadAuditRecord(kKilled.substr(0, size));
    if (!record) continue;
    EXPECT_EQ(record->number, whole->number) << size;
    EXPECT_EQ(record->audit_token, whole->audit_token) << size;
    EXPECT_EQ(record->comm, whole->comm);
  }
}

// Any byte anywhere.
TEST(AuditRecord, WithAnyByte) {
  std::string line(kKilled);
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char before = line[at];
    for (int byte = 0; byte < 256; ++byte) {
      line[at] = static_cast<char>(byte);
      static_cast<void>(ReadAuditRecord(line));
    }
    line[at] = before;
  }
}

TEST(AuditRecord, CodesThatAreNone) {
  const auto verdict = [](const std::string& code) {
    return VerdictOf(*ReadAuditRecord(
        "type=1326 audit(1.2:3): sig=31 arch=c000003e syscall=1 compat=0 ip=0x0 code=" + code));
  };
  EXPECT_EQ(verdict("0x7fc00000"), (Verdict{Action::kNotify, 0}));
  EXPECT_EQ(verdict("0x7ff00007"), (Verdict{Action::kTrace, 7}));
  for (const char* none : {"0x12345678", "0x", "", "0x123456789", "7", "killed"}) {
    EXPECT_EQ(verdict(none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace schema::kernel
