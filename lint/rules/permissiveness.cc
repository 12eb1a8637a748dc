#include "lint/rules/permissiveness.h"

#include <algorithm>
#include <array>

namespace lint::rules {
namespace {

using schema::kernel::Action;

constexpr std::array kAscending = {Action::kKillProcess, Action::kKillThread, Action::kTrap,
                                   Action::kErrno,       Action::kNotify,     Action::kTrace,
                                   Action::kLog,         Action::kAllow};

}  // namespace

int Permissiveness(Action action) {
  return static_cast<int>(std::ranges::find(kAscending, action) - kAscending.begin());
}

bool Kills(Action action) { return Permissiveness(action) < Permissiveness(Action::kErrno); }

bool MayPass(Action action) { return Permissiveness(action) > Permissiveness(Action::kErrno); }

}  // namespace lint::rules
