// attempts FILE SOCKET ABSTRACT-SOCKET PID SHARED-MEMORY: from inside a container, tries the usual
// ways out; the arguments are the host's (attempt.h). A line for each: "ok" and why it failed, or
// "ESCAPED", or "DIFFERENT". Exit status 0: all as expected.
//
// Linked statically: it runs in a rootfs that holds nothing else.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/runtime/escape/attempt.h"

Host host;
int told_to = -1;

namespace {

// In a process of its own, which may die of it.
Outcome Make(const Attempt& attempt) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  told_to = ends[1];
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    const Outcome outcome = attempt.make();
    if (write(ends[1], &outcome, sizeof(outcome)) != sizeof(outcome)) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  Outcome outcome = 0;
  const bool is_told = read(ends[0], &outcome, sizeof(outcome)) == sizeof(outcome);
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  return is_told ? outcome : WIFSIGNALED(status) ? -WTERMSIG(status) : 0;
}

const char* Name(Outcome outcome) {
  if (outcome == 0) return "succeeded";
  const char* const name = outcome > 0 ? strerrorname_np(outcome) : sigabbrev_np(-outcome);
  return name != nullptr ? name : "?";
}

int TryAll(const Attempts& attempts, bool is_root) {
  int wrong = 0;
  for (int i = 0; i < attempts.count; ++i) {
    const Attempt& attempt = attempts.first[i];
    const Expected& expected = is_root ? attempt.as_root : attempt.as_user;
    const Outcome outcome = Make(attempt);
    const bool is_expected = expected.Has(outcome);
    if (!is_expected) ++wrong;
    printf("%s %s: %s (%s)\n",
           is_expected    ? "ok"
           : outcome == 0 ? "ESCAPED"
                          : "DIFFERENT",
           attempt.name, Name(outcome), is_expected ? attempt.reason : Name(expected.outcomes[0]));
  }
  return wrong;
}

}  // namespace

// As if somebody had typed a command into the terminal on descriptor 0. Exit status 0: there is
// one, whether or not the kernel (dev.tty.legacy_tiocsti) lets it.
int Type() {
  for (const char* byte = "touch /escaped\n"; *byte != '\0'; ++byte) ioctl(0, TIOCSTI, byte);
  return isatty(0) ? 0 : 1;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--type") == 0) return Type();
  if (argc != 6) return 2;
  host = {argv[1], argv[2], argv[3], atoi(argv[4]), atoi(argv[5])};
  const bool is_root = geteuid() == 0;
  int wrong = TryAll(AgainstTheProfile(), is_root) + TryAll(AgainstTheIsolation(), is_root);
  if (getpid() != 1) wrong += TryAll(AgainstInit(), is_root);
  return wrong == 0 ? 0 : 1;
}
