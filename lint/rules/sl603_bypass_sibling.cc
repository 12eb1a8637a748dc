#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "lint/rules/dangerous.h"
#include "lint/rules/outcome.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Architecture;
using schema::policy::ArchitecturePolicy;
using schema::policy::Clause;
using schema::policy::Condition;

// A call, and others that each do the same.
struct Bypass {
  std::string_view call;
  std::array<std::string_view, 4> siblings;  // empty: no more
};

constexpr auto kBypasses = std::to_array<Bypass>({
    {"open", {"openat", "openat2"}},
    {"openat", {"openat2", "open"}},
    {"creat", {"open", "openat", "openat2"}},
    {"mkdir", {"mkdirat"}},
    {"rmdir", {"unlinkat"}},
    {"unlink", {"unlinkat"}},
    {"rename", {"renameat", "renameat2"}},
    {"renameat", {"renameat2"}},
    {"link", {"linkat"}},
    {"symlink", {"symlinkat"}},
    {"mknod", {"mknodat"}},
    {"chmod", {"fchmodat", "fchmodat2", "fchmod"}},
    {"chown", {"fchownat", "fchown", "lchown"}},
    {"fork", {"vfork", "clone", "clone3"}},
    {"vfork", {"fork", "clone", "clone3"}},
    {"umount", {"umount2"}},
    {"umount2", {"umount"}},
    {"init_module", {"finit_module"}},
    {"finit_module", {"init_module"}},
    {"kexec_load", {"kexec_file_load"}},
    {"kexec_file_load", {"kexec_load"}},
    {"settimeofday", {"clock_settime", "clock_settime64"}},
    {"clock_settime", {"clock_settime64", "settimeofday"}},
    {"quotactl", {"quotactl_fd"}},
});

// What io_uring does without a call that the filter sees: IORING_OP_* of linux/io_uring.h.
constexpr auto kByIoUring =
    std::to_array<std::string_view>({"socket", "connect", "accept", "sendmsg", "open", "openat",
                                     "openat2", "unlinkat", "renameat"});

constexpr std::uint64_t kCloneNewUser = 0x10000000;  // linux/sched.h
constexpr std::uint64_t kTiocsti = 0x5412;           // asm-generic/ioctls.h
constexpr std::uint64_t kTioclinux = 0x541C;

bool HasGenericIoctls(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX86:
    case Architecture::kX86_64:
    case Architecture::kX32:
    case Architecture::kArm:
    case Architecture::kAarch64:
    case Architecture::kLoongarch64:
    case Architecture::kM68k:
    case Architecture::kRiscv64:
    case Architecture::kS390:
    case Architecture::kS390x:
      return true;
    case Architecture::kMips:
    case Architecture::kMips64:
    case Architecture::kMips64n32:
    case Architecture::kMipsel:
    case Architecture::kMipsel64:
    case Architecture::kMipsel64n32:
    case Architecture::kParisc:
    case Architecture::kParisc64:
    case Architecture::kPpc:
    case Architecture::kPpc64:
    case Architecture::kPpc64le:
    case Architecture::kSh:
    case Architecture::kSheb:
      return false;
  }
  return false;
}

// With CLONE_NEWUSER among clone's flags. Source: clone(2), C library/kernel differences.
Condition NewUserNamespace(Architecture architecture) {
  const bool second = architecture == Architecture::kS390 || architecture == Architecture::kS390x;
  return {static_cast<std::uint8_t>(second ? 1 : 0), schema::kernel::Operator::kMaskedEqual,
          kCloneNewUser, kCloneNewUser};
}

Condition IoctlRequest(std::uint64_t request) {
  return {1, schema::kernel::Operator::kEqual, request, ~std::uint64_t{0}};
}

class Checker {
 public:
  explicit Checker(const Context& context) : context_(context) {}

  void CheckAll(const ArchitecturePolicy& part) {
    part_ = &part;
    for (const Bypass& bypass : kBypasses) CheckSiblings(bypass);
    CheckMount();
    CheckNamespaces();
    CheckIoctl();
    CheckIoUring();
  }

  std::vector<Finding> Take() && { return std::move(findings_); }

