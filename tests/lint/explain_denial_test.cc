// `seccomp-lint explain-denial`, as a person or a script meets it.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

constexpr const char* kAllows = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"],
  "flags": ["SECCOMP_FILTER_FLAG_LOG"],
  "syscalls": [
    {"names": ["read", "openat2"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
    {"names": ["personality"], "action": "SCMP_ACT_KILL",
     "args": [{"index": 0, "value": 9, "op": "SCMP_CMP_EQ"}]},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW",
     "includes": {"caps": ["CAP_BPF"]}},
    {"names": ["pidfd_getfd"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.2"}},
    {"names": ["kcmp"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_CHOWN"]}},
    {"names": ["sync"], "action": "SCMP_ACT_ERRNO"}
  ]
})";

constexpr const char* kDenies = R"({
  "defaultAction": "SCMP_ACT_ALLOW",
  "flags": ["SECCOMP_FILTER_FLAG_LOG"],
  "syscalls": [
    {"names": ["mount", "umount2"], "action": "SCMP_ACT_KILL_PROCESS"},
    {"names": ["ptrace"], "action": "SCMP_ACT_TRAP",
     "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]},
    {"names": ["sync"], "action": "SCMP_ACT_LOG"}
  ]
})";

// A record of /app as process 7.
std::string Record(const std::string& syscall, const std::string& code,
                   const std::string& arch = "c000003e", int compat = 0, int signal = 0) {
  return "audit: type=1326 audit(1.2:3): auid=0 uid=0 gid=0 ses=1 pid=7 comm=\"app\" exe=\"/app\" "
         "sig=" +
         std::to_string(signal) + " arch=" + arch + " syscall=" + syscall +
         " compat=" + std::to_string(compat) + " ip=0x7f code=" + code + "\n";
}

const char* const kErrno = "0x50000";

class ExplainDenialTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("allows.json", kAllows);
    Write("denies.json", kDenies);
  }

  // Runs `seccomp-lint explain-denial COMMAND_LINE` in the test's directory.
  Outcome Run(const std::string& command_line, const std::string& input) {
    Write("in", input);
    return RunCommand("explain-denial " + command_line);
  }

  Outcome RunCommand(const std::string& command_line) {
    return CliTest::Run(command_line + " <in");
  }

  std::string Explain(const std::string& profile, const std::string& input,
                      const std::string& target = "arch=x86_64,kernel=6.1") {
    const Outcome outcome = Run(profile + " --target " + target, input);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
};

TEST_F(ExplainDenialTest, NoRuleNamesIt) {
  EXPECT_EQ(
      Explain("allows.json", Record("164", kErrno)),
      R"_(settimeofday on x86_64 (number 164): the kernel made it fail (SCMP_ACT_ERRNO), 1 record
  by app (/app), process 7
  the profile gives SCMP_ACT_ERRNO(EPERM), whatever the arguments
    no rule names it: the default decides
  to allow it: add the rule {"names":["settimeofday"],"action":"SCMP_ACT_ALLOW"}
  risk: settimeofday sets the clock, which the whole host shares [Docker]
  note: the kernel itself demands CAP_SYS_TIME for it, which the bounding set lacks: allowed, it still fails with EPERM (in a user namespace of its own a process may have it)
)_");
}

TEST_F(ExplainDenialTest, TheArgumentsDecide) {
  // The rule whose action the record shows.
  EXPECT_EQ(
      Explain("allows.json", Record("135", "0x0", "c000003e", 0, 31)),
      R"(personality on x86_64 (number 135): the kernel killed the thread (SCMP_ACT_KILL_THREAD), 1 record
  by app (/app), process 7
  the profile gives SCMP_ACT_ALLOW if arg0 == 8
  the profile gives SCMP_ACT_KILL_THREAD if arg0 == 9
  the profile gives SCMP_ACT_ERRNO(EPERM) if arg0 != 8 and arg0 != 9
    allows.json:7:5: rule 1 gives SCMP_ACT_ALLOW if arg0 == 8
    allows.json:9:5: rule 2 gives SCMP_ACT_KILL_THREAD if arg0 == 9
    the default decides where no rule does
  to allow it: give rule 2 the action SCMP_ACT_ALLOW (allows.json:9:5)
            or: drop rule 2 and add the rule {"names":["personality"],"action":"SCMP_ACT_ALLOW"} (allows.json:9:5)
  risk: personality turns off the randomisation of addresses, or on the emulation of other systems, which is poorly tested [Docker]
  note: the record does not hold the arguments; `strace -f -e trace=personality` shows them, and a rule for these alone is narrower
)");
  // The default's, with a rule in the way of a new one.
  const std::string by_default = Explain("allows.json", Record("135", kErrno));
  EXPECT_EQ(by_default.find("give rule 2"), std::string::npos) << by_default;
  EXPECT_NE(by_default.find("to allow it: drop rule 2 and add the rule {"), std::string::npos);
}

TEST_F(ExplainDenialTest, ARuleDenies) {
  EXPECT_EQ(
      Explain("denies.json", Record("166", "0x80000000", "c000003e", 0, 31),
              "arch=x86_64,kernel=6.1,caps=all"),
      R"(umount2 on x86_64 (number 166): the kernel killed the process (SCMP_ACT_KILL_PROCESS), 1 record
  by app (/app), process 7
  the profile gives SCMP_ACT_KILL_PROCESS, whatever the arguments
    denies.json:5:5: rule 0 gives SCMP_ACT_KILL_PROCESS
  to allow it: take umount2 out of rule 0 (denies.json:5:5)
  risk: umount2 changes what is mounted: can uncover, replace or add parts of the file system, with file system code that parses what it is given [mount(2)]
  note: the kernel itself demands CAP_SYS_ADMIN for it, which the bounding set has
)");
  const std::string trap = Explain("denies.json", Record("101", "0x30000"));
  EXPECT_NE(trap.find("the kernel sent SIGSYS instead (SCMP_ACT_TRAP)"), std::string::npos);
  EXPECT_NE(trap.find("  to allow it: drop rule 1 (denies.json:6:5)\n"), std::string::npos) << trap;
  const std::string log = Explain("denies.json", Record("162", "0x7ffc0000"));
  EXPECT_NE(log.find("the kernel let it pass and recorded it (SCMP_ACT_LOG)"), std::string::npos);
  EXPECT_NE(log.find("to allow it: drop rule 2"), std::string::npos) << log;
}

TEST_F(ExplainDenialTest, TheTargetDecides) {
  const auto has = [&](const std::string& number, const std::string& target,
                       const std::string& text) {
    const std::string out = Explain("allows.json", Record(number, kErrno), target);
    EXPECT_NE(out.find(text), std::string::npos) << out;
  };
  const std::string target = "arch=x86_64,kernel=6.1";
  has("321", target,
      "rule 3 gives SCMP_ACT_ALLOW only with CAP_BPF, which the bounding set lacks\n"
      "    no rule for it applies: the default decides\n"
      "  to allow it: grant CAP_BPF (allows.json:11:5)\n"
      "            or: add the rule {\"names\":[\"bpf\"],\"action\":\"SCMP_ACT_ALLOW\"}\n");
  // No kernel so old has the capability: granting it does not help.
  has("321", "arch=x86_64,kernel=5.4,caps=all",
      "only with CAP_BPF, which Linux has from 5.8 on\n"
      "    no rule for it applies: the default decides\n  to allow it: add the rule {");
  has("438", target,
      "rule 4 gives SCMP_ACT_ALLOW only from Linux 6.2 (minKernel); the target has 6.1\n"
      "    no rule for it applies: the default decides\n"
      "  to allow it: run it on Linux 6.2 or later (allows.json:13:5)\n");
  has("312", target,
      "rule 5 gives SCMP_ACT_ALLOW but not with CAP_CHOWN, of which the bounding set has one\n");
  has("162", target, "rule 6 gives SCMP_ACT_ERRNO(EPERM), as the default does: no effect\n");
  has("437", target + ",engine=docker,libseccomp=2.4.1",
      "rule 0 gives SCMP_ACT_ALLOW, but libseccomp 2.4.1 does not know the name, which the engine "
      "then leaves out\n"
      "    no rule for it applies: the default decides\n"
      "  to allow it: run it with libseccomp 2.5.0 or later, which knows the name "
      "(allows.json:6:5)\n");
  has("451", "arch=x86_64,kernel=5.10",
      "note: Linux 5.10 does not have cachestat on x86_64: allowed, it fails with ENOSYS\n");
}

TEST_F(ExplainDenialTest, ArchitecturesOfTheRecord) {
  const std::string foreign = Explain("allows.json", Record("3", "0x0", "40000003", 1, 31));
  EXPECT_EQ(foreign,
            R"(read on x86 (number 3): the kernel killed the thread (SCMP_ACT_KILL_THREAD), 1 record
  by app (/app), process 7
  the profile gives SCMP_ACT_KILL_THREAD, whatever the arguments
    the profile's architectures do not include x86: libseccomp kills the threads of a foreign architecture
  to allow it: add SCMP_ARCH_X86 to architectures, so that the rules count there too; that allows 2 other calls too
)");
  // Without a 64-bit kernel it is the target's own.
  EXPECT_NE(
      Explain("allows.json", Record("3", "0x0", "40000003", 0, 31))
          .find("read on x86 (number 3): the kernel killed the thread (SCMP_ACT_KILL_THREAD), 1 "
                "record\n  by app (/app), process 7\n  the profile gives SCMP_ACT_ALLOW"),
      std::string::npos);
  const std::string x32 = Explain("allows.json", Record("1073741988", "0x0", "c000003e", 1, 31));
  EXPECT_TRUE(x32.starts_with("settimeofday on x32 (number 1073741988): ")) << x32;
  EXPECT_NE(x32.find("to allow it: add SCMP_ARCH_X32 to architectures, so that the rules count "
                     "there too and add the rule {"),
            std::string::npos)
      << x32;
  const std::string unknown = Explain("allows.json", Record("3", "0x0", "12345", 0, 31));
  EXPECT_TRUE(unknown.starts_with("call 3 on an unknown architecture (12345): ")) << unknown;
  EXPECT_EQ(unknown.find("to allow it"), std::string::npos);
  const std::string other = Explain("allows.json", Record("40", kErrno, "c00000b7"));
  EXPECT_TRUE(other.starts_with("mount on aarch64 (number 40): ")) << other;
}

TEST_F(ExplainDenialTest, NumbersWithoutAName) {
  const std::string high = Explain("allows.json", Record("9999", kErrno));
  EXPECT_NE(high.find("has no call 9999 on x86_64: no rule can name it, and the default decides\n"
                      "  note: the profile names no call as high: with runc and seccomp-agent it "
                      "gets SCMP_ACT_ERRNO(ENOSYS) (--horizon)\n"),
            std::string::npos)
      << high;
  const std::string horizon =
      Run("allows.json --horizon --target arch=x86_64,kernel=6.1", Record("9999", kErrno)).out;
  EXPECT_NE(horizon.find("the profile gives SCMP_ACT_ERRNO(ENOSYS), whatever the arguments\n"
                         "    the number lies beyond the profile's horizon, the highest that it "
                         "names on x86_64: 437\n"),
            std::string::npos)
      << horizon;
  const std::string cancelled = Explain("allows.json", Record("-1", kErrno));
  EXPECT_NE(cancelled.find("call -1 on x86_64"), std::string::npos);
  EXPECT_NE(cancelled.find("a tracer cancelled the call"), std::string::npos) << cancelled;
}

TEST_F(ExplainDenialTest, ARecordOfAnotherProfile) {
  const auto mismatch = [&](const std::string& record, const std::string& text) {
    const std::string out = Explain("allows.json", record);
    EXPECT_NE(out.find("  the record does not fit: " + text), std::string::npos) << out;
    return out;
  };
  const std::string allowed =
      mismatch(Record("0", kErrno),
               "the profile never gives SCMP_ACT_ERRNO to this call, whatever the "
               "arguments: another profile was loaded, or this one for another target");
  EXPECT_EQ(allowed.find("to allow it"), std::string::npos) << allowed;
  mismatch(Record("164", "0x30000"), "the profile never gives SCMP_ACT_TRAP to this call");
  mismatch(Record("164", "0x50002"), "the profile never gives SCMP_ACT_ERRNO to this call");
  mismatch(Record("0", "0x7fff0000"), "Linux records no call for being allowed");
  EXPECT_EQ(mismatch(Record("164", "0x0", "c000003e", 0, 9),
                     "SIGKILL says that the process was in "
                     "seccomp's strict mode")
                .find("to allow it"),
            std::string::npos);
  // What may be: an errno of old kernels, ausearch's "kill", no code, one that no kernel has.
  for (const std::string& record :
       {Record("164", "0x50001"), Record("personality", "kill", "x86_64"), Record("164", ""),
        Record("164", "0x12345678")}) {
    const std::string out = Explain("allows.json", record);
    EXPECT_EQ(out.find("does not fit"), std::string::npos) << out;
  }

  // Without the flag Linux records no errno.
  Write("quiet.json", R"({"defaultAction": "SCMP_ACT_ERRNO"})");
  const std::string note = "the profile does not set SECCOMP_FILTER_FLAG_LOG";
  EXPECT_NE(Explain("quiet.json", Record("0", kErrno)).find(note), std::string::npos);
  EXPECT_EQ(Explain("quiet.json", Record("0", kErrno), "arch=x86_64,kernel=4.17").find(note),
            std::string::npos);
}

TEST_F(ExplainDenialTest, RulesThatContradictEachOther) {
  Write("both.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["sync"], "action": "SCMP_ACT_ALLOW"}, {"names": ["sync"], "action": "SCMP_ACT_TRAP"}]})");
  const std::string out = Explain("both.json", Record("162", "0x30000"));
  EXPECT_NE(out.find("the profile gives no verdict: rule 0 gives SCMP_ACT_ALLOW and rule 1 "
                     "SCMP_ACT_TRAP to the same arguments\n"),
            std::string::npos)
      << out;
  EXPECT_EQ(out.find("to allow it"), std::string::npos);
}

TEST_F(ExplainDenialTest, Multiplexed) {
  Write("sockets.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"],
    "syscalls": [{"names": ["connect", "bind"], "action": "SCMP_ACT_ALLOW"}]})");
  const std::string out = Explain("sockets.json", Record("102", kErrno, "40000003", 1));
  EXPECT_NE(out.find("rule 0 gives SCMP_ACT_ALLOW to the calls made through it: connect if arg0 == "
                     "3, bind if arg0 == 2\n"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("add the rule {\"names\":[\"socketcall\"]"), std::string::npos) << out;
}

