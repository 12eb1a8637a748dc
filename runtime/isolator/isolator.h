// The linux/seccomp isolator, after Apache Mesos' (src/slave/containerizer/mesos/isolators/linux/
// seccomp.cpp): checks the default profile at the agent's start, and makes each container's filter.

#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lint/engine/engine.h"
#include "runtime/isolator/filter_cache.h"
#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/filter/prove.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/target.h"

namespace runtime::isolator {

// How filters are made.
struct FilterOptions {
  bool enosys_horizon = true;  // see schema::policy::ResolveOptions
  schema::filter::Compiler compiler = schema::filter::Compiler::kDirect;
};

struct Settings {
  std::string config_dir;                      // where the profiles lie
  std::optional<std::string> default_profile;  // its name, relative to config_dir
  schema::kernel::CapabilitySet bounding;      // of a container that does not say
  // Other bounding sets that containers may ask for: the default profile is checked with these,
  // too, before the agent starts. Any other set is checked at its launch.
  std::vector<schema::kernel::CapabilitySet> other_bounding;
  FilterOptions filters;
};

// What a task asks for: container.linux_info.seccomp. Neither: the default profile.
struct Request {
  std::optional<std::string> profile_name;
  std::optional<bool> unconfined;
};

// Why there is no filter.
struct ProfileError {
  schema::Error error;             // kNotFound: there is no such profile; with all findings
  std::vector<std::string> rules;  // of seccomp-lint that call it wrong: "SL104"; each once
};

[[noreturn]] void throw_exception_from_error(const ProfileError& error,
                                             const boost::source_location& location);

using SharedFilter = std::shared_ptr<const schema::filter::Filter>;

class [[nodiscard]] FilterResult : public boost::system::result<SharedFilter, ProfileError> {
 public:
  using boost::system::result<SharedFilter, ProfileError>::result;
};

class SeccompIsolator {
 public:
  // Checks that the kernel has filters, the directory is there, and the default profile, if named,
  // is valid on this host with each bounding set of the settings: not one finding of seccomp-lint
  // is an error, and its filter is proved.
  // Errors: the reason, of several lines where it has findings; nothing is kept on one.
  static schema::Result<SeccompIsolator> Create(Settings settings);

  // The profile that a container gets; std::nullopt: it asked to be unconfined. `parent`: the
  // profile of the container that it is nested in, which then takes the place of the default.
  // Errors: kInvalid, a request with both fields or neither, or no request and no default.
  schema::Result<std::optional<std::string>> ProfileFor(
      const std::optional<Request>& request,
      const std::optional<std::string>& parent = std::nullopt) const;

  // The filter of that profile for a container with the bounding set `bounding`, proved for that
  // set. The file is read anew, and its text compared: whatever has changed in it counts from the
  // next call on, whether or not its time and size have.
  // Errors: an invalid profile, with the findings; no such profile.
  FilterResult FilterFor(const std::string& profile_name,
                         schema::kernel::CapabilitySet bounding) const;

  // Both. Errors: of both.
  schema::Result<std::optional<schema::filter::Filter>> Prepare(
      const std::optional<Request>& request, schema::kernel::CapabilitySet bounding) const;

  FilterCache::Counts cache_counts() const { return cache_->counts(); }

 private:
  SeccompIsolator(Settings settings, schema::kernel::Target host);

  Settings settings_;
  schema::kernel::Target host_;
  std::string made_for_;  // of the cache's keys, but for the bounding set
  std::unique_ptr<FilterCache> cache_ = std::make_unique<FilterCache>();
};

// The filter of a profile's text for this host: linted, resolved, compiled, proved. `name`
// is what messages call it. For programs that do not keep profiles in a directory. Errors: as
// Prepare.
schema::Result<schema::filter::Filter> MakeFilter(const std::string& name, std::string text,
                                                  const schema::kernel::Target& target,
                                                  const FilterOptions& options);

// The rules of the lint that are not asked at a launch, for none of their findings is an error; and
// those that are.
std::span<const std::string_view> RulesWithoutErrors();
schema::Result<lint::engine::Selection> RulesThatMayFindErrors();

// The part of a filter's cache key that is not the profile's text: everything of the host and of
// the options that goes into a filter.
std::string MadeFor(const schema::kernel::Target& target, const FilterOptions& options);

// This host as a target of the isolator, without capabilities.
schema::Result<schema::kernel::Target> HostTarget();

}  // namespace runtime::isolator
