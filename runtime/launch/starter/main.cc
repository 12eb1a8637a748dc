// The starter: a program of its own, without a C library, that the launcher's child executes and
// that becomes the container's monitor, its init and, by execve, the container's program. The
// launcher writes it and its plan into a sealed file in memory (starter_file.cc), so that
//   - a container finds no file of the host in /proc/self/exe, not even as the interpreter of its
//   own program: what it executes there is a copy that nobody can write to (CVE-2019-5736 of runc);
//   - init and monitor hold nothing of the launcher's memory.
//
// See child.h for what may stand here.

#include <linux/capability.h>
#include <linux/prctl.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {

// Where the launcher puts the plan: see CMakeLists.txt.
extern "C" {
alignas(Plan) __attribute__((section(".plan"), used)) char plan_place[sizeof(Plan)] = {1};
}

namespace {

// As the launcher has them: execve gives root all of the bounding set.
void RestoreCapabilities(const Plan& plan) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
  Check(Call(SYS_capget, &header, words), plan, Step::kStarter);
  for (unsigned i = 0; i < 2; ++i) {
    words[i].permitted &= (uint32_t)(plan.held_permitted >> (32 * i));
    words[i].effective = words[i].permitted;
    words[i].inheritable = (uint32_t)(plan.held_inheritable >> (32 * i));
  }
  Check(Call(SYS_capset, &header, words), plan, Step::kStarter);
  if (!plan.raise_capabilities) return;
  const uint64_t raised = plan.held_permitted & plan.held_inheritable & ~plan.held_ambient;
  for (unsigned i = 0; i < 64; ++i) {
    if (((raised >> i) & 1) == 0) continue;
    Check(Call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, i, 0, 0), plan, Step::kStarter);
  }
}

[[noreturn]] void Run(const Plan& plan) {
  if (MarkCloseOnExec(plan, true) < 0) {
    // No launcher's child, but a container's program, which has found itself in /proc/self/exe.
    if (errno == EBADF) Exit(ENOEXEC);
    Fail(plan, Step::kStarter);
  }
  Check(Call(SYS_prctl, PR_SET_NAME, plan.name), plan, Step::kStarter);
  RestoreCapabilities(plan);
  Check(Send(plan, Step::kTaken, 0, 0), plan, Step::kStarter);
  if (plan.monitor) RunMonitor(plan);
  RunContainer(plan);
}

}  // namespace

// For entry.cc.
extern "C" [[noreturn]] void RunStarter() { Run(*(const Plan*)(const void*)plan_place); }

}  // namespace runtime::launch

#ifdef STARTER_WITH_LIBC
int main() { runtime::launch::RunStarter(); }
#endif
