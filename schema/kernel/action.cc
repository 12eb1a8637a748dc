#include "schema/kernel/action.h"

#include <algorithm>
#include <array>

#include "schema/kernel/errno_name.h"

namespace schema::kernel {
namespace {

constexpr LibseccompVersion kFirst{1, 0, 0};

// Values: linux/seccomp.h. Kernels: seccomp(2), "VERSIONS" and the entries of each action.
// libseccomp: its CHANGELOG (2.4.0 brought LOG and KILL_PROCESS, 2.5.0 NOTIFY).
constexpr std::array kActions = {
    ActionFacts{Action::kKillThread, "SCMP_ACT_KILL_THREAD", 0x00000000, false, {3, 5}, kFirst},
    ActionFacts{
        Action::kKillProcess, "SCMP_ACT_KILL_PROCESS", 0x80000000, false, {4, 14}, {2, 4, 0}},
    ActionFacts{Action::kTrap, "SCMP_ACT_TRAP", 0x00030000, false, {3, 5}, kFirst},
    ActionFacts{Action::kErrno, "SCMP_ACT_ERRNO", 0x00050000, true, {3, 5}, kFirst},
    ActionFacts{Action::kTrace, "SCMP_ACT_TRACE", 0x7FF00000, true, {3, 5}, kFirst},
    ActionFacts{Action::kLog, "SCMP_ACT_LOG", 0x7FFC0000, false, {4, 14}, {2, 4, 0}},
    ActionFacts{Action::kNotify, "SCMP_ACT_NOTIFY", 0x7FC00000, false, {5, 0}, {2, 5, 0}},
    ActionFacts{Action::kAllow, "SCMP_ACT_ALLOW", 0x7FFF0000, false, {3, 5}, kFirst},
};

constexpr std::uint32_t kActionMask = 0xFFFF0000;  // SECCOMP_RET_ACTION_FULL
constexpr std::uint32_t kDataMask = 0x0000FFFF;    // SECCOMP_RET_DATA

}  // namespace

std::span<const ActionFacts> Actions() { return kActions; }

const ActionFacts& Facts(Action action) { return kActions[static_cast<std::size_t>(action)]; }

std::optional<Action> ParseAction(std::string_view scmp_name) {
  if (scmp_name == "SCMP_ACT_KILL") return Action::kKillThread;
  const auto* found = std::ranges::find(kActions, scmp_name, &ActionFacts::scmp_name);
  if (found == kActions.end()) return std::nullopt;
  return found->action;
}

std::uint32_t ToRet(Verdict verdict) { return Facts(verdict.action).ret | verdict.data; }

Verdict FromRet(std::uint32_t ret) {
  const auto* found = std::ranges::find(kActions, ret & kActionMask, &ActionFacts::ret);
  if (found == kActions.end()) return {Action::kKillProcess, 0};
  const std::uint32_t data = found->takes_errno ? ret & kDataMask : 0;
  return {found->action, static_cast<std::uint16_t>(data)};
}

std::string ToString(Verdict verdict) {
  std::string text(Facts(verdict.action).scmp_name);
  if (verdict.action == Action::kErrno) text += "(" + ErrnoText(verdict.data) + ")";
  if (verdict.action == Action::kTrace && verdict.data != 0) {
    text += "(" + std::to_string(verdict.data) + ")";
  }
  return text;
}

}  // namespace schema::kernel
