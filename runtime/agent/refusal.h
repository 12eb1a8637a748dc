// Why a container was not launched: for the answer, the log and the metrics.

#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/launch/step.h"
#include "schema/error.h"

namespace runtime::agent {

enum class Reason : std::uint8_t {
  kMalformed,       // its body is no valid request, or asks for what this agent lacks
  kBadRequest,      // it contradicts itself or the agent's flags, or names what is not there
  kMissingProfile,  // there is no file of that name
  kInvalidProfile,  // seccomp-lint finds an error in it, or its filter is not proved
  kMissingParent,   // of a nested container: it does not run
  kSandbox,         // its directory cannot be made
  kLaunchFailed,    // a step of the launch itself
  kStopping,        // the agent is
};

// For labels and logs, by Reason.
inline constexpr std::array<std::string_view, 8> kReasonNames = {
    "malformed",      "bad_request", "missing_profile", "invalid_profile",
    "missing_parent", "sandbox",     "launch_failed",   "stopping"};

constexpr std::string_view ReasonName(Reason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}

struct Refusal {
  Reason reason = Reason::kBadRequest;
  schema::Error error;                    // what the caller is told
  std::vector<std::string> rules = {};    // of seccomp-lint: kInvalidProfile
  std::optional<launch::Step> step = {};  // kLaunchFailed
};

[[noreturn]] void throw_exception_from_error(const Refusal& refusal,
                                             const boost::source_location& location);

// A T, or why not.
template <class T>
class [[nodiscard]] Granted : public boost::system::result<T, Refusal> {
 public:
  using boost::system::result<T, Refusal>::result;
};

// "execute": for labels and logs; "other" for a step without a name of its own.
std::string_view StepName(launch::Step step);

// All that StepName returns, in the order of the steps; "other" is last.
std::vector<std::string_view> StepNames();

}  // namespace runtime::agent
