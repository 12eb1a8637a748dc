// Our tables against those of the libseccomp that this machine has: every difference has a reason.

#include <gtest/gtest.h>
#include <seccomp.h>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "schema/filter/library.h"
#include "schema/filter/scmp_architecture.h"
#include "schema/kernel/multiplexer.h"
#include "schema/kernel/syscall.h"

namespace schema::filter {
namespace {

using kernel::Architecture;

struct Difference {
  Architecture architecture;
  std::string_view name;
  std::string_view reason;
};

constexpr std::string_view kLater =
    "Linux gave the architecture the call after the library's table was made";
constexpr std::array kDifferences = {
    Difference{Architecture::kArm, "sync_file_range2",
               "the header's second name for arm_sync_file_range"},
    Difference{Architecture::kParisc, "cacheflush", kLater},
    Difference{Architecture::kParisc64, "cacheflush", kLater},
    Difference{Architecture::kS390, "memfd_secret", kLater},
    Difference{Architecture::kS390x, "memfd_secret", kLater},
};

std::string_view ReasonFor(Architecture architecture, const kernel::SyscallEntry& entry) {
  if (entry.syscall().since > Library().syscalls_until) return "newer than the library";
  if (kernel::FindMultiplexed(architecture, entry.name())) {
    return "the library gives multiplexed calls a number of its own";
  }
  for (const Difference& difference : kDifferences) {
    if (difference.architecture == architecture && difference.name == entry.name()) {
      return difference.reason;
    }
  }
  return "";
}

bool LibraryHas(Architecture architecture) {
  return kernel::LibseccompSince(architecture) <= Library().version;
}

int LibrarysNumber(Architecture architecture, std::string_view name) {
  return seccomp_syscall_resolve_name_arch(ScmpArchitecture(architecture),
                                           std::string(name).c_str());
}

TEST(Libseccomp, HasOurNumbersOrThereIsAReason) {
  std::map<std::string_view, int> reasons;
  std::size_t equal = 0;
  for (const auto& facts : kernel::Architectures()) {
    if (!LibraryHas(facts.architecture)) continue;
    for (const kernel::SyscallEntry& entry : kernel::SyscallEntries(facts.architecture)) {
      if (LibrarysNumber(facts.architecture, entry.name()) == static_cast<int>(entry.number)) {
        ++equal;
        continue;
      }
      const std::string_view reason = ReasonFor(facts.architecture, entry);
      EXPECT_NE(reason, "") << facts.name << " " << entry.name() << " " << entry.number;
      ++reasons[reason];
    }
  }
  EXPECT_GT(equal, 6000U);
  std::cout << equal << " numbers are equal\n";
  for (const auto& [reason, count] : reasons) std::cout << count << ": " << reason << "\n";
}

// And the other way round: what the library knows, we know.
TEST(Libseccomp, KnowsNothingThatWeDoNot) {
  struct FreeName {
    void operator()(char* name) const { std::free(name); }
  };
  constexpr std::uint32_t kNumbers = 600;            // of an architecture's own
  constexpr std::uint32_t kArmPrivate = 0x000F0000;  // __ARM_NR_BASE of asm/unistd.h
  for (const auto& facts : kernel::Architectures()) {
    if (!LibraryHas(facts.architecture)) continue;
    const std::uint32_t first =
        kernel::SyscallEntries(facts.architecture).front().number / 1000 * 1000;
    const std::uint32_t begin = facts.architecture == Architecture::kX32 ? kernel::kX32Bit : first;
    for (std::uint32_t i = 0; i < kNumbers + 16; ++i) {
      const std::uint32_t number = i < kNumbers ? begin + i : kArmPrivate + i - kNumbers;
      const std::unique_ptr<char, FreeName> name(seccomp_syscall_resolve_num_arch(
          ScmpArchitecture(facts.architecture), static_cast<int>(number)));
      if (name == nullptr) continue;
      // Headers up to 6.1 number it there; Linux has it on 32 bits alone (syscall.facts).
      if (facts.architecture == Architecture::kParisc64 && name.get() == std::string("_llseek")) {
        continue;
      }
      const auto ours = kernel::NumberOf(facts.architecture, name.get());
      EXPECT_EQ(ours, number) << facts.name << " " << name.get();
    }
  }
}

}  // namespace
}  // namespace schema::filter
