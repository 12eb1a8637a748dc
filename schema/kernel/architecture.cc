#include "schema/kernel/architecture.h"

#include <algorithm>
#include <array>
#include <utility>

namespace schema::kernel {
namespace {

// The first release with filters: seccomp(2), "Architecture support for seccomp BPF", and the
// commits that select HAVE_ARCH_SECCOMP_FILTER.
constexpr KernelVersion kX86Filters{3, 5};
constexpr KernelVersion kArmFilters{3, 8};
constexpr KernelVersion kS390Filters{3, 8};
constexpr KernelVersion kMipsFilters{3, 16};
constexpr KernelVersion kAarch64Filters{3, 19};
constexpr KernelVersion kPpcFilters{4, 3};
constexpr KernelVersion kPariscFilters{4, 6};
constexpr KernelVersion kRiscvFilters{5, 5};       // commit 5340627e3fe0
constexpr KernelVersion kShFilters{5, 9};          // commit 0bb605c2c7f2
constexpr KernelVersion kLoongarchFilters{5, 19};  // since the port was added
constexpr KernelVersion kM68kFilters{6, 3};        // commit 6baaade15594

// Tokens: linux/audit.h: the ELF machine | __AUDIT_ARCH_64BIT 0x80000000 | __AUDIT_ARCH_LE
// 0x40000000 | __AUDIT_ARCH_CONVENTION_MIPS64_N32 0x20000000. Names: seccomp_arch_add(3), and
// GOARCH of https://go.dev/doc/install/source#environment.
using A = Architecture;
constexpr std::array kFacts = {
    ArchitectureFacts{A::kX86, "SCMP_ARCH_X86", "x86", "x86", 0x40000003, true, false, kX86Filters},
    ArchitectureFacts{A::kX86_64, "SCMP_ARCH_X86_64", "x86_64", "amd64", 0xC000003E, false, false,
                      kX86Filters},
    ArchitectureFacts{A::kX32, "SCMP_ARCH_X32", "x32", "x32", 0xC000003E, true, false, kX86Filters},
    ArchitectureFacts{A::kArm, "SCMP_ARCH_ARM", "arm", "arm", 0x40000028, true, false, kArmFilters},
    ArchitectureFacts{A::kAarch64, "SCMP_ARCH_AARCH64", "aarch64", "arm64", 0xC00000B7, false,
                      false, kAarch64Filters},
    ArchitectureFacts{A::kLoongarch64, "SCMP_ARCH_LOONGARCH64", "loongarch64", "loong64",
                      0xC0000102, false, false, kLoongarchFilters},
    ArchitectureFacts{A::kM68k, "SCMP_ARCH_M68K", "m68k", "m68k", 0x00000004, true, true,
                      kM68kFilters},
    ArchitectureFacts{A::kMips, "SCMP_ARCH_MIPS", "mips", "mips", 0x00000008, true, true,
                      kMipsFilters},
    ArchitectureFacts{A::kMips64, "SCMP_ARCH_MIPS64", "mips64", "mips64", 0x80000008, false, true,
                      kMipsFilters},
    ArchitectureFacts{A::kMips64n32, "SCMP_ARCH_MIPS64N32", "mips64n32", "mips64n32", 0xA0000008,
                      true, true, kMipsFilters},
    ArchitectureFacts{A::kMipsel, "SCMP_ARCH_MIPSEL", "mipsel", "mipsel", 0x40000008, true, false,
                      kMipsFilters},
    ArchitectureFacts{A::kMipsel64, "SCMP_ARCH_MIPSEL64", "mipsel64", "mipsel64", 0xC0000008, false,
                      false, kMipsFilters},
    ArchitectureFacts{A::kMipsel64n32, "SCMP_ARCH_MIPSEL64N32", "mipsel64n32", "mipsel64n32",
                      0xE0000008, true, false, kMipsFilters},
    ArchitectureFacts{A::kParisc, "SCMP_ARCH_PARISC", "parisc", "parisc", 0x0000000F, true, true,
                      kPariscFilters},
    ArchitectureFacts{A::kParisc64, "SCMP_ARCH_PARISC64", "parisc64", "parisc64", 0x8000000F, false,
                      true, kPariscFilters},
    ArchitectureFacts{A::kPpc, "SCMP_ARCH_PPC", "ppc", "ppc", 0x00000014, true, true, kPpcFilters},
    ArchitectureFacts{A::kPpc64, "SCMP_ARCH_PPC64", "ppc64", "ppc64", 0x80000015, false, true,
                      kPpcFilters},
    ArchitectureFacts{A::kPpc64le, "SCMP_ARCH_PPC64LE", "ppc64le", "ppc64le", 0xC0000015, false,
                      false, kPpcFilters},
    ArchitectureFacts{A::kRiscv64, "SCMP_ARCH_RISCV64", "riscv64", "riscv64", 0xC00000F3, false,
                      false, kRiscvFilters},
    ArchitectureFacts{A::kS390, "SCMP_ARCH_S390", "s390", "s390", 0x00000016, true, true,
                      kS390Filters},
    ArchitectureFacts{A::kS390x, "SCMP_ARCH_S390X", "s390x", "s390x", 0x80000016, false, true,
                      kS390Filters},
    ArchitectureFacts{A::kSh, "SCMP_ARCH_SH", "sh", "sh", 0x4000002A, true, false, kShFilters},
    ArchitectureFacts{A::kSheb, "SCMP_ARCH_SHEB", "sheb", "sheb", 0x0000002A, true, true,
                      kShFilters},
};

// uname(2)'s machine and other spellings that people type: arch/*/Makefile's UTS_MACHINE, Debian's
// and Go's names.
constexpr std::array kOtherNames = {
    std::pair{"386", A::kX86},
    std::pair{"armel", A::kArm},
    std::pair{"armhf", A::kArm},
    std::pair{"hppa", A::kParisc},
    std::pair{"mips64el", A::kMipsel64},
    std::pair{"powerpc", A::kPpc},
    std::pair{"sh4", A::kSh},
    std::pair{"armv7l", A::kArm},
    std::pair{"armv8l", A::kArm},
    std::pair{"i386", A::kX86},
    std::pair{"i686", A::kX86},
    std::pair{"mips64le", A::kMipsel64},
    std::pair{"mipsle", A::kMipsel},
    std::pair{"ppc64el", A::kPpc64le},
};

}  // namespace

std::span<const ArchitectureFacts> Architectures() { return kFacts; }

const ArchitectureFacts& Facts(Architecture architecture) {
  return kFacts[static_cast<std::size_t>(architecture)];
}

std::optional<Architecture> FromScmpName(std::string_view name) {
  const auto* found = std::ranges::find(kFacts, name, &ArchitectureFacts::scmp_name);
  if (found == kFacts.end()) return std::nullopt;
  return found->architecture;
}

std::optional<Architecture> FromAnyName(std::string_view name) {
  for (const ArchitectureFacts& facts : kFacts) {
    if (name == facts.scmp_name || name == facts.name || name == facts.docker_name) {
      return facts.architecture;
    }
  }
  for (const auto& [other, architecture] : kOtherNames) {
    if (name == other) return architecture;
  }
  return std::nullopt;
}

bool IsDockerArchName(std::string_view name) {
  return std::ranges::find(kFacts, name, &ArchitectureFacts::docker_name) != kFacts.end();
}

std::optional<Architecture> ArchitectureOf(std::uint32_t audit_token, std::uint32_t number) {
  const auto* found = std::ranges::find(kFacts, audit_token, &ArchitectureFacts::audit_token);
  if (found == kFacts.end()) return std::nullopt;
  const bool is_x32 = found->architecture == Architecture::kX86_64 && number >= kX32Bit;
  return is_x32 ? Architecture::kX32 : found->architecture;
}

}  // namespace schema::kernel
