#include "runtime/isolator/isolator.h"

#include <linux/seccomp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "lint/engine/engine.h"
#include "lint/report/printable.h"
#include "lint/report/text.h"
#include "runtime/isolator/kernel_support.h"
#include "runtime/isolator/profile_file.h"
#include "schema/filter/compile.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"

namespace runtime::isolator {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::filter::Filter;
using schema::kernel::CapabilitySet;
using schema::kernel::Target;
using schema::policy::Policy;
using schema::profile::Profile;

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

// Rules that take much of the time of all and never find an error: a launch need not wait for
// them. isolator_test.cc holds them to that.
constexpr std::array<std::string_view, 6> kNoErrors = {"SL504", "SL507", "SL602",
                                                       "SL603", "SL606", "SL607"};

// The errors among the findings, as seccomp-lint tells them. std::nullopt: there is none.
std::optional<ProfileError> ErrorsAmong(const std::string& name, lint::engine::FileReport report,
                                        const Target& target) {
  KeepOnly(report, lint::rules::Severity::kError);
  if (report.reports.empty()) return std::nullopt;
  ProfileError error{Invalid("profile " + lint::report::Printable(name) + " is invalid:\n" +
                             lint::report::Text(report, {{target}}, {})),
                     {}};
  for (const lint::engine::Report& finding : report.reports) {
    std::string id(finding.rule->id);
    if (std::ranges::count(error.rules, id) == 0) error.rules.push_back(std::move(id));
  }
  return error;
}

bool Notifies(const Policy& policy) {
  using schema::kernel::Action;
  if (policy.default_verdict.action == Action::kNotify) return true;
  for (const auto& part : policy.architectures) {
    for (const auto& call : part.calls) {
      for (const auto& clause : call.clauses) {
        if (clause.verdict.action == Action::kNotify) return true;
      }
    }
  }
  return false;
}

// Flags are the profile's, but for those that only a program with several threads has use for;
// those of a listener go with one.
std::uint32_t FlagsFor(const Policy& policy, bool has_listener) {
  std::uint32_t flags = has_listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  for (const schema::kernel::FilterFlag& flag : schema::kernel::FilterFlags()) {
    if ((policy.flags & flag.bit) == 0) continue;
    const bool is_kept = flag.name.ends_with("_LOG") || flag.name.ends_with("_SPEC_ALLOW") ||
                         (has_listener && flag.name.ends_with("_WAIT_KILLABLE_RECV"));
    if (is_kept) flags |= flag.bit;
  }
  return flags;
}

// Who answers the calls that ask; std::nullopt: none asks. Errors: kInvalid, nobody does.
Result<std::optional<schema::filter::Listener>> ListenerFor(const Profile& profile,
                                                            const Policy& policy) {
  if (!Notifies(policy)) return std::optional<schema::filter::Listener>();
  if (!profile.listener_path || profile.listener_path->value.empty()) {
    return Invalid("it gives calls SCMP_ACT_NOTIFY, and has no \"listenerPath\"");
  }
  schema::filter::Listener listener{profile.listener_path->value, ""};
  if (profile.listener_metadata) listener.metadata = profile.listener_metadata->value;
  return std::optional(std::move(listener));
}

}  // namespace

Result<Target> HostTarget() {
  auto host = schema::kernel::ThisHost(schema::filter::Library());
  if (host) host->capabilities = CapabilitySet();
  return host;
}

namespace {

Result<Filter> FilterOf(const Profile& profile, Policy policy, const FilterOptions& options) {
  if (options.enosys_horizon) schema::policy::AddHorizon(policy);
  auto listener = ListenerFor(profile, policy);
  if (!listener) return std::move(listener).error();
  auto filter = schema::filter::CompileAndProve(policy, options.compiler);
  if (!filter) return filter;
  filter->flags = FlagsFor(policy, listener->has_value());
  filter->listener = *std::move(listener);
  return filter;
}

FilterResult Make(const std::string& name, std::string text, const Target& target,
                  const FilterOptions& options) {
  const auto rules = RulesThatMayFindErrors();
  if (!rules) return ProfileError{rules.error(), {}};
  auto checked = lint::engine::CheckAndResolve(name, std::move(text), target, *rules);
  // libseccomp never returns from some profiles: not before the lint has passed.
  if (auto error = ErrorsAmong(name, std::move(checked.report), target)) return std::move(*error);
  auto filter = checked.policy ? FilterOf(*checked.profile, std::move(*checked.policy), options)
                               : Result<Filter>(std::move(checked.policy).error());
  if (!filter) {
    return ProfileError{std::move(filter).error().While("profile " + lint::report::Printable(name)),
                        {}};
  }
  return std::make_shared<const Filter>(std::move(*filter));
}

}  // namespace

