// What is made with libseccomp: its contexts, actions, conditions and errors in terms of ours.

#pragma once

#include <linux/filter.h>
#include <seccomp.h>

#include <memory>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/policy/condition.h"
#include "schema/policy/policy.h"

namespace schema::filter {

struct ReleaseContext {
  void operator()(void* context) const { seccomp_release(context); }
};
using ScmpContext = std::unique_ptr<void, ReleaseContext>;

std::uint32_t ScmpAction(kernel::Verdict verdict);
scmp_arg_cmp ScmpCondition(const policy::Condition& condition);

// `result`: what a function of libseccomp returned, a negative errno.
Error LibraryError(const std::string& what, int result);

// A context whose default is `verdict`, for the architecture of this machine. Errors: kUnsupported,
// the library does not take it.
Result<ScmpContext> NewContext(kernel::Verdict verdict);

// seccomp_rule_add_array(3), by name: it takes this machine's number and translates it by name.
// Returns 0 or a negative errno.
int AddScmpRule(void* context, kernel::Verdict verdict, const std::string& name,
                const std::vector<policy::Condition>& conditions);

// Whether the library has the call on the architecture under the policy's number: each has a table
// of its own. Of multiplexed calls it does not tell the number, but knows it.
bool LibraryHas(kernel::Architecture architecture, const policy::CallPolicy& call);

// The context's program, in the byte order of its architecture.
Result<std::vector<sock_filter>> Export(void* context);

}  // namespace schema::filter
