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

// Our output may be slow, or of a process that has set O_NONBLOCK: poll is not worth it here.
void WriteAll(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(STDOUT_FILENO, bytes, size);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return;  // a terminal that has gone; SIGHUP comes with it
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

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
  RawTerminal terminal(std::move(container), settings);
  terminal.SetRaw();
  return terminal;
}

RawTerminal::~RawTerminal() {
  if (saved_) Restore();
}

void RawTerminal::Restore() const { tcsetattr(STDIN_FILENO, TCSADRAIN, &*saved_); }

void RawTerminal::CopyWindowSize() const {
  winsize size = {};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(container_.number(), TIOCSWINSZ, &size);
}

void RawTerminal::SetRaw() const {
  termios raw = *saved_;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void RawTerminal::ReadInput() {
  std::array<char, kChunk> buffer;
  const ssize_t length = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return;
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
  if (written < 0 && errno != EAGAIN && errno != EINTR) pending_input_.clear();
}

bool RawTerminal::ReadFromContainer() const {
  std::array<char, kChunk> buffer;
  const ssize_t length = read(container_.number(), buffer.data(), buffer.size());
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return errno == EINTR;
  if (length <= 0) return false;  // EIO: all have closed it
  WriteAll(buffer.data(), static_cast<std::size_t>(length));
  return true;
}

}  // namespace runtime::run
