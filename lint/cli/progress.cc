#include "lint/cli/progress.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace lint::cli {
namespace {

constexpr std::chrono::milliseconds kSilentFor(500);
constexpr std::chrono::milliseconds kBetween(100);

bool CanErase() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

Progress::Progress(bool wanted, std::size_t total)
    : enabled_(wanted && CanErase()), total_(total), next_(Clock::now() + kSilentFor) {}

void Progress::Show(std::size_t done) {
  if (!enabled_ || done == total_ || Clock::now() < next_) return;
  Clear();
  std::cout.flush();
  std::cerr << done << " of " << total_ << " files" << std::flush;
  shown_ = true;
  next_ = Clock::now() + kBetween;
}

void Progress::Clear() {
  // Back to the start of the line, and erase it: ECMA-48, EL.
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace lint::cli
