// The grammar of verdict tables, and what a line means.

#include "lint/verdicts/verdict_table.h"

#include <gtest/gtest.h>

#include <string>

#include "lint/verdicts/table_run.h"
#include "schema/json/reader.h"
#include "schema/profile/parser.h"

namespace lint::verdicts {
namespace {

namespace kernel = schema::kernel;

kernel::Target Base() {
  kernel::Target base;
  base.architecture = kernel::Architecture::kX86_64;
  base.kernel = {6, 1};
  base.libseccomp = kernel::LibseccompRelease({2, 5, 4});
  base.capabilities = kernel::CapabilitySet::Docker();
  return base;
}

std::vector<Expectation> Parsed(const std::string& text) {
  auto table = ParseTable("t", text, Base());
  EXPECT_TRUE(table) << table.error().message;
  return table ? std::move(*table) : std::vector<Expectation>();
}

std::string ErrorOf(const std::string& text) {
  const auto table = ParseTable("t", text, Base());
  return table ? "" : table.error().message;
}

kernel::CapabilitySet DockerAnd(const std::string& name) {
  auto capabilities = kernel::CapabilitySet::Docker();
  capabilities.Add(*kernel::ParseCapability(name));
  return capabilities;
}

TEST(ParseTable, ReadsEveryPartOfALine) {
  const auto table = Parsed(
      "# a comment\n\n"
      "x86_64 caps=+CAP_SYS_ADMIN kernel=4.7 clone(0x10000000, 2)  ->  ERRNO(EPERM) # why\r\n"
      "x32 host=x86 caps=none 0x40000000 -> TRACE(7)\n");
  ASSERT_EQ(table.size(), 2U);
  const Expectation& clone = table[0];
  EXPECT_EQ(clone.line, 3U);
  EXPECT_EQ(clone.name, "clone");
  EXPECT_EQ(clone.number, 56U);  // asm/unistd_64.h
  EXPECT_EQ(clone.arguments, (schema::policy::Arguments{0x10000000, 2}));
  EXPECT_EQ(clone.target.kernel, (kernel::KernelVersion{4, 7}));
  EXPECT_EQ(clone.target.capabilities, DockerAnd("CAP_SYS_ADMIN"));
  EXPECT_EQ(clone.verdict, (kernel::Verdict{kernel::Action::kErrno, 1}));
  EXPECT_EQ(clone.text.substr(clone.verdict_span.begin,
                              clone.verdict_span.end - clone.verdict_span.begin),
            "ERRNO(EPERM)");
  const Expectation& read = table[1];
  EXPECT_EQ(read.host, kernel::Architecture::kX86);
  EXPECT_EQ(read.target.capabilities, kernel::CapabilitySet());
  EXPECT_EQ(read.number, kernel::kX32Bit);
  EXPECT_EQ(read.verdict, (kernel::Verdict{kernel::Action::kTrace, 7}));
}

TEST(ParseTable, ReadsWhatPeopleWriteByHand) {
  const auto table = Parsed(
      "amd64 socket(40) -> errno 1\n"
      "caps=+SYS_ADMIN mount -> allow\n"
      "read -> SCMP_ACT_KILL_PROCESS\n"
      "caps=SYS_ADMIN+CAP_CHOWN mount->allow\n"
      "arm64 read(-1) -> log\n"
      "x86 read(-1) -> errno EINVAL\n");
  ASSERT_EQ(table.size(), 6U);
  EXPECT_EQ(table[0].architecture, kernel::Architecture::kX86_64);
  EXPECT_EQ(table[0].verdict, (kernel::Verdict{kernel::Action::kErrno, 1}));
  EXPECT_EQ(table[1].architecture, kernel::Architecture::kX86_64);
  EXPECT_EQ(table[1].target.capabilities, DockerAnd("CAP_SYS_ADMIN"));
  EXPECT_EQ(table[1].verdict, (kernel::Verdict{kernel::Action::kAllow, 0}));
  EXPECT_EQ(table[2].verdict.action, kernel::Action::kKillProcess);
  EXPECT_FALSE(table[3].target.capabilities.Has(*kernel::ParseCapability("CAP_KILL")));
  EXPECT_EQ(table[4].arguments[0], ~std::uint64_t{0});
  EXPECT_EQ(table[5].arguments[0], 0xFFFFFFFFU);
  EXPECT_EQ(table[5].verdict, (kernel::Verdict{kernel::Action::kErrno, 22}));
}

TEST(ParseTable, TargetLinesHoldForWhatFollows) {
  const auto table = Parsed(
      "read -> ALLOW\n"
      "target arch=aarch64,kernel=4.9,caps=none\n"
      "read -> ALLOW\n"
      "target kernel=5.10\n"
      "kernel=5.4 read -> ALLOW\n"
      "read -> ALLOW\n");
  ASSERT_EQ(table.size(), 4U);
  EXPECT_EQ(table[0].target.kernel, (kernel::KernelVersion{6, 1}));
  EXPECT_EQ(table[1].architecture, kernel::Architecture::kAarch64);
  EXPECT_EQ(table[1].number, 63U);  // asm-generic/unistd.h
  EXPECT_EQ(table[1].target.kernel, (kernel::KernelVersion{4, 9}));
  EXPECT_EQ(table[2].target.kernel, (kernel::KernelVersion{5, 4}));
  EXPECT_EQ(table[2].target.capabilities, kernel::CapabilitySet());
  EXPECT_EQ(table[3].target.kernel, (kernel::KernelVersion{5, 10}));
}

TEST(ParseTable, StarsAndDotsAreEveryValue) {
  const auto table = Parsed(
      "socket(*, 1) -> ALLOW\n"
      "socket(40, ...) -> ALLOW\n"
      "socket(...) -> ALLOW\n"
      "socket(1, 2, 3, 4, 5, 6) -> ALLOW\n");
  ASSERT_EQ(table.size(), 4U);
  using Any = std::array<bool, 6>;
  EXPECT_EQ(table[0].is_any, (Any{true}));
  EXPECT_EQ(table[0].arguments[1], 1U);
  EXPECT_EQ(table[1].is_any, (Any{false, true, true, true, true, true}));
  EXPECT_EQ(table[2].is_any, (Any{true, true, true, true, true, true}));
  EXPECT_EQ(table[3].is_any, Any{});
}

TEST(ParseTable, ErrorsNameLineAndColumn) {
  EXPECT_EQ(ErrorOf("\nvax read -> ALLOW"), "t:2:1: \"vax\" is no architecture");
  EXPECT_EQ(ErrorOf("x86_64 host=vax read -> ALLOW"), "t:1:8: \"vax\" is no architecture");
  EXPECT_EQ(ErrorOf("caps=none arch=arm read -> ALLOW"),
            "t:1:11: the architecture stands first: arm");
  for (const char* option : {"cap=none", "caps=CAP_X", "kernel=x", "caps=+", "caps=", "=x"}) {
    const std::string error = ErrorOf("x86_64 " + std::string(option) + " read -> ALLOW");
    EXPECT_TRUE(error.starts_with("t:1:8: ")) << option << ": " << error;
  }
  EXPECT_TRUE(ErrorOf("read -> ALLOW\ntarget kernel=x").starts_with("t:2:8: "));
  EXPECT_TRUE(ErrorOf("target").starts_with("t:1:7: ")) << ErrorOf("target");
  EXPECT_EQ(ErrorOf("x86_64 raed -> ALLOW"),
            "t:1:8: x86_64 has no system call \"raed\", did you mean \"read\"?");
  EXPECT_EQ(ErrorOf("aarch64 open -> ALLOW"),
            "t:1:9: aarch64 has no system call \"open\": other architectures have it");
  EXPECT_EQ(ErrorOf("x86_64 0x100000000 -> ALLOW"),
            "t:1:8: x86_64 has no system call \"0x100000000\"");
  EXPECT_EQ(ErrorOf("x86_64 read(x) -> ALLOW"), "t:1:13: \"x\" is no argument: a number, * or ...");
  EXPECT_EQ(ErrorOf("x86_64 read(1,) -> ALLOW"), "t:1:15: \"\" is no argument: a number, * or ...");
  EXPECT_EQ(ErrorOf("x86_64 read(1 -> ALLOW"), "t:1:15: expected \")\" or \",\"");
  EXPECT_EQ(ErrorOf("x86_64 read(..., 1) -> ALLOW"), "t:1:16: expected \")\" or \",\"");
  EXPECT_EQ(ErrorOf("x86_64 read(1,2,3,4,5,6,7) -> ALLOW"),
            "t:1:25: a system call has 6 arguments");
  EXPECT_EQ(ErrorOf("x86_64 read ALLOW"), "t:1:13: expected \"->\"");
  EXPECT_EQ(ErrorOf("x86_64"), "t:1:7: expected a system call of x86_64");
  EXPECT_EQ(ErrorOf("x86_64 read -> ALOW"),
            "t:1:16: \"ALOW\" is no verdict: ALLOW, ERRNO(EPERM), KILL_PROCESS, LOG, ...");
  EXPECT_EQ(ErrorOf("x86_64 read ->"),
            "t:1:15: \"\" is no verdict: ALLOW, ERRNO(EPERM), KILL_PROCESS, LOG, ...");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO"), "t:1:21: ERRNO needs its number: ERRNO(EPERM)");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO(EPREM)"), "t:1:22: \"EPREM\" is no errno");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO(4096)"), "t:1:22: \"4096\" is no errno");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO(1"), "t:1:23: expected \")\"");
  EXPECT_EQ(ErrorOf("x86_64 read -> ALLOW()"), "t:1:21: expected the end of the line");
}

