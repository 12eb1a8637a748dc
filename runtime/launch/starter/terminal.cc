// A terminal of the container's own. In the child: see child.h.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {

// Source: unix(7), SCM_RIGHTS; cmsg(3).
long SendDescriptor(int socket, int descriptor) {
  char byte = 0;
  iovec bytes;
  bytes.iov_base = &byte;
  bytes.iov_len = 1;
  union {
    cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  *(int*)CMSG_DATA(&control.header) = descriptor;
  msghdr message;
  message.msg_name = nullptr;
  message.msg_namelen = 0;
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = CMSG_LEN(sizeof(int));  // without the padding, which is not written
  message.msg_flags = 0;
  return Call(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
}

// Settings and window size, before the program can look at them or set its own. The bytes are
// passed on as they come: there is room for the kernel's struct termios of any architecture.
void TakeAfter(const Plan& plan, long from, long to) {
  constexpr unsigned long kGetAndSet[][2] = {{TCGETS, TCSETS}, {TIOCGWINSZ, TIOCSWINSZ}};
  for (const auto& request : kGetAndSet) {
    alignas(uint64_t) char value[128];
    const long got = Call(SYS_ioctl, from, request[0], value);
    if (got < 0 && errno == ENOTTY) return;
    Check(got, plan, Step::kTerminal);
    Check(Call(SYS_ioctl, to, request[1], value), plan, Step::kTerminal);
  }
}

void OpenTerminal(const Plan& plan) {
  const long master = Call(SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
  Check(master, plan, Step::kTerminal);
  const int locked = 0;
  Check(Call(SYS_ioctl, master, TIOCSPTLCK, &locked), plan, Step::kTerminal);
  const long slave = Call(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  Check(slave, plan, Step::kTerminal);
  if (plan.change_user) {
    Check(Call(SYS_fchown, slave, plan.uid, -1), plan, Step::kTerminal);
  }
  const int first = FirstTerminalStream(plan);
  TakeAfter(plan, first, slave);
  for (int i = first; i < 3; ++i) {
    if ((plan.terminal_streams >> i & 1) == 0) continue;
    Check(Call(SYS_dup3, slave, i, 0), plan, Step::kTerminal);
  }
  Check(Call(SYS_ioctl, slave, TIOCSCTTY, 0), plan, Step::kTerminal);
  Check(SendDescriptor(plan.terminal_socket, (int)master), plan, Step::kTerminal);
  Call(SYS_close, master);
  Call(SYS_close, slave);
  Call(SYS_close, plan.terminal_socket);
}

}  // namespace runtime::launch
