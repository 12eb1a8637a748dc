#include "runtime/run/supervise.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <unistd.h>

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

sigset_t ForwardedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&set, signal);
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
  const bool replace = is_init && HasDefaultAction(process.pid(), signal);
  // An error is ESRCH: it has ended by itself.
  const Status sent = process.Signal(replace ? SIGKILL : signal);
  return replace && sent ? signal : 0;
}

}  // namespace

Status BlockForwardedSignals() {
  const sigset_t set = ForwardedSignals();
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return SystemError("sigprocmask", errno);
  return {};
}

Result<Ending> Supervise(const launch::Process& process, bool is_init) {
  const sigset_t set = ForwardedSignals();
  const launch::Descriptor signals(signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals) return SystemError("signalfd", errno);
  Ending ending;
  std::array<pollfd, 2> polled = {pollfd{process.pidfd(), POLLIN, 0},
                                  pollfd{signals.number(), POLLIN, 0}};
  for (;;) {
    if (poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return SystemError("poll", errno);
    }
    if (polled[0].revents != 0) break;
    signalfd_siginfo info = {};
    if (read(signals.number(), &info, sizeof(info)) != sizeof(info)) {
      return SystemError("read a signal", errno);
    }
    if (const int replaced = Forward(process, static_cast<int>(info.ssi_signo), is_init);
        replaced != 0) {
      ending.replaced_signal = replaced;
    }
  }
  auto status = process.Wait();
  if (!status) return std::move(status).error();
  ending.status = *status;
  return ending;
}

}  // namespace runtime::run
