#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "lint/rules/edit.h"
#include "lint/rules/horizon.h"
#include "lint/rules/outcome.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/sibling_syscalls.h"

namespace lint::rules {
namespace {

using schema::policy::ArchitecturePolicy;

// A call that a C library makes first, and an older one after ENOSYS alone.
struct Tried {
  std::string_view call;
  std::array<std::string_view, 3> older;  // any of these; empty: no more
  std::string_view user;
};

constexpr std::string_view k32Bit = "32-bit programs, from musl 1.2 and glibc 2.34 on";

// close_range is none of them: closefrom(3) falls back after any error.
constexpr auto kTried = std::to_array<Tried>({
    // sysdeps/unix/sysv/linux/clone-internal.c
    {"clone3", {"clone"}, "threads, from glibc 2.34 on"},
    // sysdeps/unix/sysv/linux/faccessat.c
    {"faccessat2", {"faccessat"}, "faccessat(3), from glibc 2.33 on"},
    // sysdeps/unix/sysv/linux/fchmodat.c; https://github.com/systemd/systemd/issues/31469
    {"fchmodat2", {"fchmodat"}, "fchmodat(3) and so tar, from glibc 2.39 on"},
    // sysdeps/unix/sysv/linux/statx.c
    {"statx", {"newfstatat", "fstatat64", "stat"}, "statx(2) and so ls, from glibc 2.28 on"},
});

struct Failure {
  const schema::policy::Clause* clause = nullptr;  // nullptr: the default
};

// How the call fails on the architecture; std::nullopt: not at all, or with ENOSYS.
std::optional<Failure> FailureOf(const Context& context, const ArchitecturePolicy& part,
                                 std::uint32_t number, std::uint32_t horizon) {
  const auto outcomes = OutcomesOf(*context.policy, part.Find(number),
                                   schema::policy::ArgumentBits(part.architecture));
  std::optional<Failure> failure;
  for (const Outcome& outcome : outcomes) {
    if (MayPass(outcome.verdict.action)) return std::nullopt;
    if (!IsOtherErrno(outcome.verdict) || failure) continue;
    if (outcome.clause != nullptr || number <= horizon) failure = Failure{outcome.clause};
  }
  return failure;
}

std::string Described(const Tried& tried) {
  return std::string(tried.call) + " (" + std::string(tried.user) + ")";
}

// A rule that is about nothing else gives ENOSYS; another one leaves the call to a rule of its own.
std::optional<Fix> AnswersEnosys(const Context& context, const schema::policy::Clause& clause) {
  const auto& document = context.json.document;
  const schema::profile::Rule& rule = context.profile->syscalls[clause.rule];
  if (rule.errno_name || !rule.action || !rule.names_span || rule.name) return std::nullopt;
  const std::string summary = "answer ENOSYS";
  if (rule.names.size() == 1) {
    if (rule.errno_ret) {
      return FixBy(false, summary, {Edit{rule.errno_ret->span, std::to_string(ENOSYS)}});
    }
    return FixBy(
        false, summary,
        {InsertMemberAfter(document, rule.action->span, "errnoRet", std::to_string(ENOSYS))});
  }
  // Its conditions, in either sense, would have to go with it.
  if (!rule.args.empty() || rule.includes || rule.excludes) return std::nullopt;
  const auto& name = rule.names[clause.name];
  const auto text = ErrnoRuleText(document, rule.span, {name.value}, ENOSYS);
  if (!text) return std::nullopt;
  return FixBy(
      false, summary,
      {RemoveElement(document, name.span), InsertElementAfter(document, rule.span, *text)});
}

// A rule for calls that none is about.
std::optional<Fix> AddsEnosys(const Context& context, const std::vector<std::string>& calls) {
  const auto& document = context.json.document;
  if (context.profile->syscalls.empty()) return std::nullopt;
  const schema::Span last = context.profile->syscalls.back().span;
  const auto text = ErrnoRuleText(document, last, calls, ENOSYS);
  if (!text) return std::nullopt;
  return FixBy(false, "add a rule that answers ENOSYS",
               {InsertElementAfter(document, last, *text)});
}

// Collects what fails.
class Failing {
 public:
  explicit Failing(const Context& context) : context_(context) {}

