#include <algorithm>
#include <array>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::Span;
using schema::kernel::Action;
using schema::kernel::Architecture;
using schema::profile::Conditions;

// Places where Mesos finds the same fault.
class Fault {
 public:
  void At(Span span) { places_.push_back(span); }

  // The first place is the finding's; nothing where there is none.
  void Tell(std::string message, std::string help, std::vector<Finding>& findings) && {
    if (places_.empty()) return;
    if (places_.size() > 1) message += ", " + Counted(places_.size(), "time") + " in this profile";
    findings.push_back({places_.front(), std::move(message), std::move(help), {}, {}});
  }

 private:
  std::vector<Span> places_;
};

bool MesosKnows(Action action) {
  switch (action) {
    case Action::kKillThread:
    case Action::kTrap:
    case Action::kErrno:
    case Action::kTrace:
    case Action::kAllow:
      return true;
    case Action::kKillProcess:
    case Action::kLog:
    case Action::kNotify:
      return false;
  }
  return false;
}

bool MesosKnows(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX86:
    case Architecture::kX86_64:
    case Architecture::kX32:
    case Architecture::kArm:
    case Architecture::kAarch64:
    case Architecture::kMips:
    case Architecture::kMipsel:
    case Architecture::kMips64:
    case Architecture::kMipsel64:
    case Architecture::kMips64n32:
    case Architecture::kMipsel64n32:
    case Architecture::kPpc:
    case Architecture::kPpc64:
    case Architecture::kPpc64le:
    case Architecture::kS390:
    case Architecture::kS390x:
      return true;
    case Architecture::kLoongarch64:
    case Architecture::kM68k:
    case Architecture::kParisc:
    case Architecture::kParisc64:
    case Architecture::kRiscv64:
    case Architecture::kSh:
    case Architecture::kSheb:
      return false;
  }
  return false;
}

// In includes.arches and excludes.arches.
constexpr auto kMesosArches = std::to_array<std::string_view>(
    {"x86", "amd64", "x32", "arm", "arm64", "mips", "mipsel", "mips64", "mipsel64", "mips64n32",
     "mipsel64n32", "ppc", "ppc64le", "s390", "s390x"});

class Checker {
 public:
  explicit Checker(const Context& context) : context_(context) {}

  std::vector<Finding> Check() && {
    const auto& profile = *context_.profile;
    if (profile.default_action) CheckAction(*profile.default_action);
    CheckArchMap();
    for (const auto& rule : profile.syscalls) CheckRule(rule);
    Tell();
    return std::move(findings_);
  }

 private:
  void CheckAction(const schema::Spanned<Action>& action) {
    const auto& span = action.span;
    const auto written =
        std::string_view(context_.json.document.text).substr(span.begin, span.end - span.begin);
    // It knows the older name of the action alone.
    if (!MesosKnows(action.value) || written == "\"SCMP_ACT_KILL_THREAD\"") actions_.At(span);
  }

  void CheckArchMap() {
    const auto& arch_map = context_.profile->arch_map;
    if (!arch_map) {
      no_arch_map_.At(Opening(context_.profile->span));
      return;
    }
    // It leaves an entry alone once that is for another machine, subArchitectures and all.
    for (const auto& entry : arch_map->value) {
      if (!entry.architecture) continue;
      if (!MesosKnows(entry.architecture->value)) architectures_.At(entry.architecture->span);
      if (entry.architecture->value != context_.target.architecture) continue;
      for (const auto& sub : entry.subarchitectures) {
        if (!MesosKnows(sub.value)) architectures_.At(sub.span);
      }
    }
  }

  bool Lists(const Conditions& conditions) const {
    const auto& facts = schema::kernel::Facts(context_.target.architecture);
    return std::ranges::any_of(conditions.arches,
                               [&](const auto& arch) { return arch.value == facts.docker_name; });
  }