 private:
  const schema::policy::CallPolicy* Find(std::string_view name) const {
    const auto number = schema::kernel::NumberOf(part_->architecture, name);
    return number ? part_->Find(*number) : nullptr;
  }

  // The clause by which the profile denies the call, whatever its arguments; nullptr: it does not.
  // Calls that it does not name are none that it means to deny, and ENOSYS is for a C library that
  // then makes the older call.
  const Clause* Denial(std::string_view name) const {
    const schema::policy::CallPolicy* call = Find(name);
    if (call == nullptr) return nullptr;
    const bool passes = std::ranges::any_of(
        call->clauses, [](const Clause& clause) { return MayPass(clause.verdict.action); });
    const auto denial = std::ranges::find_if(call->clauses, [](const Clause& clause) {
      return clause.conditions.empty() && !clause.through_multiplexer &&
             !(clause.verdict.action == schema::kernel::Action::kErrno &&
               clause.verdict.data == kEnosys);
    });
    return passes || denial == call->clauses.end() ? nullptr : &*denial;
  }

  bool Passes(std::string_view name) const { return PassesSomehow(*context_.policy, *part_, name); }

  bool PassesWith(std::string_view name, const Condition& given) const {
    if (!schema::kernel::NumberOf(part_->architecture, name)) return false;
    const auto outcomes =
        OutcomesOf(*context_.policy, Find(name), schema::policy::ArgumentBits(part_->architecture),
                   {&given, 1});
    return std::ranges::any_of(
        outcomes, [](const Outcome& outcome) { return MayPass(outcome.verdict.action); });
  }

  void CheckSiblings(const Bypass& bypass) {
    const Clause* denial = Denial(bypass.call);
    if (denial == nullptr) return;
    std::vector<std::string> passing;
    for (const std::string_view sibling : bypass.siblings) {
      if (!sibling.empty() && Passes(sibling)) passing.emplace_back(sibling);
    }
    if (!passing.empty()) AddDenied(bypass.call, *denial, passing, "");
  }

  // mount(2) is open_tree or fsopen and fsmount, and then move_mount.
  void CheckMount() {
    const Clause* denial = Denial("mount");
    if (denial == nullptr || !Passes("move_mount")) return;
    if (Passes("fsopen") && Passes("fsmount")) {
      AddDenied("mount", *denial, {"fsopen", "fsmount", "move_mount"}, ", from Linux 5.2 on");
    } else if (Passes("open_tree")) {
      AddDenied("mount", *denial, {"open_tree", "move_mount"}, ", from Linux 5.2 on");
    }
  }

  void CheckNamespaces() {
    const Condition flag = NewUserNamespace(part_->architecture);
    const bool by_clone = PassesWith("clone", flag);
    const bool by_clone3 = Passes("clone3");
    if (const Clause* denial = Denial("unshare")) {
      std::vector<std::string> passing;
      if (by_clone) passing.emplace_back("clone");
      if (by_clone3) passing.emplace_back("clone3");
      if (!passing.empty()) AddDenied("unshare", *denial, passing, " with CLONE_NEWUSER");
    }
    const schema::policy::CallPolicy* clone = Find("clone");
    if (clone == nullptr || by_clone || !by_clone3 || !Passes("clone")) return;
    Add("clone", NameSpan(context_, clone->clauses.front()),
        "clone may not make a user namespace here, but clone3 is allowed and takes its flags in "
        "memory, where no filter sees them",
        "give clone3 SCMP_ACT_ERRNO with errnoRet 38 (ENOSYS): the C library then makes clone");
  }

  void CheckIoctl() {
    if (!HasGenericIoctls(part_->architecture)) return;
    const schema::policy::CallPolicy* ioctl = Find("ioctl");
    if (ioctl == nullptr || PassesWith("ioctl", IoctlRequest(kTiocsti)) ||
        !PassesWith("ioctl", IoctlRequest(kTioclinux))) {
      return;
    }
    Add("ioctl", NameSpan(context_, ioctl->clauses.front()),
        "ioctl may not put input into a terminal by TIOCSTI (0x5412), but by TIOCLINUX (0x541c) it "
        "may: on a virtual console that pastes the selection",
        "deny TIOCLINUX the same way");
  }

