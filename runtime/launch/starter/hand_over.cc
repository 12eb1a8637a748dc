// The filter's listener on its way to the launcher. In the child: see child.h.
//
// Once the filter is loaded, any call of this thread may be one that waits for the listener's
// answer, so it makes none but execve. A second thread, without the filter, does what is to be
// done:
//
//     this thread                     the other one                    the launcher
//     starts the other one
//     loads the filter                waits at the gate
//     goes to the gate                sends the listener,
//                                     and closes it here               tells who listens
//                                     waits for a byte                 sends a byte
//     executes                        opens the gate, and ends
//
// The gate is a page that userfaultfd(2) keeps away: to read it is to sleep without a system call,
// and tells the other thread that this one has come. Where there is none (Linux before 5.11, a
// sandbox around us) both look again and again, as long as the launcher takes for its part.
//
// On failure the launcher closes its end, and the other thread ends this process. The listener is
// closed here because it is gone when its last descriptor is, and a call that waits for its answer
// has to learn of that.
//
// A thread, not a process that shares the descriptors: of a process the program would be the
// parent.

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

// This process's own copies: in the launcher's memory they stay as they are.
int loaded_listener = -1;
int is_handed_over = 0;
constexpr size_t kStackBytes = 16384;
alignas(64) char thread_stack[kStackBytes];
int gate = -1;                           // -1: there is none
constexpr uintptr_t kGateBytes = 65536;  // a page, however long they are
char gate_space[2 * kGateBytes];

char* GatePage() { return gate_space + (-(uintptr_t)gate_space & (kGateBytes - 1)); }

void BuildGate() {
  Call(SYS_madvise, GatePage(), kGateBytes, MADV_DONTNEED);  // the launcher may have touched it
  const long file = Call(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
  if (file < 0) return;
  uffdio_api api;
  api.api = UFFD_API;
  api.features = 0;
  uffdio_register area;
  area.range.start = (uintptr_t)GatePage();
  area.range.len = kGateBytes;
  area.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (Call(SYS_ioctl, file, UFFDIO_API, &api) < 0 ||
      Call(SYS_ioctl, file, UFFDIO_REGISTER, &area) < 0) {
    Call(SYS_close, file);
    return;
  }
  gate = (int)file;
}

// Both threads have one errno: nothing here may fail, or look at it, before the listener is there.
int AwaitListener(const Plan& plan) {
#ifdef SYS_ppoll_time64
  constexpr long kPoll = SYS_ppoll_time64;
#else
  constexpr long kPoll = SYS_ppoll;
#endif
  // struct __kernel_timespec. With a gate, too: that its page is missing is not for sure.
  const int64_t pause[2] = {0, gate >= 0 ? 5000000 : 50000};
  pollfd polled[2];
  polled[0].fd = plan.listener_socket;
  polled[0].events = 0;
  polled[1].fd = gate;
  polled[1].events = POLLIN;
  for (;;) {
    const int listener = __atomic_load_n(&loaded_listener, __ATOMIC_ACQUIRE);
    if (listener >= 0) return listener;
    polled[0].revents = polled[1].revents = 0;
    Call(kPoll, polled, 2, pause, 0, 0);
    if (polled[0].revents != 0) Exit(ECANCELED);  // the launcher has gone
  }
}

int HandOver(void* argument) {
  const Plan& plan = *(const Plan*)argument;
  const int listener = AwaitListener(plan);
  if (SendDescriptor(plan.listener_socket, listener) < 0) Fail(plan, Step::kListener);
  Call(SYS_close, listener);
  if (AwaitByte(plan.listener_socket) <= 0) Exit(ECANCELED);
  __atomic_store_n(&is_handed_over, 1, __ATOMIC_RELEASE);
  if (gate >= 0) Call(SYS_close, gate);  // whoever waits for the page gets it
  Call(SYS_exit, 0);
  return 0;
}

}  // namespace

void StartHandOver(const Plan& plan) {
  BuildGate();
  constexpr int kFlags = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  Check(clone(HandOver, thread_stack + kStackBytes, kFlags, (void*)&plan), plan, Step::kListener);
}

void AwaitHandOver(int listener) {
  __atomic_store_n(&loaded_listener, listener, __ATOMIC_RELEASE);
  while (__atomic_load_n(&is_handed_over, __ATOMIC_ACQUIRE) == 0) {
    (void)*(const volatile char*)GatePage();
  }
}

}  // namespace runtime::launch
