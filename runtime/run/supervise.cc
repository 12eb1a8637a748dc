#include "runtime/run/supervise.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/launch/descriptors.h"

namespace runtime::run {
namespace {

using schema::Result;
using schema::Status;
using schema::SystemError;

// What the kernel sends to us for what we did ourselves, and what stops us, as it stops any program
// of a shell's job.
constexpr std::array kOurOwnSignals = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS,
                                       SIGCHLD, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU};

// What does nothing to a program that has no handler for it. Source: signal(7).
constexpr std::array kHarmlessSignals = {SIGCONT, SIGWINCH, SIGURG};

// All others; but not those that we were started to ignore: by nohup(1), or in the background of a
// script. The C library keeps for itself those that it does not tell of.
sigset_t TakenSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (std::ranges::count(kOurOwnSignals, signal) != 0) continue;
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) != 0) continue;
    if (action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

// Whether `pid` has left `signal` to its default action. Source: SigBlk, SigIgn and SigCgt of
// /proc/[pid]/status, proc(5): masks in hexadecimal, bit n-1 for signal n.
bool HasDefaultAction(pid_t pid, int signal) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::uint64_t taken = 0;
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("SigBlk:") && !line.starts_with("SigIgn:") &&
        !line.starts_with("SigCgt:")) {
      continue;
    }
    const std::string_view digits = std::string_view(line).substr(line.find_last_of("\t ") + 1);
    std::uint64_t mask = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
    taken |= mask;
    found = true;
  }
  return found && ((taken >> (static_cast<unsigned>(signal) - 1U)) & 1U) == 0;
}

// Passes a signal on; the one that SIGKILL has replaced, or 0.
int Forward(const launch::Process& process, int signal, bool is_init) {
  // Before the signal is sent, for afterwards the program may have ended.
  const bool replace = is_init && std::ranges::count(kHarmlessSignals, signal) == 0 &&
                       HasDefaultAction(process.pid(), signal);
  // An error is ESRCH: it has ended by itself.
  const Status sent = process.Signal(replace ? SIGKILL : signal);
  return replace && sent ? signal : 0;
}

int Take(int signal, const launch::Process& process, bool is_init, const RawTerminal* terminal) {
  if (terminal != nullptr && (signal == SIGWINCH || signal == SIGCONT)) {
    if (signal == SIGCONT) terminal->SetRaw();
    terminal->CopyWindowSize();  // the container's terminal tells its programs
    return 0;
  }
  return Forward(process, signal, is_init);
}

// Serves both ends by what poll(2) says of our input and of the container's terminal. False: that
// is closed.
bool Relay(RawTerminal& terminal, short input, short container) {
  if ((container & POLLOUT) != 0) terminal.WriteToContainer();
  if (input != 0) terminal.ReadInput();
  return (container & (POLLIN | POLLHUP)) == 0 || terminal.ReadFromContainer();
}

}  // namespace

Status BlockForwardedSignals() {
  const sigset_t set = TakenSignals();
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return SystemError("sigprocmask", errno);
  return {};
}

void UnblockForwardedSignals() {
  const sigset_t set = TakenSignals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

Result<Ending> Supervise(const launch::Process& process, bool is_init, RawTerminal* terminal) {
  const sigset_t set = TakenSignals();
  const launch::Descriptor signals(signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals) return SystemError("signalfd", errno);
  Ending ending;
  for (;;) {
    std::array<pollfd, 4> polled = {
        pollfd{process.end_pidfd(), POLLIN, 0}, pollfd{signals.number(), POLLIN, 0},
        pollfd{terminal != nullptr ? terminal->wanted_input() : -1, POLLIN, 0},
        pollfd{terminal != nullptr ? terminal->container() : -1, POLLIN, 0}};
    if (terminal != nullptr && terminal->has_input_for_container()) polled[3].events |= POLLOUT;
    if (poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return SystemError("poll", errno);
    }
    if (terminal != nullptr && !Relay(*terminal, polled[2].revents, polled[3].revents)) {
      terminal->Restore();  // a program that has closed it, and runs on
      terminal = nullptr;
    }
    if (polled[0].revents != 0) break;
    if (polled[1].revents == 0) continue;
    signalfd_siginfo info = {};
    if (read(signals.number(), &info, sizeof(info)) != sizeof(info)) {
      return SystemError("read a signal", errno);
    }
    const int replaced = Take(static_cast<int>(info.ssi_signo), process, is_init, terminal);
    if (replaced != 0) ending.replaced_signal = replaced;
  }
  while (terminal != nullptr && terminal->ReadFromContainer()) {
  }
  auto status = process.Wait();
  if (!status) return std::move(status).error();
  ending.status = *status;
  return ending;
}

}  // namespace runtime::run