TEST_F(ExplainDenialTest, FoldsAndSkips) {
  std::string other = Record("162", kErrno);
  other.replace(other.find("pid=7 comm=\"app\""), 16, "pid=8 comm=1B5D30");
  const std::string input = "Nov 24 host kernel: something else\n" + Record("162", kErrno) + other +
                            Record("162", kErrno) + "\xff\xfe\n" + Record("0", "0x0") +
                            std::string(std::size_t{1} << 20U, 'x') + "\n" + other;
  const std::string out = Explain("allows.json", input);
  EXPECT_TRUE(
      out.starts_with("sync on x86_64 (number 162): the kernel made it fail "
                      "(SCMP_ACT_ERRNO), 4 records\n"
                      "  by app (/app), process 7, 2 records\n"
                      "  by \\x1b]0 (/app), process 8, 2 records\n"))
      << out;
  EXPECT_NE(out.find("\n\nread on x86_64 (number 0): "), std::string::npos) << out;

  // Lines as arguments; a broken record is told.
  const Outcome lines =
      Run("allows.json '" + Record("162", kErrno) + "' 'type=1326 sig=0' other", "");
  EXPECT_EQ(lines.exit_code, 0);
  EXPECT_EQ(lines.err,
            "seccomp-lint: line 2 of the arguments: a record of seccomp without a readable call is "
            "skipped\n");
  EXPECT_EQ(Run("allows.json -", input).out, Run("allows.json", input).out);
}

