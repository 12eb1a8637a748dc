#include "runtime/run/recording.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <utility>

#include "runtime/isolator/kernel_support.h"
#include "runtime/run/container.h"
#include "runtime/run/record_profile.h"

namespace runtime::run {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

namespace {

// What recorder, launch and terminal hold at once, and some more.
constexpr int kDescriptors = 32;

// Beforehand: the recorder that cannot take the listener would keep the program waiting, and what
// else fails for want of them names a step that nobody has asked for.
Status CheckDescriptors() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return SystemError("getrlimit", errno);
  int free = 0;
  for (rlim_t number = 0; number < limit.rlim_cur && free < kDescriptors; ++number) {
    if (fcntl(static_cast<int>(number), F_GETFD) < 0) ++free;
  }
  if (free == kDescriptors) return {};
  return Error{ErrorCode::kLimit, "it needs " + std::to_string(kDescriptors) +
                                      " file descriptors, and " + std::to_string(free) +
                                      " are free: raise the limit of " +
                                      std::to_string(limit.rlim_cur) + " (ulimit -n)"};
}

}  // namespace

Result<Recording> Recording::Start(const CommandLine& line) {
  if (Status status = CheckDescriptors(); !status) {
    return std::move(status).error().While("--record");
  }
  auto destination = schema::Destination::Find(*line.record);
  if (!destination) return std::move(destination).error().While("--record");
  if (Status status = destination->Try(); !status) {
    return std::move(status).error().While("--record");
  }
  if (Status status = isolator::CheckKernelHasFilters(); !status) return std::move(status).error();
  const auto host = TargetOf(line);
  if (!host) return Error(host.error());
  auto recorder = Recorder::Start(*host);
  if (!recorder) return std::move(recorder).error().While("--record");
  return Recording(std::move(*destination), *host, std::move(*recorder));
}

void Recording::Attach(launch::Spec& spec) const { spec.filter = recorder_->filter(); }

Result<std::vector<std::string>> Recording::Write() {
  const auto calls = recorder_->Finish();
  if (!calls) return Error(calls.error()).While("the recording failed");
  auto profile = MakeProfile(*calls, host_);
  if (!profile) return std::move(profile).error();
  if (Status status = destination_.Write(profile->text); !status) {
    return std::move(status).error();
  }
  return std::move(profile->notes);
}

}  // namespace runtime::run
