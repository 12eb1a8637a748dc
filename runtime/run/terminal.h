// Our terminal, lent to a container: what is typed goes to the container's own terminal as it is,
// and what that prints comes back. Ctrl-C and Ctrl-Z then mean the container's foreground job, not
// us.

#pragma once

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "schema/descriptor.h"
#include "schema/error.h"

namespace runtime::run {

// Which of standard input, output and error a container's terminal stands in for: those of ours
// that are a terminal; none, unless input and output both are, and we are its foreground job.
std::array<bool, 3> StreamsOnTerminal();

// Whether standard input is our terminal, and somebody else's turn: who read from it would be
// stopped (SIGTTIN), but for a program in a session of its own, which would take what is typed.
bool IsInputOfOthers();

// Standard input as a terminal without a line discipline (cfmakeraw(3)), until destruction.
class RawTerminal {
 public:
  // `container`: the other end of the container's terminal. Errors: kSystem.
  static schema::Result<RawTerminal> Start(schema::Descriptor container);

  RawTerminal(RawTerminal&& other) noexcept
      : container_(std::move(other.container_)),
        output_(std::move(other.output_)),
        saved_(std::exchange(other.saved_, std::nullopt)) {}
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal();

  void CopyWindowSize() const;  // on SIGWINCH
  void SetRaw() const;          // on SIGCONT: a shell has had the terminal meanwhile
  void Restore() const;         // to what it was: Ctrl-C is for us again

  // Our input, our output and the container's terminal, for poll(2): each as far as it is wanted.
  // Nothing is read before what was read last is written: who reads or writes slowly holds up the
  // other side, and no more than a chunk is kept for each.
  using Polled = std::array<pollfd, 3>;
  static constexpr Polled kNone = {pollfd{-1, 0, 0}, pollfd{-1, 0, 0}, pollfd{-1, 0, 0}};
  Polled Wanted() const;
  // What goes without waiting, by what poll(2) says of Wanted(). False: the container's end is
  // closed, and what came from there is written.
  bool Serve(const Polled& polled);

  // When the container has ended. Whether there is output of its still to be written; then
  // WriteOutput() when `output()` is writable.
  bool HasOutput();
  int output() const { return output_ ? output_.number() : STDOUT_FILENO; }
  void WriteOutput();

 private:
  RawTerminal(schema::Descriptor container, schema::Descriptor output, const termios& saved)
      : container_(std::move(container)), output_(std::move(output)), saved_(saved) {}

  enum class Reading { kSome, kNothing, kClosed };

  void ReadInput();
  void WriteToContainer();
  Reading ReadFromContainer();

  schema::Descriptor container_;
  // Our standard output, opened once more: O_NONBLOCK is then of this description, not of the one
  // that we share with the shell. None: it cannot be opened.
  schema::Descriptor output_;
  std::optional<termios> saved_;
  std::string pending_input_;
  std::string pending_output_;
  bool input_ended_ = false;
};

}  // namespace runtime::run
