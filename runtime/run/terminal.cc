#include "runtime/run/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace runtime::run {
namespace {

using schema::Descriptor;
using schema::Result;
using schema::SystemError;

constexpr std::size_t kChunk = 16384;  // bytes

// Source: /proc/[pid]/fd, proc(5).
Descriptor OpenOutputAgain() {
  constexpr int kFlags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return Descriptor(open("/proc/self/fd/1", kFlags));
}

// Of a descriptor that was to be read or written: it was not the time.
bool IsForLater(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

std::array<bool, 3> StreamsOnTerminal() {
  const bool interactive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 &&
                           tcgetpgrp(STDIN_FILENO) == getpgrp();
  return {interactive, interactive, interactive && isatty(STDERR_FILENO) == 1};
}

bool IsInputOfOthers() {
  const pid_t foreground = tcgetpgrp(STDIN_FILENO);
  return foreground >= 0 && foreground != getpgrp();
}

Result<RawTerminal> RawTerminal::Start(Descriptor container) {
  termios settings = {};
  if (tcgetattr(STDIN_FILENO, &settings) != 0) return SystemError("tcgetattr", errno);
  if (fcntl(container.number(), F_SETFL, O_NONBLOCK) != 0) return SystemError("fcntl", errno);
  RawTerminal terminal(std::move(container), OpenOutputAgain(), settings);
  terminal.SetRaw();
  return terminal;
}

RawTerminal::~RawTerminal() {
  if (saved_) Restore();
}

void RawTerminal::Restore() const { tcsetattr(STDIN_FILENO, TCSANOW, &*saved_); }

void RawTerminal::CopyWindowSize() const {
  winsize size = {};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(container_.number(), TIOCSWINSZ, &size);
}

void RawTerminal::SetRaw() const {
  termios raw = *saved_;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

RawTerminal::Polled RawTerminal::Wanted() const {
  Polled polled = kNone;
  if (pending_input_.empty() && !input_ended_) polled[0] = {STDIN_FILENO, POLLIN, 0};
  if (!pending_output_.empty()) polled[1] = {output(), POLLOUT, 0};
  if (pending_output_.empty()) polled[2].events |= POLLIN;
  if (!pending_input_.empty()) polled[2].events |= POLLOUT;
  // Else its POLLHUP, which comes unasked, would be told again and again.
  if (polled[2].events != 0) polled[2].fd = container_.number();
  return polled;
}

bool RawTerminal::Serve(const Polled& polled) {
  const auto& [input, output, container] = polled;
  if (output.revents != 0) WriteOutput();
  if ((container.revents & POLLHUP) != 0) pending_input_.clear();  // nobody reads it any more
  if ((container.revents & POLLOUT) != 0) WriteToContainer();
  if (input.revents != 0) ReadInput();
  const bool is_readable = (container.events & POLLIN) != 0 && container.revents != 0;
  return !is_readable || ReadFromContainer() != Reading::kClosed;
}

bool RawTerminal::HasOutput() {
  while (pending_output_.empty() && ReadFromContainer() == Reading::kSome) {
  }
  return !pending_output_.empty();
}

void RawTerminal::ReadInput() {
  std::array<char, kChunk> buffer;
  const ssize_t length = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (length < 0 && IsForLater(errno)) return;
  if (length <= 0) {
    input_ended_ = true;
    return;
  }
  pending_input_.assign(buffer.data(), static_cast<std::size_t>(length));
  WriteToContainer();
}

void RawTerminal::WriteToContainer() {
  const ssize_t written = write(container_.number(), pending_input_.data(), pending_input_.size());
  if (written > 0) pending_input_.erase(0, static_cast<std::size_t>(written));
  // Nobody reads it any more: the container's end is near.
  if (written < 0 && !IsForLater(errno)) pending_input_.clear();
}

void RawTerminal::WriteOutput() {
  // A terminal is writable when it takes a byte; a write of more would wait, but for O_NONBLOCK.
  const std::size_t size = output_ ? pending_output_.size() : 1;
  const ssize_t written = write(output(), pending_output_.data(), size);
  if (written > 0) pending_output_.erase(0, static_cast<std::size_t>(written));
  // A terminal that has gone; SIGHUP comes with it.
  if (written < 0 && !IsForLater(errno)) pending_output_.clear();
}

RawTerminal::Reading RawTerminal::ReadFromContainer() {
  std::array<char, kChunk> buffer;
  const ssize_t length = read(container_.number(), buffer.data(), buffer.size());
  if (length < 0 && IsForLater(errno)) return errno == EINTR ? Reading::kSome : Reading::kNothing;
  if (length <= 0) return Reading::kClosed;  // EIO: all have closed it
  pending_output_.assign(buffer.data(), static_cast<std::size_t>(length));
  return Reading::kSome;
}

}  // namespace runtime::run
