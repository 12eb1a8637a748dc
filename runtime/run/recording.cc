#include "runtime/run/recording.h"

#include "runtime/isolator/kernel_support.h"
#include "runtime/run/container.h"
#include "runtime/run/record_profile.h"
#include "schema/write_file.h"

namespace runtime::run {

using schema::Error;
using schema::Result;
using schema::Status;

Result<Recording> Recording::Start(const CommandLine& line) {
  if (Status status = schema::CheckWritable(*line.record); !status) {
    return std::move(status).error().While("--record");
  }
  if (Status status = isolator::CheckKernelHasFilters(); !status) return std::move(status).error();
  const auto host = TargetOf(line);
  if (!host) return Error(host.error());
  auto recorder = Recorder::Start(*host);
  if (!recorder) return std::move(recorder).error();
  return Recording(*line.record, *host, std::move(*recorder));
}

void Recording::Attach(launch::Spec& spec) const { spec.filter = recorder_->filter(); }

Result<std::vector<std::string>> Recording::Write() {
  const auto calls = recorder_->Finish();
  if (!calls) return Error(calls.error()).While("the recording failed");
  auto profile = MakeProfile(*calls, host_);
  if (!profile) return std::move(profile).error();
  if (Status status = schema::WriteFile(path_, profile->text); !status) {
    return std::move(status).error();
  }
  return std::move(profile->notes);
}

}  // namespace runtime::run
