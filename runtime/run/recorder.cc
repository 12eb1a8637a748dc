#include "runtime/run/recorder.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "runtime/launch/descriptors.h"
#include "schema/filter/instruction.h"
#include "schema/kernel/syscall.h"

namespace runtime::run {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

constexpr std::string_view kFolderName = "/seccomp-run.XXXXXX";
constexpr std::string_view kSocketName = "/listener";
constexpr std::size_t kLongestParent =
    sizeof(sockaddr_un::sun_path) - 1 - kFolderName.size() - kSocketName.size();

std::string ParentFolder() {
  const char* const chosen = std::getenv("TMPDIR");
  return chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
}

// A folder of its own, which root alone may enter.
Result<std::string> MakeFolder(const std::string& parent) {
  std::string folder = parent + std::string(kFolderName);
  const bool fits = parent.size() <= kLongestParent;
  if (fits && mkdtemp(folder.data()) != nullptr) return folder;
  Error error =
      SystemError("make a directory for a socket in " + parent, fits ? errno : ENAMETOOLONG);
  error.message += "; set TMPDIR to a writable one, whose name has at most " +
                   std::to_string(kLongestParent) + " bytes";
  return error;
}

struct Socket {
  Descriptor listening;
  Descriptor file;  // O_PATH: what connects to it
};

Result<Socket> ListenOn(const std::string& path) {
  Socket made;
  made.listening = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made.listening) return SystemError("socket", errno);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int number = made.listening.number();
  if (bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(number, 1) != 0) {
    return SystemError("listen on " + path, errno);
  }
  made.file = Descriptor(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!made.file) return SystemError("open " + path, errno);
  return made;
}

// A socket without a name: nothing is left of it whenever we end.
Result<Socket> Listen() {
  const auto folder = MakeFolder(ParentFolder());
  if (!folder) return Error(folder.error());
  const std::string path = *folder + std::string(kSocketName);
  auto made = ListenOn(path);
  unlink(path.c_str());
  rmdir(folder->c_str());
  return made;
}

// A signal that does not kill then does not make a call that we have begun to answer start again:
// from Linux 5.19. A kernel that knows the flags looks at the program, which lies nowhere.
std::uint32_t ListenerFlags() {
  constexpr std::uint32_t kBoth =
      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kBoth, nullptr);
  return result == -1 && errno == EFAULT ? kBoth : SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::Start(const schema::kernel::Target& host) {
  if (host.kernel < schema::kernel::KernelVersion{5, 5}) {
    return Error{ErrorCode::kUnsupported,
                 "recording needs Linux 5.5 (SECCOMP_USER_NOTIF_FLAG_CONTINUE)"};
  }
  std::unique_ptr<Recorder> recorder(new Recorder());
  auto socket = Listen();
  if (!socket) return std::move(socket).error();
  recorder->listening_ = std::move(socket->listening);
  recorder->socket_file_ = std::move(socket->file);
  // Each call asks.
  recorder->filter_.program = {{schema::filter::kReturn, 0, 0, SECCOMP_RET_USER_NOTIF}};
  recorder->filter_.flags = ListenerFlags();
  recorder->filter_.listener = schema::filter::Listener{
      "/proc/self/fd/" + std::to_string(recorder->socket_file_.number()), ""};
  recorder->stop_ = Descriptor(eventfd(0, EFD_CLOEXEC));
  if (!recorder->stop_) return SystemError("eventfd", errno);
  // Signals are for the thread that waits for the program.
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int failed = 0;
  try {
    recorder->thread_ = std::thread(&Recorder::Serve, recorder.get());
  } catch (const std::system_error& error) {
    failed = error.code().value();
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (failed != 0) return SystemError("start a thread", failed);
  return recorder;
}

Recorder::~Recorder() { Stop(); }

void Recorder::Stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  // It cannot fail: an eventfd has room for more than one of these.
  [[maybe_unused]] const ssize_t written = write(stop_.number(), &one, sizeof(one));
  thread_.join();
}

Result<Calls> Recorder::Finish() {
  Stop();
  if (!outcome_) return Error(outcome_.error());
  return std::move(calls_);
}

void Recorder::Serve() {
  std::array<pollfd, 2> polled = {pollfd{listening_.number(), POLLIN, 0},
                                  pollfd{stop_.number(), POLLIN, 0}};
  while (poll(polled.data(), polled.size(), -1) < 0 && errno == EINTR) {
  }
  if (polled[0].revents == 0) return;  // the launch has failed before the filter
  const Descriptor connection(accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  listener_ = launch::ReceiveDescriptor(connection.number()).descriptor;
  if (!listener_) {
    outcome_ = Error{ErrorCode::kSystem, "the filter's listener did not arrive"};
    return;
  }
  outcome_ = AnswerAll();
  listener_.Close();  // where that failed, nobody waits for ever
}

Status Recorder::AnswerAll() {
  // The kernel's structures may be longer than those that we know.
  seccomp_notif_sizes sizes = {};
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) {
    return SystemError("seccomp SECCOMP_GET_NOTIF_SIZES", errno);
  }
  const std::size_t size = std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif));
  std::vector<std::uint64_t> words(size / sizeof(std::uint64_t) + 1);
  auto& call = *reinterpret_cast<seccomp_notif*>(words.data());
  std::array<pollfd, 2> polled = {pollfd{listener_.number(), POLLIN, 0},
                                  pollfd{stop_.number(), POLLIN, 0}};
  for (;;) {
    if (poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return SystemError("poll", errno);
    }
    if ((polled[0].revents & POLLIN) != 0) {
      std::memset(words.data(), 0, size);
      if (Status status = AnswerOne(call); !status) return status;
    } else if (polled[0].revents != 0) {
      polled[0].fd = -1;  // no process is left
    }
    if (polled[1].revents != 0 && (polled[0].revents & POLLIN) == 0) return {};
  }
}

Status Recorder::AnswerOne(seccomp_notif& call) {
  if (ioctl(listener_.number(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
    // ENOENT: the caller was killed meanwhile, or a signal made it start the call anew.
    if (errno == ENOENT || errno == EINTR) return {};
    return SystemError("ioctl SECCOMP_IOCTL_NOTIF_RECV", errno);
  }
  Note(call.data);
  seccomp_notif_resp answer = {call.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
  while (ioctl(listener_.number(), SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) {
    if (errno == ENOENT) return {};
    if (errno != EINTR) return SystemError("ioctl SECCOMP_IOCTL_NOTIF_SEND", errno);
  }
  return {};
}

// Whoever is recorded may make any call with any arguments, without end: what would not be told of
// them is not kept either.
void Recorder::Note(const seccomp_data& data) {
  const auto number = static_cast<std::uint32_t>(data.nr);
  auto found = numbers_.find({data.arch, number});
  if (found == numbers_.end()) {
    Number made;
    const auto architecture = schema::kernel::ArchitectureOf(data.arch, number);
    const auto name = architecture ? schema::kernel::NameOf(*architecture, number) : "";
    if (name.empty() && ++unnamed_ > kMostUnnamed) return;
    if (architecture) made.kept = KeptArgumentOf(*architecture, name);
    found = numbers_.emplace(std::pair(data.arch, number), made).first;
    if (!made.kept) calls_.insert({data.arch, number, 0});
  }
  Number& call = found->second;
  if (!call.kept || call.values > kMostValues) return;
  const std::uint64_t value = data.args[call.kept->index] & call.kept->mask;
  if (calls_.insert({data.arch, number, value}).second) ++call.values;
}

}  // namespace runtime::run