TEST_F(ExplainDenialTest, Json) {
  const Outcome outcome =
      Run("allows.json --format json --target arch=x86_64,kernel=6.1,libseccomp=2.5.4",
          Record("321", kErrno) + Record("321", kErrno));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(boost::json::parse(outcome.out), boost::json::parse(R"json({
    "version": 1, "profile": "allows.json", "calls": [{
      "syscall": "bpf", "arch": "x86_64", "nr": 321, "records": 2, "code": "0x50000",
      "did": {"action": "SCMP_ACT_ERRNO", "errno": null},
      "target": "arch=x86_64,kernel=6.1,libseccomp=2.5.4,caps=docker,engine=isolator",
      "callers": [{"comm": "app", "exe": "/app", "pids": [7], "records": 2}],
      "verdicts": [{"action": "SCMP_ACT_ERRNO", "errno": 1, "when": []}],
      "undecided": null, "mismatch": null,
      "reasons": [
        {"rule": 3, "pointer": "/syscalls/3", "line": 11,
         "message": "gives SCMP_ACT_ALLOW only with CAP_BPF, which the bounding set lacks"},
        {"rule": null, "message": "no rule for it applies: the default decides"}],
      "remedies": [
        {"kind": "grant-capability", "message": "grant CAP_BPF", "rule": 3,
         "pointer": "/syscalls/3", "line": 11, "when": [], "add": null, "others": 0},
        {"kind": "add-rule", "rule": null, "when": [], "others": 0,
         "message": "add the rule {\"names\":[\"bpf\"],\"action\":\"SCMP_ACT_ALLOW\"}",
         "add": {"names": ["bpf"], "action": "SCMP_ACT_ALLOW"}}],
      "risk": {"source": "Docker",
        "message": "loads programs into the kernel, which may outlive the container and see the whole host"},
      "notes": ["the kernel itself demands CAP_SYS_ADMIN or CAP_BPF for it, which the bounding set lacks: allowed, it still fails with EPERM (in a user namespace of its own a process may have it)"]
}]
})json"))
      << outcome.out;
}

