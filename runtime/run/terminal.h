// Our terminal, lent to a container: what is typed goes to the container's own terminal as it is,
// and what that prints comes back. Ctrl-C and Ctrl-Z then mean the container's foreground job, not
// us.

#pragma once

#include <termios.h>

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
        saved_(std::exchange(other.saved_, std::nullopt)) {}
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal();

  int container() const { return container_.number(); }

  void CopyWindowSize() const;  // on SIGWINCH
  void SetRaw() const;          // on SIGCONT: a shell has had the terminal meanwhile
  void Restore() const;         // to what it was: Ctrl-C is for us again

  // To poll for POLLIN: our input, or -1 when it has ended or the container is slow.
  int wanted_input() const { return pending_input_.empty() && !input_ended_ ? 0 : -1; }
  bool has_input_for_container() const { return !pending_input_.empty(); }

  void ReadInput();         // when `wanted_input()` is readable
  void WriteToContainer();  // when `container()` is writable
  // When `container()` is readable: passes on what there is. False: the container's end is closed.
  bool ReadFromContainer() const;

 private:
  RawTerminal(schema::Descriptor container, const termios& saved)
      : container_(std::move(container)), saved_(saved) {}

  schema::Descriptor container_;
  std::optional<termios> saved_;
  std::string pending_input_;
  bool input_ended_ = false;
};

}  // namespace runtime::run
