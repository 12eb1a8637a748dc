#include <gtest/gtest.h>

#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/errno_name.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/multiplexer.h"
#include "schema/kernel/operator.h"
#include "schema/kernel/suggestion.h"
#include "schema/kernel/target.h"
#include "schema/kernel/version.h"

namespace schema::kernel {
namespace {

TEST(Architecture, TheTableIsInTheOrderOfTheEnumeration) {
  for (std::size_t i = 0; i < Architectures().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(Architectures()[i].architecture), i);
    EXPECT_EQ(FromScmpName(Architectures()[i].scmp_name), Architectures()[i].architecture);
    // __AUDIT_ARCH_LE of linux/audit.h says the same.
    EXPECT_EQ(Architectures()[i].big_endian, (Architectures()[i].audit_token & 0x40000000U) == 0);
  }
}

TEST(Architecture, HasSeveralNames) {
  EXPECT_EQ(FromAnyName("amd64"), Architecture::kX86_64);
  EXPECT_EQ(FromAnyName("x86_64"), Architecture::kX86_64);
  EXPECT_EQ(FromAnyName("SCMP_ARCH_X86_64"), Architecture::kX86_64);
  EXPECT_EQ(FromAnyName("i686"), Architecture::kX86);
  EXPECT_EQ(FromScmpName("amd64"), std::nullopt);
  EXPECT_TRUE(IsDockerArchName("arm64"));
  EXPECT_FALSE(IsDockerArchName("aarch64"));
}

TEST(Architecture, OfACall) {
  for (const ArchitectureFacts& facts : Architectures()) {
    const std::uint32_t number = facts.architecture == Architecture::kX32 ? kX32Bit + 1 : 1;
    EXPECT_EQ(ArchitectureOf(facts.audit_token, number), facts.architecture);
  }
  const std::uint32_t arm = Facts(Architecture::kArm).audit_token;
  EXPECT_EQ(ArchitectureOf(arm, kX32Bit), Architecture::kArm);
  EXPECT_EQ(ArchitectureOf(1, 1), std::nullopt);
}

TEST(Action, RoundTripsThroughAReturnValue) {
  for (const ActionFacts& facts : Actions()) {
    const Verdict verdict{facts.action, static_cast<std::uint16_t>(facts.takes_errno ? 99 : 0)};
    EXPECT_EQ(FromRet(ToRet(verdict)), verdict);
    EXPECT_EQ(ParseAction(facts.scmp_name), facts.action);
  }
  EXPECT_EQ(ParseAction("SCMP_ACT_KILL"), Action::kKillThread);
  EXPECT_EQ(ParseAction("scmp_act_allow"), std::nullopt);
  EXPECT_EQ(FromRet(0x7FFF0005), (Verdict{Action::kAllow, 0}));
  EXPECT_EQ(FromRet(0x12345678).action, Action::kKillProcess);
  EXPECT_EQ(ToString(Verdict{Action::kErrno, 38}), "SCMP_ACT_ERRNO(ENOSYS)");
}

TEST(Version, OfAKernel) {
  EXPECT_EQ(ParseMinKernel("4.8"), (KernelVersion{4, 8}));
  for (const char* bad :
       {"4", "4.", "4.8.0", "v4.8", "4.8 ", "", "-1.2", "4.99999999999", "4.256", "0.0"}) {
    EXPECT_EQ(ParseMinKernel(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(ParseRelease("6.1.0-13-amd64"), (KernelVersion{6, 1}));
  EXPECT_EQ(ParseRelease("6.18-rc1+"), (KernelVersion{6, 18}));
  EXPECT_EQ(ParseRelease("6.1x"), std::nullopt);
  EXPECT_LT((KernelVersion{4, 19}), (KernelVersion{5, 0}));
  EXPECT_EQ(ParseLibseccompVersion("2.5"), (LibseccompVersion{2, 5, 0}));
  EXPECT_EQ(ParseLibseccompVersion("2.5.4x"), std::nullopt);
}

TEST(Capability, DockersSet) {
  const CapabilitySet docker = CapabilitySet::Docker();
  EXPECT_TRUE(docker.Has(*ParseCapability("CAP_SYS_CHROOT")));
  EXPECT_FALSE(docker.Has(*ParseCapability("CAP_SYS_ADMIN")));
  EXPECT_EQ(ParseCapability("CAP_CHECKPOINT_RESTORE"), 40U);  // linux/capability.h
  EXPECT_EQ(ParseCapability("SYS_ADMIN"), std::nullopt);
  EXPECT_EQ(ToString(CapabilitySet()), "none");
}

TEST(Capability, AreReadByName) {
  for (const char* text : {"docker", "all", "none", "CAP_CHOWN+CAP_KILL"}) {
    EXPECT_EQ(ToString(*ParseCapabilities(text)), text);
  }
  for (const char* near : {"CAP_KLIL", "KILL", "kill", "cap_kill"}) {
    const std::string message = ParseCapabilities(near).error().message;
    EXPECT_NE(message.find("did you mean \"CAP_KILL\"?"), std::string::npos) << message;
  }
  EXPECT_EQ(ParseCapabilities("CAP_KILL,all").error().message,
            "unknown capability \"CAP_KILL,all\"; capabilities are docker, all, none or "
            "CAP_A+CAP_B, of those in capabilities(7)");
  EXPECT_FALSE(ParseCapabilities(""));
}

TEST(Capability, SummariesAreShort) {
  for (const char* text : {"docker", "all", "none", "CAP_CHOWN+CAP_KILL"}) {
    EXPECT_EQ(Summary(*ParseCapabilities(text)), text);
  }
  const std::uint64_t all = CapabilitySet::All().bits();
  EXPECT_EQ(Summary(CapabilitySet(all & ~std::uint64_t{33})), "all but CAP_CHOWN+CAP_KILL");
}

TEST(Errno, NamesAndNumbers) {
  EXPECT_EQ(ParseErrno("EPERM"), 1);
  EXPECT_EQ(ParseErrno("ENOSYS"), 38);
  EXPECT_EQ(ParseErrno("EWOULDBLOCK"), 11);
  EXPECT_EQ(ErrnoText(11), "EAGAIN");
  EXPECT_EQ(ErrnoText(4000), "4000");
  EXPECT_EQ(ParseErrno("eperm"), std::nullopt);
}

TEST(Operator, NamesGoBothWays) {
  for (const Operator op :
       {Operator::kNotEqual, Operator::kLess, Operator::kLessOrEqual, Operator::kEqual,
        Operator::kGreaterOrEqual, Operator::kGreater, Operator::kMaskedEqual}) {
    EXPECT_EQ(ParseOperator(ScmpName(op)), op);
  }
  EXPECT_EQ(ParseOperator("=="), std::nullopt);
}

TEST(Multiplexer, OnlyWhereThereIsOne) {
  EXPECT_EQ(FindMultiplexed(Architecture::kX86, "socket")->call, 1U);
  EXPECT_EQ(FindMultiplexed(Architecture::kS390x, "shmctl")->multiplexer, "ipc");
  EXPECT_FALSE(FindMultiplexed(Architecture::kX86_64, "socket"));
  EXPECT_FALSE(FindMultiplexed(Architecture::kX86, "read"));
}

TEST(Suggestion, OnlyWhatIsNear) {
  constexpr std::string_view kKnown[] = {"open", "openat", "umount2", "write"};
  EXPECT_EQ(Nearest("opne", kKnown), "open");  // a swap is one edit
  EXPECT_EQ(Nearest("unmount2", kKnown), "umount2");
  EXPECT_EQ(Nearest("OpenAt", kKnown), "openat");
  EXPECT_EQ(Nearest("read", kKnown), "");
  EXPECT_EQ(DidYouMean("wirte", kKnown), ", did you mean \"write\"?");
}

TEST(Target, IsReadOverDefaults) {
  Target defaults;
  defaults.kernel = {6, 1};
  const auto target = ParseTarget("arch=arm64,caps=CAP_SYS_ADMIN+CAP_KILL,engine=docker", defaults);
  ASSERT_TRUE(target);
  EXPECT_EQ(ToString(*target),
            "arch=aarch64,kernel=6.1,libseccomp=2.2.0,caps=CAP_KILL+CAP_SYS_ADMIN,engine=docker");
  EXPECT_EQ(*ParseTarget(ToString(*target), Target()), *target);
  EXPECT_EQ(ParseTarget("caps=CAP_SYS_ADMN", defaults).error().message,
            "target caps=CAP_SYS_ADMN: unknown capability \"CAP_SYS_ADMN\", did you mean "
            "\"CAP_SYS_ADMIN\"?; capabilities are docker, all, none or CAP_A+CAP_B, of those in "
            "capabilities(7)");
  for (const char* bad : {"", "arch", "arch=", "arch=x86_64,", "engine=podman", "kernel=six"}) {
    EXPECT_FALSE(ParseTarget(bad, defaults)) << bad;
  }
}

TEST(Target, ThisHostIsReadable) {
  const auto host = ThisHost(LibseccompRelease({2, 5, 4}));
  ASSERT_TRUE(host);
  EXPECT_GE(host->kernel, (KernelVersion{3, 5}));
}

}  // namespace
}  // namespace schema::kernel