// A rule to add, put into the file: then query says that the call is allowed.
TEST_F(ExplainDenialTest, TheAdviceHelps) {
  const std::string target = " --target arch=x86_64,kernel=6.1";
  int tried = 0;
  for (const char* number : {"1", "2", "41", "165", "272", "312", "321", "438"}) {
    const Outcome outcome = Run("allows.json --format json" + target, Record(number, kErrno));
    const auto json = boost::json::parse(outcome.out);
    for (const auto& remedy : json.at("calls").at(0).at("remedies").as_array()) {
      if (remedy.at("kind") != "add-rule") continue;
      std::string text = kAllows;
      const std::string syscalls = "\"syscalls\": [";
      text.insert(text.find(syscalls) + syscalls.size(),
                  boost::json::serialize(remedy.at("add")) + ",");
      Write("changed.json", text);
      const Outcome before = RunCommand("query allows.json " + std::string(number) + target);
      EXPECT_NE(before.out.find("SCMP_ACT_ERRNO(EPERM)"), std::string::npos) << before.out;
      const Outcome after = RunCommand("query changed.json " + std::string(number) + target);
      EXPECT_NE(after.out.find("): SCMP_ACT_ALLOW\n"), std::string::npos) << after.out;
      ++tried;
    }
  }
  EXPECT_EQ(tried, 8);
}

TEST_F(ExplainDenialTest, WhatCannotBeDone) {
  const std::string record = Record("162", kErrno);
  const Outcome none = Run("allows.json", "nothing\n");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.out, "");
  EXPECT_NE(none.err.find("no audit record of seccomp in the input: expected lines with type=1326"),
            std::string::npos)
      << none.err;
  for (const char* command_line :
       {"", "- -", "-", "nowhere.json", "allows.json --format xml", "allows.json --target arch=z",
        "allows.json --target arch=all", "in", "allows.json nothing"}) {
    EXPECT_EQ(Run(command_line, record).exit_code, 2) << command_line;
  }
  EXPECT_EQ(Run("--help", "").exit_code, 0);
  EXPECT_NE(Text("out").find("Exit status: 0 explained, 2 usage"), std::string::npos);
}

}  // namespace