  // It reads the names up to the first that is the machine's.
  void CheckArches(const Conditions& conditions) {
    const auto& facts = schema::kernel::Facts(context_.target.architecture);
    for (const auto& arch : conditions.arches) {
      if (arch.value == facts.docker_name) return;
      if (std::ranges::find(kMesosArches, arch.value) == kMesosArches.end()) {
        architectures_.At(arch.span);
      }
    }
  }

  void CheckRule(const schema::profile::Rule& rule) {
    const Span place = Opening(rule.span);
    if (!rule.includes) {
      no_includes_.At(place);
    } else {
      CheckArches(*rule.includes);
      if (!rule.includes->arches.empty() && !Lists(*rule.includes)) return;  // reads no further
    }
    if (!rule.excludes) {
      no_excludes_.At(place);
    } else {
      CheckArches(*rule.excludes);
      if (Lists(*rule.excludes)) return;
    }
    if (!rule.names_span) no_names_.At(place);
    if (rule.action) CheckAction(*rule.action);
    if (!rule.args_span) no_args_.At(place);
    for (const auto& argument : rule.args) {
      if (!argument.value_two) no_value_two_.At(Opening(argument.span));
    }
  }

  void Tell() {
    std::move(no_arch_map_)
        .Tell("Mesos 1.11 refuses a profile without \"archMap\"",
              "write \"archMap\" instead of \"architectures\"", findings_);
    std::move(actions_).Tell("Mesos 1.11 does not know this action and refuses the profile",
                             "write SCMP_ACT_KILL, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE "
                             "or SCMP_ACT_ALLOW",
                             findings_);
    std::move(architectures_)
        .Tell("Mesos 1.11 does not know this architecture and refuses the profile", "leave it out",
              findings_);
    std::move(no_includes_)
        .Tell("Mesos 1.11 refuses a rule without \"includes\"", "write \"includes\": {}",
              findings_);
    std::move(no_excludes_)
        .Tell("Mesos 1.11 refuses a rule without \"excludes\"", "write \"excludes\": {}",
              findings_);
    std::move(no_names_).Tell("Mesos 1.11 refuses a rule without \"names\"",
                              "write \"names\": [...] instead of \"name\"", findings_);
    std::move(no_args_).Tell("Mesos 1.11 refuses a rule without \"args\"", "write \"args\": []",
                             findings_);
    std::move(no_value_two_)
        .Tell("Mesos 1.11 refuses a condition without \"valueTwo\"", "write \"valueTwo\": 0",
              findings_);
  }

  const Context& context_;
  std::vector<Finding> findings_;
  Fault no_arch_map_;
  Fault actions_;
  Fault architectures_;
  Fault no_includes_;
  Fault no_excludes_;
  Fault no_names_;
  Fault no_args_;
  Fault no_value_two_;
};

std::vector<Finding> CheckMesosStrict(const Context& context) {
  if (context.profile == nullptr || context.target.engine != schema::kernel::Engine::kMesos) {
    return {};
  }
  return Checker(context).Check();
}

}  // namespace

extern const Rule kSL120{
    .id = "SL120",
    .name = "mesos-strict",
    .severity = Severity::kError,
    .summary = "Mesos 1.11 refuses the profile (engine mesos).",
    .why =
        "The parser of Mesos is from 2019 and takes nothing as optional that Docker's profiles had "
        "then: each rule needs `names`, `includes`, `excludes` and `args`, each condition "
        "`valueTwo`, and the profile an `archMap`. It knows neither SCMP_ACT_LOG, "
        "SCMP_ACT_KILL_PROCESS and SCMP_ACT_NOTIFY nor architectures such as riscv64. Docker's "
        "profile of today is refused for all of that. Our own isolator takes them all.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW",
    "args": [], "includes": {}, "excludes": {} } ] })",
    .source =
        "src/linux/seccomp/seccomp_parser.cpp and include/mesos/seccomp/seccomp.proto of Apache "
        "Mesos",
    .check = &CheckMesosStrict,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
