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

using schema::Error;
using schema::Result;
using schema::Status;
using schema::SystemError;

// What the kernel sends to us for what we did ourselves, and what stops us, as it stops any program
// of a shell's job.
constexpr std::array kOurOwnSignals = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS,
                                       SIGCHLD, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU};

// What does nothing to a program that has no handler for it. Source: signal(7).
constexpr std::array kHarmlessSignals = {SIGCONT, SIGWINCH, SIGURG};

bool IsHarmless(int signal) { return std::ranges::count(kHarmlessSignals, signal) != 0; }

// What asks a program to end.
constexpr std::array kEndingSignals = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

// How long a reader that takes nothing is then waited for, in milliseconds.
constexpr int kReaderPatience = 1000;

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
  const bool replace = is_init && !IsHarmless(signal) && HasDefaultAction(process.pid(), signal);
  // An error is ESRCH: it has ended by itself.
  const Status sent = process.Signal(replace ? SIGKILL : signal);
  return replace && sent ? signal : 0;
}

class Supervisor {
 public:
  Supervisor(const launch::Process& process, bool is_init, RawTerminal* terminal, int signals)
      : process_(process), is_init_(is_init), terminal_(terminal), signals_(signals) {}

  Status AwaitEnd() {
    for (;;) {
      const auto wanted = terminal_ != nullptr ? terminal_->Wanted() : RawTerminal::kNone;
      std::array<pollfd, 5> polled = {pollfd{process_.end_pidfd(), POLLIN, 0},
                                      pollfd{signals_, POLLIN, 0}, wanted[0], wanted[1], wanted[2]};
      if (poll(polled.data(), polled.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return SystemError("poll", errno);
      }
      if (terminal_ != nullptr && !terminal_->Serve({polled[2], polled[3], polled[4]})) {
        terminal_->Restore();  // a program that has closed it, and runs on
        terminal_ = nullptr;
      }
      if (polled[0].revents != 0) return {};
      if (polled[1].revents == 0) continue;
      const auto signal = ReadSignal();
      if (!signal) return Error(signal.error());
      Take(*signal);
    }
  }

  // What the program has printed goes to whoever reads it, in his time. A signal that the program
  // cannot take any more is for us, and ends that; one that asked it to end makes us wait no longer
  // than for a reader that is merely slow.
  Status WriteRest() {
    const int patience = is_to_end_ ? kReaderPatience : -1;
    while (terminal_ != nullptr && terminal_->HasOutput()) {
      std::array<pollfd, 2> polled = {pollfd{signals_, POLLIN, 0},
                                      pollfd{terminal_->output(), POLLOUT, 0}};
      const int ready = poll(polled.data(), polled.size(), patience);
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0) return SystemError("poll", errno);
      if (ready == 0) return {};
      if (polled[1].revents != 0) terminal_->WriteOutput();
      if (polled[0].revents == 0) continue;
      const auto signal = ReadSignal();
      if (!signal) return Error(signal.error());
      if (!IsHarmless(*signal)) return {};
    }
    return {};
  }

  int replaced_signal() const { return replaced_signal_; }

 private:
  Result<int> ReadSignal() const {
    signalfd_siginfo info = {};
    if (read(signals_, &info, sizeof(info)) != sizeof(info)) {
      return SystemError("read a signal", errno);
    }
    return static_cast<int>(info.ssi_signo);
  }

  void Take(int signal) {
    if (terminal_ != nullptr && (signal == SIGWINCH || signal == SIGCONT)) {
      if (signal == SIGCONT) terminal_->SetRaw();
      terminal_->CopyWindowSize();  // the container's terminal tells its programs
      return;
    }
    is_to_end_ = is_to_end_ || std::ranges::count(kEndingSignals, signal) != 0;
    if (const int replaced = Forward(process_, signal, is_init_); replaced != 0) {
      replaced_signal_ = replaced;
    }
    // As the kernel does when a terminal goes: what is stopped is to hear of it.
    if (signal == SIGHUP) (void)process_.Signal(SIGCONT);
  }

  const launch::Process& process_;
  bool is_init_;
  RawTerminal* terminal_;
  int signals_;
  bool is_to_end_ = false;
  int replaced_signal_ = 0;
};

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
  Supervisor supervisor(process, is_init, terminal, signals.number());
  if (Status ended = supervisor.AwaitEnd(); !ended) return std::move(ended).error();
  if (Status written = supervisor.WriteRest(); !written) return std::move(written).error();
  auto status = process.Wait();
  if (!status) return std::move(status).error();
  return Ending{*status, supervisor.replaced_signal()};
}

}  // namespace runtime::run
