#include "runtime/launch/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>

namespace runtime::launch {
namespace {

constexpr int kFirst = 3;

schema::Status MarkOneByOne() {
  constexpr const char* kFolder = "/proc/self/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(kFolder), closedir);
  if (!folder) return schema::SystemError(std::string("open ") + kFolder, errno);
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(folder.get());
    if (entry == nullptr) break;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    int number = 0;
    const auto [stop, error] = std::from_chars(entry->d_name, end, number);
    if (error != std::errc() || stop != end || number < kFirst) continue;
    if (fcntl(number, F_SETFD, FD_CLOEXEC) != 0) {
      return schema::SystemError("fcntl F_SETFD on descriptor " + std::to_string(number), errno);
    }
  }
  if (errno != 0) return schema::SystemError(std::string("read ") + kFolder, errno);
  return {};
}

}  // namespace

schema::Status MarkInheritedCloseOnExec() {
  if (syscall(SYS_close_range, unsigned{kFirst}, ~0U, unsigned{CLOSE_RANGE_CLOEXEC}) == 0) {
    return {};
  }
  return MarkOneByOne();
}

schema::Status FillStandardStreams() {
  for (int number = 0; number < kFirst; ++number) {
    if (fcntl(number, F_GETFD) >= 0) continue;
    // The lowest that is free: those before it are open by now.
    if (open("/dev/null", O_RDWR) != number) return schema::SystemError("open /dev/null", errno);
  }
  return {};
}

ReceivedDescriptor ReceiveDescriptor(int socket) {
  char byte = 0;
  iovec bytes = {&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(ucred))> control =
      {};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t length = 0;
  do {
    length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  ReceivedDescriptor received;
  if (length < 0) received.error = errno;
  if (length != 1) return received;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_RIGHTS) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header), sizeof(number));
      received.descriptor = Descriptor(number);
    } else if (header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials = {};
      std::memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
      received.sender = credentials.pid;
    }
  }
  if (!received.descriptor && (message.msg_flags & MSG_CTRUNC) != 0) received.error = EMFILE;
  return received;
}

}  // namespace runtime::launch
