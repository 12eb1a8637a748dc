#include "lint/rules/places.h"
#include "lint/rules/problems.h"
#include "lint/rules/rule.h"
#include "schema/kernel/action.h"
#include "schema/kernel/errno_name.h"
#include "schema/kernel/suggestion.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::kernel::Action;

constexpr std::uint64_t kMaxTraceMessage = 0xFFFF;  // SECCOMP_RET_DATA of linux/seccomp.h
// One less than the kernel's: sys_chk_seccomp_action() of libseccomp, "< MAX_ERRNO".
constexpr std::uint64_t kMaxLibseccompErrno = schema::kernel::kMaxErrno - 1;
constexpr std::uint16_t kEperm = 1;

// An action and what goes with it, of a rule or of the default; and what its keys are called.
struct ErrnoUse {
  const std::optional<Spanned<Action>>& action;
  const std::optional<Spanned<std::uint64_t>>& number;
  const std::optional<Spanned<std::string>>& name;
  std::string number_key;
  std::string name_key;
};

std::string NearestErrno(std::string_view name) {
  constexpr std::uint16_t kLast = 133;  // EHWPOISON of asm-generic/errno.h
  std::vector<std::string> names;
  for (std::uint16_t number = 1; number <= kLast; ++number) {
    names.push_back(schema::kernel::ErrnoText(number));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return schema::kernel::DidYouMean(name, views);
}

void CheckAction(const ErrnoUse& use, std::vector<Finding>& findings) {
  const std::string action(schema::kernel::Facts(use.action->value).scmp_name);
  const std::string help =
      "remove it, or return the error with SCMP_ACT_ERRNO instead of " + action;
  const std::string effect = ", which returns no error: crun refuses the profile, runc ignores it";
  if (use.number) {
    findings.push_back(
        {use.number->span, use.number_key + " beside " + action + effect, help, {}, {}});
  } else if (use.name && !use.name->value.empty()) {
    findings.push_back({use.name->span, use.name_key + " beside " + action + effect, help, {}, {}});
  }
}

// SCMP_ACT_ERRNO() of libseccomp cuts the number before anybody looks at it.
std::string EffectOfErrno(std::uint64_t number) {
  const auto kept = static_cast<std::uint16_t>(number);
  if (kept > kMaxLibseccompErrno) {
    return " is beyond 4094, the most that libseccomp takes: the container does not start";
  }
  return " is no error number: libseccomp keeps its low 16 bits, and the call " +
         (kept == 0 ? "seems to succeed" : "fails with " + schema::kernel::ErrnoText(kept));
}

void CheckNumber(const ErrnoUse& use, std::uint64_t most, std::vector<Finding>& findings) {
  if (!use.number) return;
  const std::uint64_t number = use.number->value;
  const std::string shown = use.number_key + " " + std::to_string(number);
  if (use.action->value == Action::kTrace) {
    if (number <= kMaxTraceMessage) return;
    findings.push_back({use.number->span,
                        shown + " does not fit the 16 bits of a message to the tracer: it gets " +
                            std::to_string(number & kMaxTraceMessage),
                        "write a number from 0 to 65535",
                        {},
                        {}});
  } else if (number > most) {
    findings.push_back({use.number->span,
                        shown + EffectOfErrno(number),
                        "write a number of errno(3), such as 1 (EPERM) or 38 (ENOSYS)",
                        {},
                        {}});
  }
}

// `engine_reads_names`: Podman and our isolator do.
void CheckName(const ErrnoUse& use, bool engine_reads_names, std::vector<Finding>& findings) {
  if (!use.name || use.name->value.empty()) return;
  const std::string& name = use.name->value;
  const auto number = schema::kernel::ParseErrno(name);
  if (!number) {
    findings.push_back(
        {use.name->span,
         Quoted(name) + " is no name of an error number: Podman refuses the profile" +
             NearestErrno(name),
         "write a name of errno(3), such as EPERM or ENOSYS, and its number in " + use.number_key,
         {},
         {}});
  } else if (use.number && use.number->value != *number) {
    findings.push_back({use.name->span,
                        name + " is " + std::to_string(*number) + ", and " + use.number_key +
                            " beside it is " + std::to_string(use.number->value) +
                            ": Podman goes by the name, Docker by the number",
                        "write the number and the name of the same error",
                        {{use.number->span, use.number_key + " is here"}},
                        {}});
  } else if (!use.number && !engine_reads_names && *number != kEperm) {
    findings.push_back({use.name->span,
                        "this engine does not read " + use.name_key +
                            ": the call fails with "
                            "EPERM, not " +
                            name,
                        "add " + use.number_key + ": " + std::to_string(*number),
                        {},
                        Severity::kWarning});
  }
}

void CheckUse(const Context& context, const ErrnoUse& use, std::vector<Finding>& findings) {
  if (!use.action) return;
  if (!schema::kernel::Facts(use.action->value).takes_errno) {
    CheckAction(use, findings);
    return;
  }
  // Our isolator makes its filters without libseccomp.
  const bool is_ours = context.target.engine == schema::kernel::Engine::kIsolator;
  CheckNumber(use, is_ours ? schema::kernel::kMaxErrno : kMaxLibseccompErrno, findings);
  CheckName(use, is_ours, findings);
}

std::vector<Finding> CheckErrnoMisuse(const Context& context) {
  if (context.profile == nullptr) return {};
  const schema::profile::Profile& profile = *context.profile;
  std::vector<Finding> findings;
  CheckUse(context,
           {profile.default_action, profile.default_errno_ret, profile.default_errno_name,
            "\"defaultErrnoRet\"", "\"defaultErrno\""},
           findings);
  for (const schema::profile::Rule& rule : profile.syscalls) {
    CheckUse(context, {rule.action, rule.errno_ret, rule.errno_name, "\"errnoRet\"", "\"errno\""},
             findings);
  }
  for (Finding& ignored : FromParser(context, schema::profile::ProblemKind::kIgnoredErrno)) {
    ignored.severity = Severity::kWarning;
    findings.push_back(std::move(ignored));
  }
  return findings;
}

}  // namespace

extern const Rule kSL113{
    .id = "SL113",
    .name = "errno-misuse",
    .severity = Severity::kError,
    .summary = "An errno that does not go with its action, is no errno, or contradicts its name.",
    .why =
        "Only SCMP_ACT_ERRNO returns an error number, 1 to 4095, and SCMP_ACT_TRACE gives one to "
        "the tracer. libseccomp, by which engines load filters, refuses 4095 to 65535 and cuts a "
        "larger number to 16 bits: 65536 becomes 0, with which the call seems to succeed. Beside "
        "another action crun refuses the profile (\"errno value specified for action\") and runc "
        "ignores the number. Podman reads the name in `errno`; Docker reads the number in "
        "`errnoRet`, and without one returns EPERM. Of a SeccompProfile the operator drops an "
        "errnoRet of 0, which is EPERM, too.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1,
  "syscalls": [ { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [ { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 } ] })",
    .source =
        "seccomp(2), SECCOMP_RET_ERRNO; src/system.c of libseccomp, sys_chk_seccomp_action(); "
        "src/libcrun/seccomp.c of crun, seccomp_action_supports_errno(); "
        "pkg/seccomp/conversion.go of containers/common",
    .check = &CheckErrnoMisuse,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
