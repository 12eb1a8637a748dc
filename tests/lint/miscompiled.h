// The profiles of tests/lint/miscompiled: with argument rules of which libseccomp 2.5.4 makes a
// filter that lets more through (weaker-*), less (stricter-*), or none in any time (endless-*).
// Each has a twin, NAME.good.json, that means the same and is compiled rightly.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/kernel/target.h"
#include "schema/policy/policy.h"

namespace lint::testing {

struct Miscompiled {
  std::string name;  // weaker-kill-init
  std::string text;
  std::string good_text;

  bool Is(std::string_view kind) const { return name.starts_with(kind); }  // "weaker"
};

// By name. None where this libseccomp is not 2.5.4: others go wrong on others.
std::vector<Miscompiled> AllMiscompiled();

// arch=amd64,kernel=6.1,libseccomp=2.5.4, with the engine, as in --target.
schema::kernel::Target MiscompiledTarget(const std::string& engine);

// What a profile of the above means, whichever the engine.
schema::policy::Policy MeaningOf(const std::string& text);

}  // namespace lint::testing
