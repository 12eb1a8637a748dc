#include "tests/runtime/launch/notify_handler.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;
using schema::Descriptor;

Descriptor Listen(const std::string& path) {
  Descriptor listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const auto* const name = reinterpret_cast<const sockaddr*>(&address);
  EXPECT_EQ(bind(listening.number(), name, sizeof(address)), 0) << path;
  EXPECT_EQ(listen(listening.number(), 64), 0);
  // A container of any user may not talk to it, but its launcher, root, does.
  return listening;
}

// A message to its end, which has to come with the first bytes' one descriptor.
std::pair<std::string, Descriptor> ReceiveMessage(int connection) {
  std::string text;
  Descriptor listener;
  for (;;) {
    std::array<char, 4096> buffer = {};
    iovec bytes = {buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control = {};
    msghdr message = {};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (length <= 0) return {std::move(text), std::move(listener)};
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
      if (header->cmsg_len != CMSG_LEN(sizeof(int)) || !text.empty()) text += "MISPLACED";
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header), sizeof(number));
      listener = Descriptor(number);
    }
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
}

// The other side of the fork.
class Loop {
 public:
  Loop(int control, Descriptor listening, std::string log, NotifyHandler::Decide decide, bool reads)
      : control_(control),
        listening_(std::move(listening)),
        log_(std::move(log)),
        decide_(std::move(decide)),
        reads_(reads) {}

  void Run() {
    for (;;) {
      std::vector<pollfd> polled = {{control_, 0, 0}, {listening_.number(), POLLIN, 0}};
      for (const Descriptor& listener : listeners_)
        polled.push_back({listener.number(), POLLIN, 0});
      if (poll(polled.data(), polled.size(), -1) < 0) return;
      if (polled[0].revents != 0) return;
      for (std::size_t i = listeners_.size(); i-- > 0;) {
        const short events = polled[i + 2].revents;
        if ((events & POLLIN) != 0) {
          if (!AnswerOne(listeners_[i].number())) return;
        } else if (events != 0) {
          listeners_.erase(listeners_.begin() + static_cast<std::ptrdiff_t>(i));
        }
      }
      if ((polled[1].revents & POLLIN) != 0) Accept();
    }
  }

 private:
  void Accept() {
    Descriptor connection(accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!reads_) {
      ignored_.push_back(std::move(connection));
      return;
    }
    auto [text, listener] = ReceiveMessage(connection.number());
    std::ofstream(log_, std::ios::app) << text << std::endl;
    if (listener) listeners_.push_back(std::move(listener));
  }

  // False: it is to die.
  bool AnswerOne(int listener) {
    seccomp_notif call = {};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return true;  // it was killed
    const Answer answer = decide_(call);
    seccomp_notif_resp response = {};
    response.id = call.id;
    switch (answer.kind) {
      case Answer::Kind::kContinue:
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        break;
      case Answer::Kind::kReturn:
        response.error = -answer.error;
        response.val = answer.value;
        break;
      case Answer::Kind::kSilence:
        return true;
      case Answer::Kind::kDie:
        return false;
    }
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);  // it may have been killed
    return true;
  }

  int control_;
  Descriptor listening_;
  std::string log_;
  NotifyHandler::Decide decide_;
  bool reads_;
  std::vector<Descriptor> ignored_;
  std::vector<Descriptor> listeners_;
};

}  // namespace

Answer Continue(const seccomp_notif&) { return {}; }

NotifyHandler::NotifyHandler(Decide decide, bool reads) {
  folder_ = testing::TempDir() + "notify_XXXXXX";
  EXPECT_NE(mkdtemp(folder_.data()), nullptr);
  path_ = folder_ + "/socket";
  Descriptor listening = Listen(path_);
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]);
  control_ = Descriptor(ends[1]);
  const pid_t between = fork();
  if (between == 0) {
    if (fork() != 0) _exit(0);
    close(ends[1]);
    Loop(ends[0], std::move(listening), folder_ + "/messages", std::move(decide), reads).Run();
    _exit(0);
  }
  waitpid(between, nullptr, 0);
}

NotifyHandler::~NotifyHandler() {
  control_.Close();
  fs::remove_all(folder_);
}

std::vector<std::string> NotifyHandler::Messages(std::size_t count) const {
  std::vector<std::string> messages;
  for (int i = 0; i < 1000 && messages.size() < count; ++i) {
    messages.clear();
    std::ifstream file(folder_ + "/messages");
    for (std::string line; std::getline(file, line) && !file.eof();) messages.push_back(line);
    if (messages.size() < count) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return messages;
}

}  // namespace runtime::launch
