// What a filter can do with a call: the actions of a profile, and the verdicts of a filter.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/kernel/version.h"

namespace schema::kernel {

enum class Action : std::uint8_t {
  kKillThread,
  kKillProcess,
  kTrap,
  kErrno,
  kTrace,
  kLog,
  kNotify,
  kAllow,
};

struct ActionFacts {
  Action action;
  std::string_view scmp_name;          // in profiles
  std::uint32_t ret;                   // SECCOMP_RET_* of linux/seccomp.h, without data
  bool takes_errno;                    // errnoRet means something
  KernelVersion since;                 // seccomp(2)
  LibseccompVersion libseccomp_since;  // seccomp_rule_add(3) and libseccomp's CHANGELOG
};

std::span<const ActionFacts> Actions();
const ActionFacts& Facts(Action action);

// SCMP_ACT_KILL is SCMP_ACT_KILL_THREAD's older name.
std::optional<Action> ParseAction(std::string_view scmp_name);

// An action with its errno (kErrno) or its message to the tracer (kTrace); `data` is 0 with all
// others.
struct Verdict {
  Action action = Action::kKillThread;
  std::uint16_t data = 0;

  friend auto operator<=>(const Verdict&, const Verdict&) = default;
};

// SECCOMP_RET_DATA has 16 bits, but the kernel caps an errno at MAX_ERRNO (linux/err.h), above
// which a return value is no error any more.
inline constexpr std::uint64_t kMaxErrno = 4095;

// What a filter returns for a verdict, and back: bits that the kernel ignores are dropped. A return
// value with an action that the kernel does not know kills the process (seccomp(2)).
std::uint32_t ToRet(Verdict verdict);
Verdict FromRet(std::uint32_t ret);

// "SCMP_ACT_ERRNO(EPERM)", "SCMP_ACT_ALLOW": for messages.
std::string ToString(Verdict verdict);

}  // namespace schema::kernel
