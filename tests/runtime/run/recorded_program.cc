// recorded_program WHAT: what the tests of --record let run. Prints "done" in the end.

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

namespace {

void Threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int call = 0; call < 2000; ++call) syscall(SYS_getppid);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void Forks() {
  for (int i = 0; i < 100; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  }
}

// Each dies somewhere in a call, that is often: while it waits for an answer.
void KilledChildren() {
  for (int i = 0; i < 200; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) syscall(SYS_getppid);
    }
    usleep(500);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
}

// Handled signals by the thousand while calls are being answered.
void Signals() {
  signal(SIGALRM, [](int) {});
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 2000; ++i) kill(parent, SIGALRM);
    _exit(0);
  }
  while (waitpid(child, nullptr, 0) < 0) {
  }
}

void Sockets() {
  int pair[2];
  if (socket(AF_UNIX, SOCK_STREAM, 0) < 0 || socket(AF_INET, SOCK_DGRAM, 0) < 0 ||
      socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
    std::perror("socket");
    std::exit(1);
  }
  int pending = 0;
  if (ioctl(pair[0], FIONREAD, &pending) != 0) std::exit(2);
}

void ManyRequests() {
  for (unsigned long request = 0; request < 100; ++request) ioctl(-1, 0x6000 + request);
}

// A process that would live on, and calls.
void Daemon() {
  if (fork() == 0) {
    setsid();
    for (;;) syscall(SYS_getppid);
  }
}

void UnknownNumber() { syscall(4000); }

void UnknownNumbers() {
  for (long number = 4000; number < 5000; ++number) syscall(number);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  struct Mode {
    std::string_view name;
    void (*run)();
  };
  constexpr Mode kModes[] = {{"threads", Threads},        {"forks", Forks},
                             {"killed", KilledChildren},  {"signals", Signals},
                             {"sockets", Sockets},        {"requests", ManyRequests},
                             {"daemon", Daemon},          {"number", UnknownNumber},
                             {"numbers", UnknownNumbers}, {"death", [] { raise(SIGKILL); }}};
  for (const Mode& mode : kModes) {
    if (mode.name == what) mode.run();
  }
  std::puts("done");
  return argc > 2 ? std::atoi(argv[2]) : 0;
}
