// Users, capabilities, no_new_privs, and the parent-death signal that their change would clear.

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

using IdentityTest = KernelTest;
using schema::kernel::CapabilitySet;

constexpr uid_t kNobody = 65534;

std::string Hex(CapabilitySet set) {
  std::array<char, 17> text = {};
  std::snprintf(text.data(), text.size(), "%016" PRIx64, set.bits());
  return text.data();
}

struct Case {
  uid_t uid;
  bool filter;
  bool no_new_privs;
};

std::string Name(const Case& c) {
  return "uid " + std::to_string(c.uid) + (c.filter ? ", filter" : "") +
         (c.no_new_privs ? ", no_new_privs" : "");
}

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const uid_t uid : {0U, kNobody}) {
    for (const bool filter : {false, true}) {
      for (const bool no_new_privs : {false, true}) cases.push_back({uid, filter, no_new_privs});
    }
  }
  return cases;
}

Spec With(const Case& c, Spec spec) {
  spec.user = User{c.uid, c.uid, {}};
  spec.no_new_privs = c.no_new_privs;
  if (c.filter) spec.filter = FilterOn({SYS_reboot}, SECCOMP_RET_ERRNO | EPERM);
  return spec;
}

void ExpectCapabilities(const std::string& status, const Case& c, CapabilitySet held,
                        CapabilitySet bounding, CapabilitySet ambient) {
  EXPECT_EQ(Field(status, "CapPrm"), Hex(held));
  EXPECT_EQ(Field(status, "CapEff"), Hex(held));
  EXPECT_EQ(Field(status, "CapBnd"), Hex(bounding));
  EXPECT_EQ(Field(status, "CapInh"), Hex(ambient));
  EXPECT_EQ(Field(status, "CapAmb"), Hex(ambient));
  EXPECT_EQ(Field(status, "Seccomp"), c.filter ? "2" : "0");
  EXPECT_EQ(Field(status, "NoNewPrivs"), c.no_new_privs ? "1" : "0");
}

TEST_F(IdentityTest, HoldsExactlyTheCapabilitiesAskedFor) {
  const CapabilitySet docker = CapabilitySet::Docker();
  CapabilitySet net_raw;
  net_raw.Add(CAP_NET_RAW);
  const CapabilitySet none;
  ASSERT_FALSE(docker.Has(CAP_SYS_ADMIN));
  for (const Case& c : AllCases()) {
    for (const CapabilitySet bounding : {docker, none}) {
      for (const CapabilitySet ambient : {none, net_raw}) {
        if ((ambient.bits() & ~bounding.bits()) != 0) continue;
        SCOPED_TRACE(Name(c) + ", bounding " + ToString(bounding) + ", ambient " +
                     ToString(ambient));
        Spec spec = With(c, Command({"cat", "/proc/self/status"}));
        spec.bounding = bounding;
        spec.ambient = ambient;
        const std::string status = RunToEnd(spec).output;
        ExpectCapabilities(status, c, c.uid == 0 ? bounding : ambient, bounding, ambient);
      }
    }
  }
}

TEST_F(IdentityTest, LeavesCapabilitiesAloneWithoutABoundingSet) {
  const std::string own = RunToEnd(Command({"cat", "/proc/self/status"})).output;
  for (const Case& c : AllCases()) {
    SCOPED_TRACE(Name(c));
    const std::string status = RunToEnd(With(c, Command({"cat", "/proc/self/status"}))).output;
    EXPECT_EQ(Field(status, "CapBnd"), Field(own, "CapBnd"));
    EXPECT_EQ(Field(status, "CapInh"), Field(own, "CapInh"));
    // As the kernel does it: leaving uid 0 loses them.
    EXPECT_EQ(Field(status, "CapPrm"), c.uid == 0 ? Field(own, "CapPrm") : Hex(CapabilitySet()));
    EXPECT_EQ(Field(status, "CapEff"), Field(status, "CapPrm"));
  }
}

TEST_F(IdentityTest, TheBoundingSetIsACeiling) {
  // More than the kernel has: no error, and nothing gained.
  Spec spec = Command({"cat", "/proc/self/status"});
  const std::string own = RunToEnd(spec).output;
  spec.bounding = CapabilitySet(~std::uint64_t{0});
  const std::string status = RunToEnd(spec).output;
  EXPECT_EQ(Field(status, "CapBnd"), Field(own, "CapBnd"));
  EXPECT_EQ(Field(status, "CapEff"), Field(own, "CapEff"));
}

TEST_F(IdentityTest, NamesTheAmbientCapabilityThatTheLauncherLacks) {
  EXPECT_TRUE(InFork([] {
    // As a launcher whose own container has no CAP_SYS_TIME.
    Spec outer = Command({"true"});
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct words[2] = {};
    syscall(SYS_capget, &header, words);
    words[0].permitted &= ~(1U << CAP_SYS_TIME);
    words[0].effective = words[0].permitted;
    if (syscall(SYS_capset, &header, words) != 0) return false;
    outer.bounding = CapabilitySet(std::uint64_t{1} << CAP_SYS_TIME);
    outer.ambient = *outer.bounding;
    const LaunchResult refused = Launch(outer);
    // CAP_SETPCAP lets it into the inheritable set; raising it is refused.
    return !refused && refused.error().step == Step::kAmbientSet &&
           refused.error().error.message.find("CAP_SYS_TIME") != std::string::npos;
  }));
}

TEST_F(IdentityTest, BecomesTheUserInAllIds) {
  Spec spec = Command({"cat", "/proc/self/status"});
  spec.user = User{1234, 2345, {3456, 4567}};
  std::string status = RunToEnd(spec).output;
  EXPECT_EQ(Field(status, "Uid"), "1234\t1234\t1234\t1234");
  EXPECT_EQ(Field(status, "Gid"), "2345\t2345\t2345\t2345");
  EXPECT_EQ(Field(status, "Groups"), "3456 4567 ");
  spec.user->groups.clear();
  status = RunToEnd(spec).output;
  EXPECT_EQ(Field(status, "Groups"), " ");
}

// Whether a program dies with the launcher that asked for `signal`: its output pipe closes early.
bool DiesWithItsParent(Spec spec, int signal) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  spec.stdio = {kNullDevice, write_end.number(), kNullDevice};
  spec.parent_death_signal = signal;
  if (!InFork([&spec] { return Launch(spec).has_value(); })) ADD_FAILURE() << "not launched";
  write_end.Close();
  pollfd poll_fd = {read_end.number(), 0, 0};
  return poll(&poll_fd, 1, 1500) == 1 && (poll_fd.revents & POLLHUP) != 0;
}

TEST_F(IdentityTest, DiesWithItsParentWhoeverItIs) {
  for (const Case& c : AllCases()) {
    SCOPED_TRACE(Name(c));
    Spec spec = With(c, Command({"sleep", "3"}));
    EXPECT_TRUE(DiesWithItsParent(spec, SIGKILL));
    spec.bounding = CapabilitySet::Docker();
    spec.ambient.Add(CAP_NET_RAW);
    spec.namespaces.pid = true;
    EXPECT_TRUE(DiesWithItsParent(spec, SIGKILL));
  }
  EXPECT_FALSE(DiesWithItsParent(Command({"sleep", "3"}), 0));
}

}  // namespace
}  // namespace runtime::launch
