#include "lint/cli/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <iostream>

#include "schema/write_file.h"

namespace lint::cli {
namespace {

constexpr std::size_t kMostHeld = std::size_t{1} << 16U;

}  // namespace

StandardOutput::StandardOutput()
    : before_(std::cout.rdbuf(this)), by_lines_(isatty(STDOUT_FILENO) == 1) {}

StandardOutput::~StandardOutput() { std::cout.rdbuf(before_); }

const schema::Status& StandardOutput::Finish() {
  if (written_) written_ = schema::WriteStandardOutput(held_);
  held_.clear();
  return written_;
}

std::streamsize StandardOutput::xsputn(const char* text, std::streamsize size) {
  return Hold({text, static_cast<std::size_t>(size)}) ? size : 0;
}

StandardOutput::int_type StandardOutput::overflow(int_type character) {
  const char byte = traits_type::to_char_type(character);
  return Hold({&byte, 1}) ? character : traits_type::eof();
}

int StandardOutput::sync() { return Finish() ? 0 : -1; }

bool StandardOutput::Hold(std::string_view text) {
  held_ += text;
  const bool is_line = by_lines_ && text.find('\n') != std::string_view::npos;
  if (is_line || held_.size() >= kMostHeld) Finish();
  return written_.has_value();
}

void OccupyClosedStreams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest number that is free: this one.
    if (fcntl(number, F_GETFD) == -1) (void)!open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  }
}

}  // namespace lint::cli
