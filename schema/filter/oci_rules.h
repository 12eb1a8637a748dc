// The rules of an OCI linux.seccomp, and the filter that a runtime has libseccomp make of them.

#pragma once

#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/policy/condition.h"
#include "schema/policy/policy.h"

namespace schema::filter {

struct OciRule {
  std::vector<std::string> names;
  kernel::Verdict verdict;
  std::vector<policy::Condition> conditions;  // ANDed; each on another argument

  friend bool operator==(const OciRule&, const OciRule&) = default;
};

struct OciRules {
  kernel::Verdict default_verdict;
  std::vector<kernel::Architecture> architectures;  // this machine's among them
  std::vector<OciRule> rules;
};

// How libseccomp lays the program out: SCMP_FLTATR_CTL_OPTIMIZE of seccomp_attr_set(3).
enum class Layout { kLinear, kTree };

// libseccomp driven as runc drives it: all architectures in one context, the rules in order, each
// name alone, what is equal to the default or unknown to libseccomp left out. The ENOSYS stub that
// runc puts before the program is not in it. Errors: kUnsupported, libseccomp refuses a rule, as it
// then does in runc; kLimit, it takes more than CompileBounded() gives it. Forks.
// Source: InitSeccomp() and matchCall() in libcontainer/seccomp/seccomp_linux.go of runc 1.1.
Result<Filter> CompileAsRuntime(const OciRules& rules, Layout layout);

// A rule that has no effect where libseccomp lacks the call.
struct LeftOut {
  kernel::Architecture architecture;
  policy::CallPolicy call;
};

// Takes the calls that this machine's libseccomp lacks out of the policy: runtimes leave them out
// and say nothing, and the call gets the default.
std::vector<LeftOut> LeaveOutUnknown(policy::Policy& policy);

// Proves what CompileAsRuntime() makes, in each layout: releases of runc differ in it. `policy`:
// without a horizon. Errors: CompileAsRuntime()'s; kUnsupported, with a call that the filter
// decides otherwise than the policy.
Status ProveAsRuntime(const OciRules& rules, const policy::Policy& policy);

// The same with every comparison that libseccomp may go wrong on written as bits that are equal:
// rules with masks, and without those that another rule says already. On some calls with several
// ranges, and on ranges beyond 32 bits, libseccomp makes a wrong filter of the one and the right
// one of the other. Errors: kLimit, too many rules come of it.
Result<OciRules> AsMasks(const OciRules& rules);

}  // namespace schema::filter
