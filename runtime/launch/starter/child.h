// What runs between the launcher's clone and the program's execve: the starter, a program of its
// own (main.cc, child.cc, mounts.cc, terminal.cc, hand_over.cc, init.cc, monitor.cc), and clone.cc,
// which is the launcher's, too, with ../clone_child.cc. A child is a copy of one thread of a
// process that may have many: any lock may be held for ever, malloc's included, by threads that do
// not exist here; and the starter has no C library (entry.cc). So these files include C headers
// only, are compiled without exceptions, RTTI, sanitizers, coverage and stack protector
// (CMakeLists.txt), and call nothing but syscall(2), errno and each other (hand_over.cc: clone(3),
// too): else the starter does not link, and tests/runtime/launch/child_symbols.sh holds the
// launcher's two to it.

#pragma once

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/launch/plan.h"

namespace runtime::launch {

// The kernel's sigset_t; glibc's is longer.
inline constexpr size_t kSignalSetBytes = (_NSIG - 1) / 8;
inline constexpr unsigned long kAllSignals[16] = {~0UL, ~0UL, ~0UL, ~0UL};
// SIG_DFL, no flags, no mask, in the kernel's struct sigaction of any architecture; the empty set
// of signals; a timeout of no time.
inline constexpr unsigned long kZeros[16] = {};
static_assert(SIG_DFL == nullptr && kSignalSetBytes <= 4 * sizeof(unsigned long));

// Every argument at full width: the variadic syscall(2) would take 32 bits of an int for a pointer.
template <class T>
long Word(T value) {
  return (long)value;  // NOLINT: integers and pointers alike
}

template <class... T>
long Call(long number, T... arguments) {
  return syscall(number, Word(arguments)...);
}

// -1 and errno on failure.
inline long Send(const Plan& plan, Step step, uint16_t detail, int value) {
  const Report report = {step, detail, value};
  return Call(SYS_write, plan.report_write, &report, sizeof(report));
}

[[noreturn]] inline void Exit(int status) {
  Call(SYS_exit_group, status);
  Call(SYS_exit, status);
  for (;;) __builtin_trap();  // the filter refuses to let us exit: a fault it cannot refuse
}

// Reports errno, and ends the process with it as its status: should the filter refuse the write.
[[noreturn]] inline void Fail(const Plan& plan, Step step, size_t detail = 0) {
  const int error = errno;
  Send(plan, step, (uint16_t)detail, error);
  Exit(error);
}

// A byte that only says that it is there: 1, or 0 at the end of the stream, or -1 and errno.
inline long AwaitByte(int stream) {
  char byte = 0;
  long length = 0;
  do {
    length = Call(SYS_read, stream, &byte, 1);
  } while (length < 0 && errno == EINTR);
  return length;
}

inline void Check(long result, const Plan& plan, Step step, size_t detail = 0) {
  if (result < 0) Fail(plan, step, detail);
}

// Writes `value` with at least `digits` digits, and `after` behind it; where it ends.
inline char* Print(char* to, uint64_t value, int digits, char after) {
  char reversed[20];
  int count = 0;
  do {
    reversed[count++] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0 || count < digits);
  while (count > 0) *to++ = reversed[--count];
  *to++ = after;
  return to;
}

// Writes `text` without its end; where it ends.
inline char* Copy(char* to, const char* text) {
  while (*text != '\0') *to++ = *text++;
  return to;
}

// clone(2) of a process that shares nothing: 0 in the child. `flags` and SIGCHLD.
inline long Fork(unsigned long flags) {
#ifdef __s390__
  return Call(SYS_clone, 0, flags | SIGCHLD, 0, 0, 0);
#else
  return Call(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
#endif
}

// In clone.cc. The clones are clone3(2)'s, or clone(2)'s where that is hidden: -1 and errno on
// failure, and a close-on-exec pidfd in `*pidfd`.

// With the flags `namespaces`, in `cgroup` if it is not -1.
long CloneProcess(uint64_t namespaces, int cgroup, const Plan& plan, int* pidfd);

// The container's first process.
long CloneContainer(const Plan& plan, int* pidfd);

// The plan's descriptors, on the way from the launcher to the starter. -1 and errno on failure.
long MarkCloseOnExec(const Plan& plan, bool on);

// In child.cc.

// The container's first process: its session, namespaces and mounts. Then init, or the program.
[[noreturn]] void RunContainer(const Plan& plan);

// From there to execve.
[[noreturn]] void RunProgram(const Plan& plan);

// The filter that the launcher was still making when it cloned us, if it comes late: ends this
// process where it comes to nothing. Once it has come, at once.
void AwaitFilter(const Plan& plan);

// Closes all descriptors but those of `keep`, and 0, 1 and 2 if not `standard`. -1 and errno on
// failure.
long CloseAllBut(const int* keep, size_t count, bool standard);

// Sends `signal` to this process when its parent dies, which may have happened already; 0: none.
void SetParentDeathSignal(const Plan& plan, int signal);

// Of a container's process that has a monitor: its pidfd. -1: it has none.
extern long monitor_pidfd;

// In mounts.cc.
void ArrangeMounts(const Plan& plan);

// The lowest descriptor that is the container's terminal, where it has one.
inline int FirstTerminalStream(const Plan& plan) {
  int first = 0;
  while ((plan.terminal_streams >> first & 1) == 0) ++first;
  return first;
}

// In terminal.cc. Makes a pseudoterminal of the container's /dev, the controlling one of this
// session, and sends its other end to the launcher.
void OpenTerminal(const Plan& plan);

// Sends `descriptor`, with a byte. -1 and errno on failure.
long SendDescriptor(int socket, int descriptor);

// In hand_over.cc. Around the load of a filter with a listener: see there.
void StartHandOver(const Plan& plan);
void AwaitHandOver(int listener);

// In init.cc. Starts the program, which calls RunProgram, and is its parent: see Spec::init.
[[noreturn]] void RunInit(const Plan& plan);

// In monitor.cc. Starts the container, which calls RunContainer, and is its parent: see
// Spec::monitor.
[[noreturn]] void RunMonitor(const Plan& plan);

}  // namespace runtime::launch
