#include "runtime/run/container.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/isolator/filter_store.h"
#include "runtime/isolator/isolator.h"
#include "runtime/isolator/kernel_support.h"
#include "runtime/isolator/profile_file.h"
#include "runtime/run/identity.h"
#include "runtime/run/terminal.h"
#include "schema/filter/filter.h"
#include "schema/kernel/target.h"

namespace runtime::run {
namespace {

using schema::Result;
using schema::Status;
using schema::filter::Filter;
using schema::kernel::CapabilitySet;

// The capabilities that the container's bounding set will hold: those that we do not have
// ourselves are not gained, whatever was asked for.
CapabilitySet BoundingSet(const CommandLine& line) {
  const CapabilitySet own = OwnBoundingSet();
  if (!line.isolation.Has(Isolator::kCapabilities)) return own;
  return Intersection(line.bounding.value_or(CapabilitySet::Docker()), own);
}

// What the filter is made of.
struct Ingredients {
  std::string name;  // what messages call the profile
  std::string text;
  schema::kernel::Target target;
  isolator::FilterOptions options;
};

Result<Ingredients> IngredientsOf(const CommandLine& line) {
  if (Status status = isolator::CheckKernelHasFilters(); !status) return std::move(status).error();
  const auto target = TargetOf(line);
  if (!target) return schema::Error(target.error());
  if (!line.profile) {
    return Ingredients{"built-in", std::string(BuiltInProfile()), *target, line.filters};
  }
  auto text = isolator::ReadProfileAt(*line.profile);
  if (!text) return std::move(text).error();
  return Ingredients{*line.profile, std::move(*text), *target, line.filters};
}

// A filter that is not known is made while the container is being set up: it takes as long.
Status AddFilter(const CommandLine& line, launch::Spec& spec) {
  auto made_of = IngredientsOf(line);
  if (!made_of) return std::move(made_of).error();
  const auto store =
      std::make_shared<const isolator::FilterStore>(line.cache, made_of->target, made_of->options);
  spec.filter = store->Find(made_of->text);
  if (spec.filter) return {};
  spec.late_filter = [store, of = std::move(*made_of)]() -> Result<Filter> {
    auto filter = isolator::MakeFilter(of.name, of.text, of.target, of.options);
    if (filter) store->Insert(of.text, *filter);
    return filter;
  };
  return {};
}

// What a listener is told; a container without a root of its own has the host's.
launch::ContainerState StateOf(const CommandLine& line) {
  std::error_code unknown;
  const auto bundle = std::filesystem::absolute(line.rootfs.empty() ? "/" : line.rootfs, unknown);
  return {ContainerId(), bundle.string(), {}};
}

}  // namespace

std::string ContainerId() { return std::string(kContainerIdPrefix) + std::to_string(getpid()); }

Result<launch::Spec> MakeSpec(const CommandLine& line, std::span<const std::string> environment) {
  launch::Spec spec;
  spec.command = line.command.front();
  spec.argv = line.command;
  spec.environment.assign(environment.begin(), environment.end());
  spec.rootfs = line.rootfs;
  spec.namespaces = line.isolation.NewNamespaces();
  spec.working_directory = line.working_directory;
  spec.host_name = line.host_name;
  spec.init = line.init && spec.namespaces.pid;
  spec.limits = line.limits;
  if (line.terminal) spec.terminal = StreamsOnTerminal();
  if (IsInputOfOthers()) spec.stdio[0] = launch::kNullDevice;
  spec.no_new_privs = line.isolation.Has(Isolator::kNoNewPrivs);
  spec.parent_death_signal = SIGKILL;
  spec.state = StateOf(line);
  if (line.user) {
    auto user = FindUser(*line.user, kGetentAccounts);
    if (!user) return std::move(user).error().While("--user=" + *line.user);
    spec.user = std::move(*user);
  }
  if (line.isolation.Has(Isolator::kCapabilities)) spec.bounding = BoundingSet(line);
  if (line.unconfined || line.record) return spec;
  if (Status status = AddFilter(line, spec); !status) return std::move(status).error();
  return spec;
}

Result<schema::kernel::Target> TargetOf(const CommandLine& line) {
  auto target = isolator::HostTarget();
  if (target) target->capabilities = BoundingSet(line);
  return target;
}

}  // namespace runtime::run
