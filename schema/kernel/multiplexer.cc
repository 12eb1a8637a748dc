#include "schema/kernel/multiplexer.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

struct Entry {
  std::string_view name;
  Multiplexed multiplexed;
};

// SYS_* of linux/net.h, and the call numbers of linux/ipc.h.
constexpr std::array kCalls = {
    Entry{"socket", {"socketcall", 1}},
    Entry{"bind", {"socketcall", 2}},
    Entry{"connect", {"socketcall", 3}},
    Entry{"listen", {"socketcall", 4}},
    Entry{"accept", {"socketcall", 5}},
    Entry{"getsockname", {"socketcall", 6}},
    Entry{"getpeername", {"socketcall", 7}},
    Entry{"socketpair", {"socketcall", 8}},
    Entry{"send", {"socketcall", 9}},
    Entry{"recv", {"socketcall", 10}},
    Entry{"sendto", {"socketcall", 11}},
    Entry{"recvfrom", {"socketcall", 12}},
    Entry{"shutdown", {"socketcall", 13}},
    Entry{"setsockopt", {"socketcall", 14}},
    Entry{"getsockopt", {"socketcall", 15}},
    Entry{"sendmsg", {"socketcall", 16}},
    Entry{"recvmsg", {"socketcall", 17}},
    Entry{"accept4", {"socketcall", 18}},
    Entry{"recvmmsg", {"socketcall", 19}},
    Entry{"sendmmsg", {"socketcall", 20}},
    Entry{"semop", {"ipc", 1}},
    Entry{"semget", {"ipc", 2}},
    Entry{"semctl", {"ipc", 3}},
    Entry{"semtimedop", {"ipc", 4}},
    Entry{"msgsnd", {"ipc", 11}},
    Entry{"msgrcv", {"ipc", 12}},
    Entry{"msgget", {"ipc", 13}},
    Entry{"msgctl", {"ipc", 14}},
    Entry{"shmat", {"ipc", 21}},
    Entry{"shmdt", {"ipc", 22}},
    Entry{"shmget", {"ipc", 23}},
    Entry{"shmctl", {"ipc", 24}},
};

// Where libseccomp adds a rule for the multiplexer beside the call's own: the architectures whose
// rule_add is abi_rule_add() in libseccomp 2.5's src/arch-*.c.
bool HasMultiplexers(Architecture architecture) {
  using enum Architecture;
  constexpr std::array kWithMultiplexers = {kX86,   kMips,    kMipsel, kPpc,
                                            kPpc64, kPpc64le, kS390,   kS390x};
  return std::ranges::find(kWithMultiplexers, architecture) != kWithMultiplexers.end();
}

}  // namespace

std::optional<Multiplexed> FindMultiplexed(Architecture architecture, std::string_view name) {
  if (!HasMultiplexers(architecture)) return std::nullopt;
  const auto* found = std::ranges::find(kCalls, name, &Entry::name);
  if (found == kCalls.end()) return std::nullopt;
  return found->multiplexed;
}

}  // namespace schema::kernel
