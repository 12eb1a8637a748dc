#include "schema/kernel/multiplexer.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

struct Entry {
  std::string_view name;
  Multiplexed multiplexed;
};

// SYS_* of linux/net.h, and the call numbers of linux/ipc.h; by name.
constexpr std::array kCalls = {
    Entry{"accept", {"socketcall", 5}},
    Entry{"accept4", {"socketcall", 18}},
    Entry{"bind", {"socketcall", 2}},
    Entry{"connect", {"socketcall", 3}},
    Entry{"getpeername", {"socketcall", 7}},
    Entry{"getsockname", {"socketcall", 6}},
    Entry{"getsockopt", {"socketcall", 15}},
    Entry{"listen", {"socketcall", 4}},
    Entry{"msgctl", {"ipc", 14}},
    Entry{"msgget", {"ipc", 13}},
    Entry{"msgrcv", {"ipc", 12}},
    Entry{"msgsnd", {"ipc", 11}},
    Entry{"recv", {"socketcall", 10}},
    Entry{"recvfrom", {"socketcall", 12}},
    Entry{"recvmmsg", {"socketcall", 19}},
    Entry{"recvmsg", {"socketcall", 17}},
    Entry{"semctl", {"ipc", 3}},
    Entry{"semget", {"ipc", 2}},
    Entry{"semop", {"ipc", 1}},
    Entry{"semtimedop", {"ipc", 4}},
    Entry{"send", {"socketcall", 9}},
    Entry{"sendmmsg", {"socketcall", 20}},
    Entry{"sendmsg", {"socketcall", 16}},
    Entry{"sendto", {"socketcall", 11}},
    Entry{"setsockopt", {"socketcall", 14}},
    Entry{"shmat", {"ipc", 21}},
    Entry{"shmctl", {"ipc", 24}},
    Entry{"shmdt", {"ipc", 22}},
    Entry{"shmget", {"ipc", 23}},
    Entry{"shutdown", {"socketcall", 13}},
    Entry{"socket", {"socketcall", 1}},
    Entry{"socketpair", {"socketcall", 8}},
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
  const auto* found = std::ranges::lower_bound(kCalls, name, {}, &Entry::name);
  if (found == kCalls.end() || found->name != name) return std::nullopt;
  return found->multiplexed;
}

}  // namespace schema::kernel