TEST(ParseArgument, IsExact) {
  EXPECT_EQ(ParseArgument("18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(ParseArgument("18446744073709551616"), std::nullopt);
  EXPECT_EQ(ParseArgument("-0x80000000", 32), 0x80000000U);
  EXPECT_EQ(ParseArgument("-0x80000001", 32), std::nullopt);
  EXPECT_EQ(ParseArgument("-9223372036854775808"), std::uint64_t{1} << 63U);
  for (const char* text : {"", "-", "0x", "--1", "1 ", "+1", "0x1g", "-+1"}) {
    EXPECT_EQ(ParseArgument(text), std::nullopt) << text;
  }
}

class TableRunTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto read = schema::json::Read(R"({
      "defaultAction": "SCMP_ACT_ERRNO",
      "syscalls": [
        {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_LT"}]},
        {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}
      ]})");
    parsed_ = schema::profile::Parse(read.document);
    ASSERT_TRUE(parsed_.profile);
  }

  LineResult Try(TableRun& run, const std::string& line) {
    const auto table = Parsed(line);
    EXPECT_EQ(table.size(), 1U);
    auto result = run.Try(table.front());
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : LineResult();
  }

  schema::profile::ParseResult parsed_;
};

TEST_F(TableRunTest, AStarHoldsForEveryValueOrNamesOneThatBreaksIt) {
  TableRun run(*parsed_.profile);
  EXPECT_TRUE(Try(run, "socket(39) -> ALLOW").holds);
  EXPECT_FALSE(Try(run, "socket(40) -> ALLOW").holds);
  EXPECT_TRUE(Try(run, "socket(39, ...) -> ALLOW").holds);
  EXPECT_TRUE(Try(run, "read(...) -> ALLOW").holds);
  EXPECT_TRUE(Try(run, "write(...) -> ERRNO(EPERM)").holds);
  const LineResult allow = Try(run, "socket(*, 7) -> ALLOW");
  EXPECT_FALSE(allow.holds);
  EXPECT_GE(allow.call.arguments[0], 40U);
  EXPECT_EQ(allow.call.arguments[1], 7U);
  EXPECT_EQ(allow.decision.verdict.action, kernel::Action::kErrno);
  const LineResult deny = Try(run, "socket(...) -> ERRNO(EPERM)");
  EXPECT_FALSE(deny.holds);
  EXPECT_LT(deny.call.arguments[0], 40U);
}

TEST_F(TableRunTest, KnowsWhichRulesNoLineTried) {
  using Rules = std::vector<std::size_t>;
  TableRun run(*parsed_.profile);
  EXPECT_EQ(run.NeverDecide(), (Rules{0, 1, 2}));
  EXPECT_EQ(run.NeverPass(), (Rules{1, 2}));
  Try(run, "read -> ALLOW");
  Try(run, "socket -> ALLOW");
  Try(run, "mount -> ERRNO(EPERM)");
  EXPECT_EQ(run.NeverDecide(), (Rules{2}));
  EXPECT_EQ(run.NeverPass(), (Rules{1}));
  Try(run, "caps=+SYS_ADMIN mount -> ALLOW");
  Try(run, "socket(-1) -> ERRNO(EPERM)");
  EXPECT_EQ(run.NeverDecide(), Rules{});
  EXPECT_EQ(run.NeverPass(), Rules{});
}

}  // namespace
}  // namespace lint::verdicts
