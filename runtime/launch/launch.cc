#include "runtime/launch/launch.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/launch/ending.h"
#include "runtime/launch/explain.h"
#include "runtime/launch/listener.h"
#include "runtime/launch/outcome.h"
#include "runtime/launch/plan.h"
#include "runtime/launch/prepare.h"
#include "runtime/launch/starter_file.h"
#include "runtime/launch/wait.h"

namespace runtime::launch {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

LaunchError SetupError(Step step, Error error) {
  if (error.system_errno == EMFILE) error.message += ": raise the limit of open files (ulimit -n)";
  return {Failure::kSetup, step, std::move(error)};
}

Result<int> Reap(pid_t child) {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = waitpid(child, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped < 0) return SystemError("wait for process " + std::to_string(child), errno);
  return status;
}

Status SendFilter(const Descriptor& stream, const schema::filter::Filter& filter) {
  const FilterHeader header = {static_cast<std::uint32_t>(filter.program.size()), filter.flags};
  std::vector<char> bytes(sizeof(header) + filter.program.size() * sizeof(sock_filter));
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), filter.program.data(), bytes.size() - sizeof(header));
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t length =
        send(stream.number(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (length < 0 && errno == EINTR) continue;
    // It has died, and its report says why.
    if (length < 0 && (errno == EPIPE || errno == ECONNRESET)) return {};
    if (length < 0) return SystemError("send the filter to the child", errno);
    sent += static_cast<std::size_t>(length);
  }
  return {};
}

}  // namespace

void throw_exception_from_error(const LaunchError& error, const boost::source_location&) {
  throw std::logic_error(error.error.message);
}

pid_t Process::program_pid() const {
  const std::string folder = "/proc/" + std::to_string(pid_);
  std::string name;
  std::getline(std::ifstream(folder + "/comm"), name);
  if (name != kInitName) return pid_;
  // The oldest child comes first; later ones may be orphans.
  pid_t program = -1;
  std::ifstream(folder + "/task/" + std::to_string(pid_) + "/children") >> program;
  return program;
}

schema::Status Process::Signal(int signal) const {
  if (syscall(SYS_pidfd_send_signal, pidfd_.number(), signal, nullptr, 0U) != 0) {
    return SystemError("send " + SignalName(signal) + " to process " + std::to_string(pid_), errno);
  }
  return {};
}

Result<int> Process::Wait() const {
  Result<int> status = 0;
  if (monitor_ && !monitor_->is_child) {
    pollfd ended{monitor_->pidfd.number(), POLLIN, 0};
    while (poll(&ended, 1, -1) < 0 && errno == EINTR) {
    }
  } else {
    status = Reap(monitor_ ? monitor_->pid : pid_);
  }
  if (!status) return status;
  if (monitor_) {
    auto ending = ReadEnding(monitor_->folder.number(), monitor_->name);
    if (!ending) return std::move(ending).error();
    if (!*ending) return Error{ErrorCode::kNotFound, "the container's monitor was killed", 0};
    return (*ending)->status;
  }
  int told = 0;
  if (end_read_ && read(end_read_.number(), &told, sizeof(told)) == sizeof(told)) return told;
  return status;
}

// One launch, from the clone on.
class Launcher {
 public:
  Launcher(const Spec& spec, Prepared prepared, pid_t child, Descriptor pidfd)
      : spec_(spec), prepared_(std::move(prepared)), process_(child, std::move(pidfd)) {
    if (spec.filter) listener_ = spec.filter->listener;
    for (Descriptor* end : {&prepared_.report_write, &prepared_.filter_read, &prepared_.end_write,
                            &prepared_.word_read, &prepared_.ending_file, &prepared_.terminal_child,
                            &prepared_.listener_child}) {
      end->Close();  // else the streams would never end
    }
    if (!spec.monitor) {
      process_.end_read_ = std::move(prepared_.end_read);
      return;
    }
    process_.monitor_ = MonitorProcess{child, true, std::exchange(process_.pidfd_, Descriptor()),
                                       std::move(prepared_.ending_folder), spec.monitor->name};
    process_.pid_ = -1;
  }

  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;
  // Also when the maker of the filter throws.
  ~Launcher() {
    if (!launched_) LeaveNothing();
  }

  LaunchResult Finish() {
    std::optional<LaunchError> error;
    if (Status status = MakeAndSendFilter(); !status) {
      error = SetupError(Step::kPrepare, std::move(status).error());
      prepared_.filter_write.Close();  // a child that waits for it gives up
    }
    if (Status status = error ? Status() : HandListenerOn(); !status) {
      error = SetupError(Step::kListener, std::move(status).error());
    }
    prepared_.listener_launcher.Close();  // a child that waits for a word gives up
    std::optional<std::chrono::milliseconds> patience;
    if (listener_) patience = spec_.listener_patience;
    Result<Reports> reports = ReadReports(prepared_.report_read.number(), patience);
    Status found = reports ? FindContainer(*reports) : Status(Error(reports.error()));
    if (!error && !found) error = SetupError(Step::kPrepare, std::move(found).error());
    if (!error) {
      error = JudgeLaunch(*reports, {spec_, listener_ ? listener_->path : std::string()},
                          prepared_.proc.number(), prepared_.plan.name, process_.pid(),
                          [this] { return Wait(); });
    }
    if (error) return *std::move(error);
    if (prepared_.terminal_launcher) {
      // It runs, so it was sent.
      ReceivedDescriptor received = ReceiveDescriptor(prepared_.terminal_launcher.number());
      if (!received.descriptor) {
        return SetupError(Step::kTerminal, SystemError("receive the container's terminal (recvmsg)",
                                                       received.error));
      }
      process_.terminal_ = std::move(received.descriptor);
    }
    launched_ = true;
    prepared_.word_write.Close();
    return LaunchResult(std::move(process_));
  }

