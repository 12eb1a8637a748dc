// The verdict tables against the running kernel, and real programs under the profiles' filters.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <map>
#include <string>

#include "schema/kernel/target.h"
#include "tests/profiles/kernel_probe.h"
#include "tests/profiles/shipped_profile.h"

namespace profiles {
namespace {

namespace kernel = schema::kernel;

ShippedProfile LoadShipped(const std::string& name) {
  auto shipped = ShippedProfile::Load(name);
  EXPECT_TRUE(shipped) << shipped.error().message;
  return shipped ? std::move(*shipped) : ShippedProfile();
}

kernel::Target ThisMachine() {
  const auto target = kernel::ThisHost(kernel::LibseccompRelease({2, 5, 4}));
  EXPECT_TRUE(target) << target.error().message;
  return target ? *target : kernel::Target();
}

class KernelTest : public testing::TestWithParam<std::string> {};

// Why the line says nothing about this machine; empty where it does.
std::string WhySkipped(const ShippedProfile& shipped, const Expectation& line) {
  const auto host = shipped.TargetOf(line).architecture;
  if (host != ThisMachine().architecture) {
    return "filters for " + std::string(kernel::Facts(host).name) + " run on it alone";
  }
  // Commit cf6cb56ef244 ("seccomp: passthrough uretprobe systemcall without filtering"), in 6.14.
  if (line.name == "uretprobe") return "no filter sees uretprobe";
  return WhyNotCallable(line.architecture);
}

TEST_P(KernelTest, AgreesWithTheTable) {
  ShippedProfile shipped = LoadShipped(GetParam());
  std::size_t checked = 0;
  std::map<std::string, std::size_t> skipped;
  for (const Expectation& line : shipped.table()) {
    if (const std::string why = WhySkipped(shipped, line); !why.empty()) {
      ++skipped[why];
      continue;
    }
    const auto compiled = shipped.For(shipped.TargetOf(line));
    ASSERT_TRUE(compiled) << compiled.error().message;
    const auto observed = Probe((*compiled)->filter, line.AsCall());
    ASSERT_TRUE(observed) << shipped.Where(line) << ": " << observed.error().message;
    EXPECT_EQ(ToString(*observed), ToString(Visible(line.verdict))) << shipped.Where(line);
    ++checked;
  }
  std::cout << checked << " lines checked in the kernel\n";
  for (const auto& [why, lines] : skipped) std::cout << lines << " skipped: " << why << "\n";
  if (checked == 0) GTEST_SKIP() << "no line of the table is about this machine";
}

INSTANTIATE_TEST_SUITE_P(Profiles, KernelTest, testing::ValuesIn(ShippedNames()),
                         [](const auto& name) { return name.param; });

// A probe sees each kind of verdict: else a table of ALLOW alone could not fail.
TEST(Probe, TellsVerdictsApart) {
  if (const auto why = WhyNotCallable(kernel::Architecture::kX86_64); !why.empty()) {
    GTEST_SKIP() << why;
  }
  using kernel::Action;
  const schema::policy::Call getppid{
      kernel::Facts(kernel::Architecture::kX86_64).audit_token, 110, {}};  // asm/unistd_64.h
  for (const kernel::Verdict verdict : {kernel::Verdict{Action::kAllow, 0},
                                        {Action::kLog, 0},
                                        {Action::kErrno, 1},
                                        {Action::kErrno, 38},
                                        {Action::kTrap, 0},
                                        {Action::kKillThread, 0},
                                        {Action::kKillProcess, 0}}) {
    const schema::filter::Filter filter{{BPF_STMT(BPF_RET | BPF_K, kernel::ToRet(verdict))}, 0};
    const auto observed = Probe(filter, getppid);
    ASSERT_TRUE(observed) << observed.error().message;
    EXPECT_EQ(*observed, Visible(verdict)) << kernel::ToString(verdict);
  }
}

// Runs a program under a shipped profile as it is on this machine.
Ended RunUnderShipped(const std::string& profile, const std::vector<std::string>& argv,
                      const std::string& input = "") {
  ShippedProfile shipped = LoadShipped(profile);
  const auto compiled = shipped.For(ThisMachine());
  EXPECT_TRUE(compiled) << compiled.error().message;
  if (!compiled) return {};
  const auto ended = RunUnder((*compiled)->filter, argv, input);
  EXPECT_TRUE(ended) << ended.error().message;
  return ended ? *ended : Ended{};
}

bool Succeeded(const Ended& ended) {
  return WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0;
}

constexpr const char* kBusybox = "/bin/busybox";

TEST(Programs, DynamicOneRunsUnderDefaultAndAudit) {
  for (const char* profile : {"default", "audit"}) {
    const Ended ended = RunUnderShipped(profile, {"/bin/ls", "/"});
    EXPECT_TRUE(Succeeded(ended)) << profile << ": " << ended.output;
    EXPECT_NE(ended.output.find("etc"), std::string::npos) << ended.output;
    const Ended shell = RunUnderShipped(profile, {"/bin/sh", "-c", "echo one | cat; exit 3"});
    EXPECT_EQ(shell.output, "one\n");
    EXPECT_EQ(WEXITSTATUS(shell.status), 3);
  }
}

TEST(Programs, BusyboxRunsUnderEveryProfile) {
  if (access(kBusybox, X_OK) != 0) GTEST_SKIP() << "no " << kBusybox << " here";
  for (const std::string& profile : ShippedNames()) {
    if (profile == "agent") continue;  // for threads that execute nothing
    const Ended ended = RunUnderShipped(profile, {kBusybox, "echo", "hi"});
    EXPECT_TRUE(Succeeded(ended)) << profile;
    EXPECT_EQ(ended.output, "hi\n") << profile;
  }
}

// static_program.cc tells what it was given; ENOSYS is strict.json's default.
TEST(Programs, StaticOneRunsUnderStrictAndIsConfined) {
  const Ended ended = RunUnderShipped("strict", {STATIC_PROGRAM}, "a line\n");
  EXPECT_TRUE(Succeeded(ended)) << ended.output;
  EXPECT_EQ(ended.output,
            "read: a line\n"
            "open to write: 38\n"
            "open to read: 38\n"
            "socket: 38\n"
            "fork: 38\n"
            "kill: 38\n"
            "executable memory by personality: 38\n"
            "own limit: 0\n"
            "new limit: 38\n"
            "signal: 0\n");
}

TEST(Programs, StaticOneAsItRunsWithoutAFilter) {
  const schema::filter::Filter allow{
      {BPF_STMT(BPF_RET | BPF_K, kernel::ToRet({kernel::Action::kAllow, 0}))}, 0};
  const auto ended = RunUnder(allow, {STATIC_PROGRAM}, "a line\n");
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->output.find("38"), std::string::npos) << ended->output;
}

TEST(Programs, DynamicOneDoesNotRunUnderStrict) {
  EXPECT_FALSE(Succeeded(RunUnderShipped("strict", {"/bin/ls", "/"})));
}

}  // namespace
}  // namespace profiles
