// A statically linked program for strict.json: reads a line, and writes what becomes of calls that
// it need not make.

#include <fcntl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace {

// "socket: 38": errno, or 0 for success.
void Say(const char* what, long result) { std::printf("%s: %d\n", what, result < 0 ? errno : 0); }

// Does not return to the trapping instruction, which would only trap again.
[[noreturn]] void OnFault(int) {
  std::printf("signal: 0\n");
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

int main() {
  char line[64] = "";
  if (std::fgets(line, sizeof(line), stdin) == nullptr) return 1;
  std::printf("read: %s", line);
  Say("open to write", open("/dev/null", O_WRONLY));
  Say("open to read", open("/dev/null", O_RDONLY));
  Say("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) _exit(0);
  Say("fork", child);
  Say("kill", syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), 0));
  Say("executable memory by personality", personality(READ_IMPLIES_EXEC));
  rlimit limit = {};
  Say("own limit", getrlimit(RLIMIT_CORE, &limit));
  Say("new limit", setrlimit(RLIMIT_CORE, &limit));
  std::signal(SIGILL, OnFault);
  __builtin_trap();
}
