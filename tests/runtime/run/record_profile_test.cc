// Profiles of calls that need not be made on this machine.

#include "runtime/run/record_profile.h"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "lint/engine/engine.h"
#include "runtime/isolator/isolator.h"
#include "schema/kernel/syscall.h"

namespace runtime::run {
namespace {

using schema::kernel::Architecture;

schema::kernel::Target X86() {
  auto target = *isolator::HostTarget();
  target.architecture = Architecture::kX86_64;
  return target;
}

void Add(Calls& calls, Architecture architecture, std::string_view name, std::uint64_t kept = 0) {
  const auto number = schema::kernel::NumberOf(architecture, name);
  ASSERT_TRUE(number) << name;
  calls.insert({schema::kernel::Facts(architecture).audit_token, *number, kept});
}

std::string FindingsOf(const std::string& text, const schema::kernel::Target& target) {
  std::string findings;
  for (const auto& finding : lint::engine::Check("p", text, {{target}, {}}).reports) {
    findings += std::string(finding.rule->id) + " " + finding.message + "\n";
  }
  return findings;
}

TEST(RecordProfile, OfNoCalls) {
  const auto profile = MakeProfile({}, X86());
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->text, R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "syscalls": [
    {
      "names": ["execve", "exit_group"],
      "action": "SCMP_ACT_ALLOW"
    }
  ]
}
)");
  EXPECT_TRUE(profile->notes.empty());
}

TEST(RecordProfile, GroupsNamesAndKeepsValues) {
  Calls calls;
  for (const char* name : {"write", "read"}) Add(calls, Architecture::kX86_64, name);
  Add(calls, Architecture::kX86_64, "socket", 1);
  Add(calls, Architecture::kX86_64, "socket", 2);
  Add(calls, Architecture::kX86_64, "socketpair", 1);
  Add(calls, Architecture::kX86_64, "ptrace", 0x4206);
  const auto profile = MakeProfile(calls, X86());
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->text, R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "syscalls": [
    {
      "names": ["execve", "exit_group", "read", "write"],
      "action": "SCMP_ACT_ALLOW"
    },
    {
      "names": ["ptrace"],
      "action": "SCMP_ACT_ALLOW",
      "args": [
        { "index": 0, "value": 16902, "op": "SCMP_CMP_EQ" }
      ]
    },
    {
      "names": ["socket", "socketpair"],
      "action": "SCMP_ACT_ALLOW",
      "args": [
        { "index": 0, "value": 4294967295, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ" }
      ]
    },
    {
      "names": ["socket"],
      "action": "SCMP_ACT_ALLOW",
      "args": [
        { "index": 0, "value": 4294967295, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ" }
      ]
    }
  ]
}
)");
  EXPECT_EQ(FindingsOf(profile->text, X86()), "");
}

TEST(RecordProfile, Of32BitProcesses) {
  Calls calls;
  for (const char* name : {"execve", "openat", "read", "write", "mprotect", "mmap", "newfstatat",
                           "arch_prctl", "close", "getuid", "clone3"}) {
    Add(calls, Architecture::kX86_64, name);
  }
  for (const char* name : {"mmap2", "fstat64", "write", "socketcall", "set_thread_area"}) {
    Add(calls, Architecture::kX86, name);
  }
  Add(calls, Architecture::kX86, "clone", 0);
  Add(calls, Architecture::kX86, "socket", 1);
  const auto profile = MakeProfile(calls, X86());
  ASSERT_TRUE(profile);
  EXPECT_NE(profile->text.find(R"("archMap": [
    { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] }
  ])"),
            std::string::npos)
      << profile->text;
  EXPECT_EQ(FindingsOf(profile->text, X86()), "") << profile->text;
}

TEST(RecordProfile, OfX32) {
  Calls calls;
  Add(calls, Architecture::kX32, "getpid");
  const auto profile = MakeProfile(calls, X86());
  ASSERT_TRUE(profile);
  EXPECT_NE(profile->text.find("SCMP_ARCH_X32"), std::string::npos) << profile->text;
  EXPECT_NE(profile->text.find("getpid"), std::string::npos) << profile->text;
}

TEST(RecordProfile, NumbersWithoutNames) {
  const Calls calls = {{AUDIT_ARCH_X86_64, 4000, 0},
                       {0x12345678, 1, 0},
                       {AUDIT_ARCH_X86_64, 0xFFFFFFFF, 0}};  // the last one was cancelled
  const auto profile = MakeProfile(calls, X86());
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->notes.size(), 2U);
}

TEST(RecordProfile, WideWhereThereAreTooManyValues) {
  for (const std::uint64_t count : {kMostValues, kMostValues + 1}) {
    Calls calls;
    for (std::uint64_t i = 0; i < count; ++i) Add(calls, Architecture::kX86_64, "ioctl", i);
    const auto profile = MakeProfile(calls, X86());
    ASSERT_TRUE(profile);
    EXPECT_EQ(profile->text.find("\"args\"") == std::string::npos, count > kMostValues);
    EXPECT_EQ(profile->notes.empty(), count <= kMostValues);
    EXPECT_EQ(FindingsOf(profile->text, X86()), "");
  }
}

TEST(KeptArgument, OfCloneIsTheSecondOnS390) {
  EXPECT_EQ(KeptArgumentOf(Architecture::kS390x, "clone")->index, 1);
  EXPECT_EQ(KeptArgumentOf(Architecture::kX86_64, "clone")->index, 0);
  EXPECT_FALSE(KeptArgumentOf(Architecture::kX86_64, "clone3"));
}

// A mask of bits that the kernel does not read would let upper bits pass for something else.
TEST(KeptArgument, OfAnIntHasTheBitsThatTheKernelReads) {
  using schema::kernel::ArgumentType;
  for (const auto& syscall : schema::kernel::Syscalls()) {
    const auto kept = KeptArgumentOf(Architecture::kX86_64, syscall.name);
    if (!kept) continue;
    const auto type = syscall.TypeOf(kept->index);
    EXPECT_EQ(type == ArgumentType::kInt && kept->mask > 0xFFFFFFFF, false) << syscall.name;
  }
}

}  // namespace
}  // namespace runtime::run
