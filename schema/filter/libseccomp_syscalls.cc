#include "schema/filter/libseccomp_syscalls.h"

#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/filter/compile.h"
#include "schema/filter/scmp_architecture.h"

namespace schema::filter {
namespace {

using kernel::Architecture;

// Where an architecture's numbers begin: __NR_Linux of asm/unistd.h.
std::uint32_t FirstNumber(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX32:
      return kernel::kX32Bit;
    case Architecture::kMips:
    case Architecture::kMipsel:
      return 4000;
    case Architecture::kMips64:
    case Architecture::kMipsel64:
      return 5000;
    case Architecture::kMips64n32:
    case Architecture::kMipsel64n32:
      return 6000;
    case Architecture::kX86:
    case Architecture::kX86_64:
    case Architecture::kArm:
    case Architecture::kAarch64:
    case Architecture::kLoongarch64:
    case Architecture::kM68k:
    case Architecture::kParisc:
    case Architecture::kParisc64:
    case Architecture::kPpc:
    case Architecture::kPpc64:
    case Architecture::kPpc64le:
    case Architecture::kRiscv64:
    case Architecture::kS390:
    case Architecture::kS390x:
    case Architecture::kSh:
    case Architecture::kSheb:
      return 0;
  }
  return 0;
}

// Calls of an architecture lie within so many numbers: x32's own reach 547 (asm/unistd_x32.h).
constexpr std::uint32_t kNumbers = 600;
// And Arm's private ones: __ARM_NR_BASE of asm/unistd.h, of which there are six.
constexpr std::uint32_t kArmPrivate = 0x0F0000;
constexpr std::uint32_t kArmPrivateNumbers = 16;

struct FreeName {
  void operator()(char* name) const { std::free(name); }
};

class Libseccomp final : public kernel::SyscallTable {
 public:
  std::optional<std::uint32_t> Number(Architecture architecture,
                                      std::string_view name) const override {
    const auto& numbers = Load(architecture).numbers;
    const auto found = numbers.find(name);
    if (found == numbers.end()) return std::nullopt;
    return found->second;
  }

  std::string_view Name(Architecture architecture, std::uint32_t number) const override {
    const auto& names = Load(architecture).names;
    const auto found = names.find(number);
    return found == names.end() ? std::string_view() : std::string_view(found->second);
  }

  // The library's one table of names serves all architectures: it gives a name that the asked one
  // lacks a negative pseudo number, and __NR_SCMP_ERROR to what no architecture has.
  bool Knows(std::string_view name) const override {
    return seccomp_syscall_resolve_name(std::string(name).c_str()) != __NR_SCMP_ERROR;
  }

  std::span<const std::string_view> Names() const override {
    std::call_once(all_names_once_, [this] {
      for (const auto& facts : kernel::Architectures()) {
        for (const auto& [number, name] : Load(facts.architecture).names) {
          all_names_.push_back(name);
        }
      }
      std::ranges::sort(all_names_);
      all_names_.erase(std::unique(all_names_.begin(), all_names_.end()), all_names_.end());
    });
    return all_names_;
  }

  std::string Source() const override { return "libseccomp " + ToString(LibraryVersion()); }

 private:
  struct Numbers {
    std::once_flag once;
    std::map<std::uint32_t, std::string> names;
    std::unordered_map<std::string_view, std::uint32_t> numbers;  // views into `names`

    void Add(std::uint32_t token, std::uint32_t first, std::uint32_t count) {
      for (std::uint32_t number = first; number < first + count; ++number) {
        const std::unique_ptr<char, FreeName> name(
            seccomp_syscall_resolve_num_arch(token, static_cast<int>(number)));
        if (name != nullptr) numbers.emplace(names[number] = name.get(), number);
      }
    }
  };

  const Numbers& Load(Architecture architecture) const {
    Numbers& numbers = architectures_[static_cast<std::size_t>(architecture)];
    std::call_once(numbers.once, [&] {
      const std::uint32_t token = ScmpArchitecture(architecture);
      numbers.Add(token, FirstNumber(architecture), kNumbers);
      if (architecture == Architecture::kArm) {
        numbers.Add(token, kArmPrivate, kArmPrivateNumbers);
      }
    });
    return numbers;
  }

  mutable std::array<Numbers, 23> architectures_;
  mutable std::once_flag all_names_once_;
  mutable std::vector<std::string_view> all_names_;
};

}  // namespace

const kernel::SyscallTable& LibseccompSyscalls() {
  static const Libseccomp table;
  return table;
}

}  // namespace schema::filter
