#include "runtime/agent/refusal.h"

#include <algorithm>
#include <utility>

namespace runtime::agent {
namespace {

using launch::Step;

constexpr std::string_view kOther = "other";

constexpr std::pair<Step, std::string_view> kSteps[] = {
    {Step::kPrepare, "prepare"},
    {Step::kMonitor, "monitor"},
    {Step::kClone, "clone"},
    {Step::kCgroup, "cgroup"},
    {Step::kSignals, "signals"},
    {Step::kSession, "session"},
    {Step::kStandardStream, "standard_stream"},
    {Step::kDescriptors, "descriptors"},
    {Step::kHostName, "host_name"},
    {Step::kMountPropagation, "mount_propagation"},
    {Step::kBindRootfs, "bind_rootfs"},
    {Step::kEnterRootfs, "enter_rootfs"},
    {Step::kPivotRoot, "pivot_root"},
    {Step::kDetachOldRoot, "detach_old_root"},
    {Step::kNoDevices, "no_devices"},
    {Step::kMountDev, "mount_dev"},
    {Step::kDeviceNode, "device_node"},
    {Step::kMountProc, "mount_proc"},
    {Step::kProtectProc, "protect_proc"},
    {Step::kTerminal, "terminal"},
    {Step::kInit, "init"},
    {Step::kResourceLimit, "resource_limit"},
    {Step::kWorkingDirectory, "working_directory"},
    {Step::kBoundingSet, "bounding_set"},
    {Step::kKeepCapabilities, "keep_capabilities"},
    {Step::kSupplementaryGroups, "supplementary_groups"},
    {Step::kGroup, "group"},
    {Step::kUser, "user"},
    {Step::kCapabilities, "capabilities"},
    {Step::kAmbientSet, "ambient_set"},
    {Step::kNoNewPrivs, "no_new_privs"},
    {Step::kParentDeathSignal, "parent_death_signal"},
    {Step::kListener, "listener"},
    {Step::kFilter, "filter"},
    {Step::kExecute, "execute"},
};

}  // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location& location) {
  schema::throw_exception_from_error(refusal.error, location);
}

std::string_view StepName(Step step) {
  const auto* found = std::ranges::find(kSteps, step, &std::pair<Step, std::string_view>::first);
  return found == std::end(kSteps) ? kOther : found->second;
}

std::vector<std::string_view> StepNames() {
  std::vector<std::string_view> names;
  for (const auto& [step, name] : kSteps) names.push_back(name);
  names.push_back(kOther);
  return names;
}

}  // namespace runtime::agent
