#include "schema/kernel/syscall.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "schema/kernel/library_function.h"
#include "schema/kernel/libseccomp_release.h"
#include "schema/kernel/target.h"

namespace schema::kernel {
namespace {

TEST(Syscall, NumbersAreThoseOfTheHeaders) {
  EXPECT_EQ(NumberOf(Architecture::kX86_64, "read"), 0U);
  EXPECT_EQ(NumberOf(Architecture::kX86, "socket"), 359U);
  EXPECT_EQ(NumberOf(Architecture::kX32, "read"), kX32Bit);
  EXPECT_EQ(NumberOf(Architecture::kX32, "rt_sigaction"), kX32Bit + 512);
  EXPECT_EQ(NumberOf(Architecture::kMips64n32, "read"), 6000U);
  EXPECT_EQ(NumberOf(Architecture::kArm, "cacheflush"), 0x0F0002U);
  EXPECT_EQ(NumberOf(Architecture::kLoongarch64, "clone3"), 435U);
  EXPECT_EQ(NumberOf(Architecture::kM68k, "read"), 3U);
  EXPECT_EQ(NumberOf(Architecture::kSheb, "read"), 3U);
  EXPECT_EQ(NumberOf(Architecture::kMipsel64, "mseal"), 5462U);
  EXPECT_EQ(NumberOf(Architecture::kX86, "recv"), std::nullopt);
  EXPECT_EQ(NumberOf(Architecture::kX86_64, "opne"), std::nullopt);
  EXPECT_EQ(NameOf(Architecture::kAarch64, 64), "write");
  EXPECT_EQ(NameOf(Architecture::kX86_64, 9999), "");
  EXPECT_EQ(NameOf(Architecture::kArm, 341), "sync_file_range2");
}

TEST(Syscall, EveryEntryIsFoundByNameAndNumber) {
  for (const auto& facts : Architectures()) {
    const auto entries = SyscallEntries(facts.architecture);
    EXPECT_GT(entries.size(), 300U) << facts.name;
    EXPECT_TRUE(std::ranges::is_sorted(entries, {}, &SyscallEntry::number)) << facts.name;
    for (const SyscallEntry& entry : entries) {
      EXPECT_EQ(FindEntry(facts.architecture, entry.name()), &entry);
      EXPECT_EQ(FindEntry(facts.architecture, entry.number)->number, entry.number);
      EXPECT_FALSE(entry.removed() && *entry.removed() <= KernelVersion{}) << entry.name();
    }
  }
}

TEST(Syscall, NamesAreSortedAndKnown) {
  EXPECT_TRUE(std::ranges::is_sorted(SyscallNames()));
  for (const std::string_view name : SyscallNames()) EXPECT_EQ(FindSyscall(name)->name, name);
  for (const char* unknown : {"", "execv", "opne", "READ", "read "}) {
    EXPECT_EQ(FindSyscall(unknown), nullptr) << unknown;
  }
  EXPECT_NE(FindSyscall("getxpid"), nullptr);  // of Alpha alone
}

// Sources: syscall.facts.
TEST(Syscall, FirstReleasesDifferByArchitecture) {
  const auto since = [](Architecture architecture, std::string_view name) {
    return FindEntry(architecture, name)->since();
  };
  EXPECT_EQ(since(Architecture::kX86_64, "socket"), (KernelVersion{2, 0}));
  EXPECT_EQ(since(Architecture::kX86, "socket"), (KernelVersion{4, 3}));
  EXPECT_EQ(since(Architecture::kPpc, "semget"), (KernelVersion{5, 1}));
  EXPECT_EQ(since(Architecture::kAarch64, "read"), (KernelVersion{3, 7}));
  EXPECT_EQ(since(Architecture::kLoongarch64, "membarrier"), (KernelVersion{5, 19}));
  EXPECT_EQ(since(Architecture::kSh, "getrandom"), (KernelVersion{4, 8}));
  EXPECT_EQ(FindSyscall("fchroot")->since, (KernelVersion{7, 3}));
}

TEST(Syscall, InTellsWhatAKernelServes) {
  const auto in = [](Architecture architecture, std::string_view name, KernelVersion kernel) {
    return FindEntry(architecture, name)->In(kernel);
  };
  EXPECT_FALSE(in(Architecture::kX86_64, "clone3", {5, 2}));
  EXPECT_TRUE(in(Architecture::kX86_64, "clone3", {5, 3}));
  EXPECT_TRUE(in(Architecture::kX86_64, "_sysctl", {5, 4}));
  EXPECT_FALSE(in(Architecture::kX86_64, "_sysctl", {5, 5}));
  EXPECT_TRUE(in(Architecture::kS390, "read", {6, 18}));
  EXPECT_FALSE(in(Architecture::kS390, "read", {6, 19}));
  EXPECT_FALSE(in(Architecture::kX86_64, "afs_syscall", {6, 1}));
}

TEST(Syscall, ArgumentsAndCapabilities) {
  const Syscall* socket = FindSyscall("socket");
  EXPECT_EQ(socket->ArgumentCount(), 3U);
  EXPECT_EQ(socket->TypeOf(0), ArgumentType::kInt);
  EXPECT_EQ(socket->TypeOf(3), std::nullopt);
  EXPECT_EQ(FindSyscall("clone")->TypeOf(0), ArgumentType::kLong);
  EXPECT_EQ(FindSyscall("pread64")->TypeOf(3), ArgumentType::k64Bit);
  EXPECT_EQ(FindSyscall("getpid")->ArgumentCount(), 0U);
  EXPECT_EQ(FindSyscall("mount")->TypeOf(0), ArgumentType::kPointer);
  EXPECT_TRUE(FindSyscall("mount")->Capabilities().Has(*ParseCapability("CAP_SYS_ADMIN")));
  EXPECT_TRUE(FindSyscall("bpf")->Capabilities().Has(*ParseCapability("CAP_BPF")));
  EXPECT_EQ(FindSyscall("read")->Capabilities(), CapabilitySet());
}

// What a filter can look at must be known for all that profiles filter by arguments.
TEST(Syscall, ArgumentsAreKnownForNearlyAll) {
  std::set<std::string_view> unknown;
  for (const SyscallEntry& entry : SyscallEntries(Architecture::kX86_64)) {
    const Syscall& syscall = entry.syscall();
    if (syscall.implemented && !syscall.ArgumentCount()) unknown.insert(syscall.name);
  }
  EXPECT_EQ(unknown, std::set<std::string_view>());
}

TEST(Capability, FirstReleases) {
  EXPECT_EQ(CapabilitySince(*ParseCapability("CAP_CHOWN")), (KernelVersion{2, 2}));
  EXPECT_EQ(CapabilitySince(*ParseCapability("CAP_AUDIT_READ")), (KernelVersion{3, 16}));
  EXPECT_EQ(CapabilitySince(*ParseCapability("CAP_BPF")), (KernelVersion{5, 8}));
  EXPECT_EQ(CapabilitySince(*ParseCapability("CAP_CHECKPOINT_RESTORE")), (KernelVersion{5, 9}));
}

TEST(LibseccompReleases, TheirTables) {
  EXPECT_EQ(LibseccompRelease({2, 5, 4}).syscalls_until, (KernelVersion{5, 17}));
  EXPECT_EQ(LibseccompRelease({2, 5, 1}).syscalls_until, (KernelVersion{5, 8}));
  EXPECT_EQ(LibseccompRelease({9, 0, 0}).syscalls_until, (KernelVersion{~0U, 0}));
  EXPECT_EQ(LibseccompRelease({0, 1, 0}).syscalls_until, KernelVersion{});
  EXPECT_EQ(LibseccompSince(Architecture::kRiscv64), (LibseccompVersion{2, 5, 0}));
}

TEST(LibraryFunctions, AreNoSystemCallsAndNameSome) {
  for (const LibraryFunction& function : LibraryFunctions()) {
    EXPECT_EQ(FindSyscall(function.name), nullptr) << function.name;
    EXPECT_EQ(FindLibraryFunction(function.name), &function);
    const std::string_view first = function.calls.substr(0, function.calls.find_first_of(", "));
    EXPECT_NE(FindSyscall(first), nullptr) << function.name << ": " << first;
  }
  EXPECT_EQ(FindLibraryFunction("execv")->calls, "execve");
  EXPECT_EQ(FindLibraryFunction("read"), nullptr);
}

TEST(Targets, OneTextMayMeanMany) {
  const Target defaults;
  const auto count = [&](const char* text) { return ParseTargets(text, defaults)->size(); };
  EXPECT_EQ(count("arch=all"), 23U);
  EXPECT_EQ(count("arch=amd64+arm64,kernel=4.19..5.1"), 8U);  // 4.19, 4.20, 5.0, 5.1
  EXPECT_EQ(count("kernel=6.12.107+deb12-amd64"), 1U);
  const auto some = ParseTargets("kernel=3.18..4.1,arch=s390x", defaults);
  EXPECT_EQ((*some)[1].kernel, (KernelVersion{3, 19}));
  EXPECT_EQ((*some)[2].kernel, (KernelVersion{4, 0}));
  EXPECT_EQ((*some)[3].architecture, Architecture::kS390x);
  for (const char* bad : {"kernel=6.1..5.4", "kernel=6.1..", "kernel=..6.1", "arch=amd64+",
                          "arch=+", "kernel=6.1..4000000000.1"}) {
    EXPECT_FALSE(ParseTargets(bad, defaults)) << bad;
  }
  EXPECT_EQ(ParseTarget("arch=all", defaults).error().message,
            "target arch=all: means 23 targets; one is wanted here");
}

}  // namespace
}  // namespace schema::kernel
