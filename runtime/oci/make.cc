#include "runtime/oci/make.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lint/engine/engine.h"
#include "lint/report/printable.h"
#include "lint/report/text.h"
#include "lint/rules/permissiveness.h"
#include "runtime/isolator/disk_cache.h"
#include "runtime/isolator/isolator.h"
#include "runtime/oci/linux_seccomp.h"
#include "runtime/oci/real_runtime.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"
#include "schema/kernel/libseccomp_release.h"
#include "schema/policy/conflict.h"
#include "schema/policy/resolve.h"

namespace runtime::oci {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::kernel::Target;
using schema::policy::Policy;
using schema::profile::Profile;

// The proof is made here, of the very filter: SL509 would make another one first.
constexpr std::string_view kProofOfRules = "SL509";

schema::kernel::Libseccomp EveryCall() { return schema::kernel::LibseccompRelease({~0U, 0, 0}); }

// A program has every call that the profile names, whatever libseccomp knows.
Result<Target> TargetFor(const Configuration& configuration,
                         schema::kernel::CapabilitySet bounding) {
  const bool by_library = configuration.kind == RuntimeKind::kRunc;
  auto target = schema::kernel::ThisHost(
      by_library ? schema::filter::Library() : schema::kernel::LibseccompRelease({~0U, 0, 0}));
  if (!target) return target;
  target->capabilities = bounding;
  target->engine = schema::kernel::Engine::kOci;
  return target;
}

// As places in the whole text that `report` is of a part of, `by` bytes from its beginning.
void Shift(std::size_t by, lint::engine::Report& report) {
  const auto shift = [by](schema::Span& span) {
    span.begin += by;
    span.end += by;
  };
  shift(report.span);
  for (schema::Related& related : report.related) shift(related.span);
}

Result<lint::engine::Selection> Rules() {
  auto rules = isolator::RulesThatMayFindErrors();
  if (!rules) return rules;
  if (Status status = rules->Ignore(kProofOfRules); !status) return std::move(status).error();
  return rules;
}

// The errors among the findings. std::nullopt: there is none.
std::optional<Error> ErrorsAmong(lint::engine::FileReport report, const Source& source,
                                 const std::string& whole, const Target& target) {
  KeepOnly(report, lint::rules::Severity::kError);
  if (report.reports.empty()) return std::nullopt;
  if (source.in_bundle) {
    report.document.text = whole;
    report.notes.clear();
    for (auto& finding : report.reports) Shift(source.in_bundle->begin, finding);
  }
  return Error{ErrorCode::kInvalid,
               "the seccomp profile is invalid:\n" + lint::report::Text(report, {{target}}, {}), 0};
}

std::string Base64(const schema::filter::Filter& filter) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string_view bytes(reinterpret_cast<const char*>(filter.program.data()),
                               filter.program.size() * sizeof(sock_filter));
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8U | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= group.size() ? kDigits[bits >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

// What runc makes of calls that its libseccomp lacks is no more than the profile allows. Errors:
// kUnsupported, one is denied, and would get the default instead.
Status LeaveOutUnknown(schema::policy::Policy& policy) {
  for (const auto& [architecture, call] : schema::filter::LeaveOutUnknown(policy)) {
    for (const auto& clause : call.clauses) {
      if (!lint::rules::Restricts(clause.verdict, policy.default_verdict)) continue;
      return Error{ErrorCode::kUnsupported,
                   "libseccomp " + ToString(schema::filter::Library().version) +
                       ", this machine's, does not know " + call.name + " on " +
                       std::string(schema::kernel::Facts(architecture).name) +
                       ", and runc drops it in silence: the call would get " +
                       ToString(policy.default_verdict) + " instead of " + ToString(clause.verdict),
                   0};
    }
  }
  return {};
}

// For crun: a program, and the rules that it comes from, for whoever reads config.json.
Result<Made> MakeProgram(const Source& source, const Profile& profile, Policy policy,
                         const Target& target, const Configuration& configuration) {
  if (configuration.enosys_horizon) schema::policy::AddHorizon(policy);
  if (auto status = CheckTakesPrograms(configuration.runtime); !status) {
    return std::move(status).error();
  }
  const auto filter = schema::filter::CompileAndProve(policy);
  if (!filter) return Error(filter.error());
  Made made{"", Base64(*filter)};
  if (!source.in_bundle || !IsResolved(profile)) {
    made.seccomp = ToJson(RulesOf(profile, policy, target), profile, source.text);
  }
  return made;
}

// For runc: rules of which this machine's libseccomp makes a proved filter.
Result<Made> MakeRules(const Source& source, const Profile& profile, Target target,
                       const Configuration& configuration) {
  // Distributions add calls to an old libseccomp: it is asked for each.
  target.libseccomp = EveryCall();
  auto policy = schema::policy::Resolve(profile, target);
  if (!policy) return std::move(policy).error();
  if (auto status = LeaveOutUnknown(*policy); !status) return std::move(status).error();
  if (auto status = schema::policy::RefuseConflicts(*policy); !status) {
    return std::move(status).error();
  }
  if (auto status = CheckSameLibrary(configuration.runtime); !status) {
    return std::move(status).error();
  }
  const auto rules = RulesOf(profile, *policy, target);
  const Status as_written = schema::filter::ProveAsRuntime(rules, *policy);
  if (as_written) {
    const bool keep = source.in_bundle && IsResolved(profile);
    return Made{keep ? "" : ToJson(rules, profile, source.text), ""};
  }
  const auto masks = schema::filter::AsMasks(rules);
  if (masks && schema::filter::ProveAsRuntime(*masks, *policy)) {
    return Made{ToJson(*masks, profile, source.text), ""};
  }
  Error error = as_written.error();
  error.message +=
      "; with masks in the place of its comparisons it is no better; crun takes the "
      "proved filter itself";
  return error;
}

Result<Made> Make(const Source& source, const std::string& whole, const Target& target,
                  const Configuration& configuration) {
  const auto rules = Rules();
  if (!rules) return Error(rules.error());
  auto checked = lint::engine::CheckAndResolve(source.name, source.text, target, *rules);
  // libseccomp does not come back from some profiles: not before the lint has passed.
  if (auto error = ErrorsAmong(std::move(checked.report), source, whole, target)) {
    return std::move(*error);
  }
  if (!checked.policy) return std::move(checked.policy).error();
  auto made = configuration.kind == RuntimeKind::kRunc
                  ? MakeRules(source, *checked.profile, target, configuration)
                  : MakeProgram(source, *checked.profile, std::move(*checked.policy), target,
                                configuration);
  if (!made) return std::move(made).error().While(lint::report::Printable(source.name));
  return made;
}

// All that goes into what is made but for the profile, and so into its key in the cache.
Result<std::string> MadeOf(const Source& source, const Target& target,
                           const Configuration& configuration) {
  const auto ours = isolator::OwnIdentity();
  if (!ours) return Error(ours.error());
  const auto runtime = isolator::FileIdentity(configuration.runtime);
  if (!runtime) return Error(runtime.error());
  isolator::FilterOptions options;
  options.enosys_horizon = configuration.enosys_horizon;
  std::string key = *ours + "\n" + *runtime + "\n" + isolator::MadeFor(target, options);
  key += configuration.kind == RuntimeKind::kRunc ? ",rules\n" : ",program\n";
  return key + (source.in_bundle ? "linux.seccomp\n" : "profile\n");
}

// In the cache: the program in its one line, and the rules.
std::string ToKept(const Made& made) { return made.program + "\n" + made.seccomp; }

Made FromKept(std::string_view kept) {
  const std::size_t line = kept.find('\n');
  return {std::string(kept.substr(line + 1)), std::string(kept.substr(0, line))};
}

}  // namespace

Result<Made> MakeFor(const Source& source, const std::string& whole,
                     schema::kernel::CapabilitySet bounding, const Configuration& configuration) {
  const auto target = TargetFor(configuration, bounding);
  if (!target) return Error(target.error());
  const auto made_of = MadeOf(source, *target, configuration);
  if (!made_of) return Error(made_of.error());
  const std::array<std::string_view, 2> key = {*made_of, source.text};
  const isolator::DiskCache cache(configuration.cache);
  if (const auto known = cache.Find(key)) return FromKept(*known);
  auto made = Make(source, whole, *target, configuration);
  if (made) cache.Insert(key, ToKept(*made));
  return made;
}

std::string WarningsOf(const Source& source, schema::kernel::CapabilitySet bounding,
                       const Configuration& configuration) {
  const auto target = TargetFor(configuration, bounding);
  const auto rules = Rules();
  if (!target || !rules) return "";  // MakeFor() says why
  auto report = lint::engine::Check(source.name, source.text, {{*target}, *rules});
  KeepOnly(report, lint::rules::Severity::kWarning);
  return lint::report::Text(report, {{*target}}, {});
}

}  // namespace runtime::oci