  void CheckIoUring() {
    if (!Passes("io_uring_setup") || !Passes("io_uring_enter")) return;
    std::vector<std::string> denied;
    const Clause* first = nullptr;
    for (const std::string_view name : kByIoUring) {
      const Clause* denial = Denial(name);
      if (denial == nullptr) continue;
      denied.emplace_back(name);
      if (first == nullptr) first = denial;
    }
    if (first == nullptr) return;
    Add("io_uring", NameSpan(context_, *first),
        Listed(denied) + (denied.size() == 1 ? " is" : " are") +
            " denied, but io_uring is allowed and does the same without a call that the filter "
            "sees",
        "deny io_uring_setup, io_uring_enter and io_uring_register, too");
  }

  void AddDenied(std::string_view call, const Clause& denial,
                 const std::vector<std::string>& passing, std::string_view how) {
    const bool one = passing.size() == 1;
    Add(call, NameSpan(context_, denial),
        std::string(call) + " gets " + ToString(denial.verdict) + ", but " + Listed(passing) +
            (one ? " is allowed" : " are allowed") + Where() +
            (one ? " and does the same" : " and do the same") + std::string(how),
        Remedy(call, passing));
  }

  // " on x86"; empty on the target's own architecture.
  std::string Where() const {
    if (part_ == context_.policy->architectures.data()) return "";
    return " on " + std::string(schema::kernel::Facts(part_->architecture).name);
  }

  // Threads need clone.
  static std::string Remedy(std::string_view call, const std::vector<std::string>& passing) {
    if (call == "unshare") {
      return "deny clone with 0x10000000 (CLONE_NEWUSER) by SCMP_CMP_MASKED_EQ, and give clone3 "
             "SCMP_ACT_ERRNO with errnoRet 38 (ENOSYS)";
    }
    if (call == "fork" || call == "vfork") {
      return "allow it, and limit the number of processes by the pids cgroup instead";
    }
    return "deny " + Listed(passing) + ", too, or allow " + std::string(call);
  }

  // Each call once, on whichever architecture comes first.
  void Add(std::string_view about, schema::Span span, std::string message, std::string help) {
    if (!told_.insert(about).second) return;
    findings_.push_back({span, std::move(message), std::move(help), {}, {}});
  }

  static constexpr std::uint16_t kEnosys = 38;  // asm-generic/errno.h

  const Context& context_;
  const ArchitecturePolicy* part_ = nullptr;
  std::set<std::string_view> told_;
  std::vector<Finding> findings_;
};

std::vector<Finding> CheckBypassSibling(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  if (!IsSandbox(*context.profile)) return {};
  Checker checker(context);
  for (const ArchitecturePolicy& part : context.policy->architectures) checker.CheckAll(part);
  return std::move(checker).Take();
}

}  // namespace

extern const Rule kSL603{
    .id = "SL603",
    .name = "bypass-sibling",
    .severity = Severity::kWarning,
    .summary = "A rule denies a call, and another call that does the same is allowed.",
    .why =
        "Linux has many things twice: openat beside open, the mount calls of Linux 5.2 beside "
        "mount, clone beside unshare and fork, io_uring beside nearly all. A rule that denies one "
        "and not the other holds nobody back; it only makes older programs fail. Looked at are "
        "calls that a rule denies whatever their arguments; ENOSYS does not count, since it asks "
        "for the older call; a profile of less than ten names is not looked at. Conditions on the flags of clone are void where clone3 is allowed.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["acct", "bpf", "delete_module", "iopl", "kexec_load", "kexec_file_load", "reboot",
  "swapoff", "swapon", "init_module"], "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["acct", "bpf", "delete_module", "iopl", "kexec_load", "kexec_file_load", "reboot",
  "swapoff", "swapon", "init_module", "finit_module"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source =
        "syscalls(2); fsopen(2); clone(2); TIOCSTI(2const) and TIOCLINUX(2const), CVE-2023-28100; "
        "io_uring_enter(2); https://github.com/moby/moby/issues/42680",
    .check = &CheckBypassSibling,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
