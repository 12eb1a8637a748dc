#include <array>

#include "lint/rules/outcome.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Architecture;
using schema::policy::ArchitecturePolicy;

// What the loader and the C library do before main and after it, by any of the calls: those that
// the architecture lacks do not count.
struct Step {
  std::array<std::string_view, 5> calls;  // empty: no more
};

// Without these the program ends with an error. Source: glibc's elf/dl-load.c ("cannot stat shared
// object", "failed to map segment"), elf/dl-reloc.c ("cannot apply additional memory protection");
// musl's ldso/dynlink.c; a strace of /bin/true with glibc 2.36.
constexpr auto kFatal = std::to_array<Step>({
    {{"mmap", "mmap2"}},
    {{"mprotect"}},
    {{"read"}},
    {{"newfstatat", "fstat", "fstatat64", "fstat64", "statx"}},
    {{"exit_group"}},
});

// Their failure is borne, but no program survives a call that kills it. Same sources; not those
// that only some versions make: rseq, prlimit64, pread64, getrandom.
constexpr auto kBorne = std::to_array<Step>({
    {{"close"}},
    {{"brk"}},
    {{"munmap"}},
    {{"set_tid_address"}},
});

// The call that sets the thread pointer: glibc's "cannot set %fs base address for thread-local
// storage". The others' user space sets a register.
std::string_view ThreadPointerCall(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX86_64:
    case Architecture::kX32:
      return "arch_prctl";
    case Architecture::kX86:
    case Architecture::kM68k:
    case Architecture::kMips:
    case Architecture::kMips64:
    case Architecture::kMips64n32:
    case Architecture::kMipsel:
    case Architecture::kMipsel64:
    case Architecture::kMipsel64n32:
      return "set_thread_area";
    case Architecture::kArm:
      return "set_tls";
    case Architecture::kAarch64:
    case Architecture::kLoongarch64:
    case Architecture::kParisc:
    case Architecture::kParisc64:
    case Architecture::kPpc:
    case Architecture::kPpc64:
    case Architecture::kPpc64le:
    case Architecture::kRiscv64:
    case Architecture::kS390:
    case Architecture::kS390x:
    case Architecture::kSh:
    case Architecture::kSheb:
      return "";
  }
  return "";
}

// Counts what a program finds allowed, and names what it does not.
class Start {
 public:
  explicit Start(const Context& context)
      : policy_(*context.policy), part_(policy_.architectures.front()) {}

  void Add(const Step& step, bool only_if_it_kills) {
    std::vector<std::string> here;
    for (const std::string_view call : step.calls) {
      if (call.empty() || !schema::kernel::NumberOf(part_.architecture, call)) continue;
      if (PassesSomehow(policy_, part_, call)) {
        ++passing_;
        return;
      }
      here.emplace_back(call);
    }
    if (here.empty() || (only_if_it_kills && !Kills(policy_.default_verdict.action))) return;
    // The first is what a program of today makes; an older one would make the second.
    missing_.push_back(here.front());
  }

  std::size_t passing() const { return passing_; }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  const schema::policy::Policy& policy_;
  const ArchitecturePolicy& part_;
  std::size_t passing_ = 0;
  std::vector<std::string> missing_;
};

// The rule by which programs start, so that its comment can say that static ones are meant; the
// default action, where that lets them.
schema::Span StartSpan(const Context& context, const ArchitecturePolicy& part) {
  const auto number = schema::kernel::NumberOf(part.architecture, "execve");
  const schema::policy::CallPolicy* call = number ? part.Find(*number) : nullptr;
  if (call == nullptr) return context.profile->default_action->span;
  for (const schema::policy::Clause& clause : call->clauses) {
    if (MayPass(clause.verdict.action)) return NameSpan(context, clause);
  }
  return context.profile->default_action->span;
}

std::vector<Finding> CheckCannotStartProcess(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  const ArchitecturePolicy& part = context.policy->architectures.front();
  if (!PassesSomehow(*context.policy, part, "execve")) return {};  // SL402
  // A list without open, or with little else of this, is for a static program on purpose.
  if (!PassesSomehow(*context.policy, part, "openat") &&
      !PassesSomehow(*context.policy, part, "open")) {
    return {};
  }
  Start start(context);
  for (const Step& step : kFatal) start.Add(step, false);
  start.Add({{ThreadPointerCall(part.architecture)}}, false);
  for (const Step& step : kBorne) start.Add(step, true);
  if (start.missing().empty() || start.passing() <= start.missing().size()) return {};
  const bool one = start.missing().size() == 1;
  return {{StartSpan(context, part),
           "no dynamically linked program starts on " +
               std::string(schema::kernel::Facts(part.architecture).name) + ": " +
               Listed(start.missing()) + (one ? " is" : " are") +
               " not allowed, while most of what its loader and C library do at start is",
           "allow " + Listed(start.missing()),
           {},
           {}}};
}

}  // namespace

extern const Rule kSL403{
    .id = "SL403",
    .name = "cannot-start-process",
    .severity = Severity::kWarning,
    .summary = "A call is not allowed that every dynamically linked program makes at start.",
    .why =
        "Between execve and main the loader opens libraries, reads, stats and maps them, protects "
        "what it has relocated, and sets the thread pointer; after main exit_group ends the "
        "process. If one of them fails, so does each program, with a message such as \"cannot "
        "apply additional memory protection after relocation\". Where the default kills, calls "
        "count too whose failure would be borne: brk, close, munmap, set_tid_address. Nothing is "
        "said of a profile that allows neither open nor openat, or next to nothing else of this: it "
        "is for a static program.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["arch_prctl", "close", "execve", "exit_group", "fstat", "mmap", "newfstatat",
      "openat", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["arch_prctl", "close", "execve", "exit_group", "fstat", "mmap", "mprotect",
      "newfstatat", "openat", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source =
        "glibc's elf/dl-load.c, elf/dl-reloc.c, sysdeps/*/nptl/tls.h; musl's ldso/dynlink.c; "
        "arch_prctl(2), set_thread_area(2)",
    .check = &CheckCannotStartProcess,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