  void AddAll(const ArchitecturePolicy& part) {
    part_ = &part;
    horizon_ = ~std::uint32_t{0};
    const auto named = NamedCalls(context_, part.architecture);
    if (HasHorizon(context_.target.engine)) horizon_ = named.empty() ? 0 : named.back().number;
    for (const Tried& tried : kTried) Add(tried);
    if (!Runs32BitPrograms()) return;
    for (const auto& pair : schema::kernel::Time64Siblings()) {
      Add({pair.sibling, {pair.call}, k32Bit});
    }
  }

  std::vector<Finding> Findings() && {
    if (by_default_.empty()) return std::move(findings_);
    std::vector<std::string> words;
    std::vector<std::string> calls;
    std::size_t time64 = 0;
    for (const Tried& tried : by_default_) {
      calls.emplace_back(tried.call);
      if (tried.user != k32Bit || time64++ == 0) words.push_back(Described(tried));
    }
    const std::string rest =
        time64 > 1 ? " and " + Counted(time64 - 1, "other") + " with a 64-bit time" : "";
    findings_.push_back({context_.profile->default_action->span,
                         Listed(words) + rest + (by_default_.size() == 1 ? " gets " : " get ") +
                             ToString(context_.policy->default_verdict) +
                             " by default: the C library makes the older call instead after "
                             "ENOSYS alone",
                         "allow what is tried first like the older calls, or give it "
                         "SCMP_ACT_ERRNO with errnoRet 38 (ENOSYS)",
                         {},
                         {},
                         AddsEnosys(context_, calls)});
    return std::move(findings_);
  }

 private:
  // A list without mmap2 was never meant for them: SL305.
  bool Runs32BitPrograms() const {
    return schema::kernel::Facts(part_->architecture).long_is_32_bits &&
           (PassesSomehow(*context_.policy, *part_, "mmap2") ||
            !schema::kernel::NumberOf(part_->architecture, "mmap2"));
  }

  void Add(const Tried& tried) {
    const auto number = schema::kernel::NumberOf(part_->architecture, tried.call);
    if (!number || !OlderPasses(tried)) return;
    const auto failure = FailureOf(context_, *part_, *number, horizon_);
    if (!failure || !told_.insert(tried.call).second) return;
    if (failure->clause == nullptr) {
      by_default_.push_back(tried);
      return;
    }
    findings_.push_back({NameSpan(context_, *failure->clause),
                         Described(tried) + " gets " + ToString(failure->clause->verdict) +
                             ": the C library makes " + std::string(tried.older.front()) +
                             " instead after ENOSYS alone",
                         "write errnoRet 38 (ENOSYS)",
                         {},
                         {},
                         AnswersEnosys(context_, *failure->clause)});
  }

  bool OlderPasses(const Tried& tried) const {
    return std::ranges::any_of(tried.older, [&](std::string_view older) {
      return PassesSomehow(*context_.policy, *part_, older);
    });
  }

  const Context& context_;
  const ArchitecturePolicy* part_ = nullptr;
  std::uint32_t horizon_ = 0;
  std::set<std::string_view> told_;
  std::vector<Tried> by_default_;
  std::vector<Finding> findings_;
};

std::vector<Finding> CheckEpermForNewSyscall(const Context& context) {
  if (context.policy == nullptr) return {};
  Failing failing(context);
  for (const ArchitecturePolicy& part : context.policy->architectures) {
    // Its own calls have the highest numbers, so that naming execve leaves no horizon there: true,
    // but next to no program is for it.
    if (part.architecture != schema::kernel::Architecture::kX32) failing.AddAll(part);
  }
  return std::move(failing).Findings();
}

}  // namespace

extern const Rule kSL606{
    .id = "SL606",
    .name = "eperm-for-new-syscall",
    .severity = Severity::kWarning,
    .summary = "A new call fails with an error after which the C library does not fall back.",
    .why =
        "glibc and musl try new calls first and make the older one after ENOSYS alone, whatever "
        "the kernel is: with EPERM for clone3 no program on glibc 2.34 can start a thread, though "
        "clone is allowed. runc and our isolator answer ENOSYS above the highest number that the "
        "profile names; below it, the profile must say so itself, as Docker's does for clone3.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["clone3"], "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 } ] })",
    .source =
        "glibc's sysdeps/unix/sysv/linux/{clone-internal,faccessat,fchmodat,statx,clock_gettime}.c; "
        "musl's src/time/clock_gettime.c; https://github.com/moby/moby/issues/42680",
    .check = &CheckEpermForNewSyscall,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