 private:
  Status MakeAndSendFilter() {
    if (!spec_.late_filter) return {};
    const auto filter = spec_.late_filter();
    if (!filter) return Error(filter.error());
    if (Status status = CheckFilter(*filter); !status) return status;
    if (filter->listener) {
      Result<Descriptor> connection =
          ConnectListener(filter->listener->path, spec_.listener_patience);
      if (!connection) return std::move(connection).error();
      prepared_.listener_connection = *std::move(connection);
      listener_ = filter->listener;
    }
    return SendFilter(prepared_.filter_write, *filter);
  }

  // Nothing comes of a child that has failed before; its report says why.
  Status HandListenerOn() {
    if (!listener_) return {};
    const int socket = prepared_.listener_launcher.number();
    ReceivedDescriptor received = ReceiveDescriptor(socket);
    if (!received.descriptor) return {};
    Status status = SendProcessState(prepared_.listener_connection, received.descriptor,
                                     received.sender, spec_.state, *listener_);
    prepared_.listener_connection.Close();
    if (!status) return status;
    received.descriptor.Close();  // or a call would wait on when the listener has ended
    // Should this fail, the child has died.
    (void)send(socket, "", 1, MSG_NOSIGNAL);
    return {};
  }

  // The monitor's child, which it has not reaped: so the pid is no other's.
  Status FindContainer(const Reports& reports) {
    if (!spec_.monitor || !reports.container) return {};
    process_.pid_ = *reports.container;
    process_.pidfd_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process_.pid_, 0U)));
    if (!process_.pidfd_) return SystemError("pidfd_open", errno);
    return {};
  }

  Result<int> Wait() {
    prepared_.word_write.Close();
    reaped_ = true;
    return process_.Wait();
  }

  void LeaveNothing() {
    prepared_.filter_write.Close();
    if (spec_.monitor) {
      const char kill_it = 0;
      (void)send(prepared_.word_write.number(), &kill_it, 1, MSG_NOSIGNAL);
      if (process_.pid() > 0) (void)process_.Signal(SIGKILL);  // of a monitor that was killed
    } else if (!reaped_) {
      kill(process_.pid(), SIGKILL);
    }
    if (!reaped_) (void)Wait();
    if (spec_.monitor) RemoveEnding(*process_.monitor_);
  }

  static void RemoveEnding(const MonitorProcess& monitor) {
    const int folder = monitor.folder.number();
    unlinkat(folder, monitor.name.c_str(), 0);
    unlinkat(folder, (monitor.name + kUnfinished).c_str(), 0);
  }

  const Spec& spec_;
  Prepared prepared_;
  Process process_;
  std::optional<schema::filter::Listener> listener_;
  bool launched_ = false;
  bool reaped_ = false;  // the child: its pid may be another's by now
};

namespace {

// What Prepare() leaves behind, until there is a child that it is for.
class UnfinishedEnding {
 public:
  explicit UnfinishedEnding(const Prepared& prepared) : prepared_(prepared) {}
  UnfinishedEnding(const UnfinishedEnding&) = delete;
  UnfinishedEnding& operator=(const UnfinishedEnding&) = delete;
  ~UnfinishedEnding() {
    if (is_kept_ || !prepared_.ending_folder) return;
    unlinkat(prepared_.ending_folder.number(), prepared_.ending_unfinished.data(), 0);
  }
  void Keep() { is_kept_ = true; }

 private:
  const Prepared& prepared_;
  bool is_kept_ = false;
};

}  // namespace

LaunchResult Launch(const Spec& spec) {
  Result<Prepared> prepared = Prepare(spec);
  if (!prepared) return SetupError(Step::kPrepare, std::move(prepared).error());
  UnfinishedEnding ending(*prepared);
  Result<Descriptor> starter = MakeStarter(prepared->plan);
  if (!starter) return SetupError(Step::kPrepare, std::move(starter).error());
  const std::string path = "/proc/self/fd/" + std::to_string(starter->number());
  int pidfd = -1;
  const pid_t child = CloneChild(prepared->plan, starter->number(), path.c_str(), &pidfd);
  if (child < 0) return ExplainReport({Step::kClone, 0, -child}, {spec, {}});
  ending.Keep();
  return Launcher(spec, *std::move(prepared), child, Descriptor(pidfd)).Finish();
}

}  // namespace runtime::launch