void throw_exception_from_error(const ProfileError& error, const boost::source_location& location) {
  schema::throw_exception_from_error(error.error, location);
}

std::span<const std::string_view> RulesWithoutErrors() { return kNoErrors; }

Result<lint::engine::Selection> RulesThatMayFindErrors() {
  lint::engine::Selection selection;
  for (const std::string_view rule : kNoErrors) {
    if (Status status = selection.Ignore(rule); !status) return std::move(status).error();
  }
  return selection;
}

Result<Filter> MakeFilter(const std::string& name, std::string text, const Target& target,
                          const FilterOptions& options) {
  auto filter = Make(name, std::move(text), target, options);
  if (!filter) return std::move(filter).error().error;
  return **filter;
}

std::string MadeFor(const Target& target, const FilterOptions& options) {
  std::string text = ToString(target);
  text += options.enosys_horizon ? ",horizon" : ",no horizon";
  switch (options.compiler) {
    case schema::filter::Compiler::kDirect:
      return text + ",direct";
    case schema::filter::Compiler::kLibseccomp:
      return text + ",libseccomp";
  }
  return text;
}

SeccompIsolator::SeccompIsolator(Settings settings, Target host)
    : settings_(std::move(settings)), host_(host) {
  made_for_ = MadeFor(host_, settings_.filters) + ',';
}

Result<SeccompIsolator> SeccompIsolator::Create(Settings settings) {
  if (Status status = CheckKernelHasFilters(); !status) return std::move(status).error();
  if (settings.config_dir.empty()) {
    return Invalid(
        "--seccomp_config_dir is missing: linux/seccomp needs the directory that holds "
        "the profiles");
  }
  struct stat status {};
  if (stat(settings.config_dir.c_str(), &status) != 0) {
    return schema::SystemError("--seccomp_config_dir=" + settings.config_dir, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    return Invalid("--seccomp_config_dir=" + settings.config_dir + ": not a directory");
  }
  auto host = HostTarget();
  if (!host) return std::move(host).error();
  SeccompIsolator isolator(std::move(settings), *host);
  if (!isolator.settings_.default_profile) return isolator;
  std::vector<CapabilitySet> sets = isolator.settings_.other_bounding;
  sets.insert(sets.begin(), isolator.settings_.bounding);
  for (const CapabilitySet set : sets) {
    auto filter = isolator.FilterFor(*isolator.settings_.default_profile, set);
    if (!filter) {
      return std::move(filter).error().error.While(
          "--seccomp_profile_name=" + *isolator.settings_.default_profile +
          " with caps=" + schema::kernel::Summary(set));
    }
  }
  return isolator;
}

Result<std::optional<std::string>> SeccompIsolator::ProfileFor(
    const std::optional<Request>& request, const std::optional<std::string>& parent) const {
  if (request) {
    const bool unconfined = request->unconfined.value_or(false);
    if (request->profile_name && unconfined) {
      return Invalid("seccomp: profile_name and unconfined exclude each other");
    }
    if (!request->profile_name && !unconfined) {
      return Invalid("seccomp: give a profile_name, or unconfined: true");
    }
    if (unconfined) return std::optional<std::string>();
    return request->profile_name;
  }
  if (parent) return parent;
  // Fail closed: without a filter runs only what asks for it by name.
  if (!settings_.default_profile) {
    return Invalid(
        "seccomp: the agent has no --seccomp_profile_name, and the task names no profile; "
        "give a profile_name, or unconfined: true");
  }
  return settings_.default_profile;
}

FilterResult SeccompIsolator::FilterFor(const std::string& profile_name,
                                        CapabilitySet bounding) const {
  auto text = ReadProfileFile(settings_.config_dir, profile_name);
  if (!text) return ProfileError{std::move(text).error(), {}};
  const std::string made_for = made_for_ + std::to_string(bounding.bits());
  if (auto known = cache_->Find({made_for, *text})) return known;
  Target target = host_;
  target.capabilities = bounding;
  auto filter = Make(profile_name, *text, target, settings_.filters);
  if (filter) cache_->Insert({made_for, *text}, *filter);
  return filter;
}

Result<std::optional<Filter>> SeccompIsolator::Prepare(const std::optional<Request>& request,
                                                       CapabilitySet bounding) const {
  const auto name = ProfileFor(request);
  if (!name) return Error(name.error());
  if (!*name) return std::optional<Filter>();
  auto filter = FilterFor(**name, bounding);
  if (!filter) return std::move(filter).error().error;
  return std::optional<Filter>(**filter);
}

}  // namespace runtime::isolator
