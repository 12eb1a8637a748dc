#include "tests/runtime/launch/injector.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <thread>

#include "schema/descriptor.h"
#include "schema/kernel/syscall.h"
#include "schema/kernel/target.h"

namespace runtime::launch {
namespace {

using schema::Descriptor;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{20};  // sanitizers are slow
constexpr std::chrono::seconds kAfterBody{5};  // for its descendants to end

// Every call asks. -1: the kernel refuses.
int LoadListeningFilter() {
  sock_filter ask = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  const sock_fprog program = {1, &ask};
  return static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

class Supervisor {
 public:
  Supervisor(const std::optional<Fault>& fault, const Stage& stage, pid_t body)
      : fault_(fault), stage_(stage) {
    trace_.body = body;
    processes_.push_back({body, false});
    trace_.calls.emplace_back();
  }

  Trace Run(int listener) {
    auto deadline = Clock::now() + kPatience;
    bool body_ended = false;
    for (;;) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd asked = {listener, POLLIN, 0};
      const int ready = poll(&asked, 1, std::max(0, static_cast<int>(rest.count())));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) {
        (body_ended ? trace_.left : trace_.hung) = true;
        for (const Process& process : processes_) kill(process.pid, SIGKILL);
        break;
      }
      if ((asked.revents & POLLIN) != 0) {
        Answer(listener);
      } else {
        break;  // no process is left that has the filter
      }
      if (!body_ended && waitpid(trace_.body, nullptr, WNOHANG) == trace_.body) {
        body_ended = true;
        deadline = std::min(deadline, Clock::now() + kAfterBody);
      }
    }
    if (!body_ended) waitpid(trace_.body, nullptr, 0);
    return trace_;
  }

 private:
  struct Process {
    pid_t pid = -1;
    bool has_executed = false;
  };

  std::size_t IndexOf(pid_t pid) {
    const auto found = std::ranges::find(processes_, pid, &Process::pid);
    if (found != processes_.end()) {
      return static_cast<std::size_t>(found - processes_.begin());
    }
    processes_.push_back({pid, false});
    trace_.calls.emplace_back();
    return processes_.size() - 1;
  }

  void KillBody() const {
    kill(trace_.body, SIGKILL);
    siginfo_t info = {};
    waitid(P_PID, static_cast<id_t>(trace_.body), &info, WEXITED | WNOWAIT);
  }

  // The error that this call is to get; 0: it is made.
  int Decide(pid_t pid, long number) {
    const std::size_t index = IndexOf(pid);
    Process& process = processes_[index];
    if (process.has_executed || (index == 0 && !stage_.is_armed)) return 0;
    std::vector<long>& calls = trace_.calls[index];
    calls.push_back(number);
    if (fault_ && !trace_.was_made && fault_->process == index &&
        fault_->call <= calls.size() - 1 && fault_->number == number) {
      trace_.was_made = true;
      if (fault_->error != 0) return fault_->error;
      fault_->meanwhile ? fault_->meanwhile() : KillBody();
    }
    if (number == SYS_execve) process.has_executed = true;
    return 0;
  }

  void Answer(int listener) {
    // Longer than this kernel's structures, whatever they grow to.
    alignas(seccomp_notif) std::array<char, 1024> bytes = {};
    auto* const question = new (bytes.data()) seccomp_notif;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, question) != 0) return;  // it was killed
    alignas(seccomp_notif_resp) std::array<char, 1024> answer_bytes = {};
    auto* const answer = new (answer_bytes.data()) seccomp_notif_resp;
    answer->id = question->id;
    const int error = Decide(static_cast<pid_t>(question->pid), question->data.nr);
    answer->error = -error;
    answer->flags = error == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer);  // ENOENT: killed meanwhile
  }

  std::optional<Fault> fault_;
  const Stage& stage_;
  std::vector<Process> processes_;
  Trace trace_;
};

}  // namespace

Stage& NewStage() {
  void* const memory =
      mmap(nullptr, sizeof(Stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *new (memory) Stage();
}

Trace Inject(const std::optional<Fault>& fault, Stage& stage, const std::function<void()>& body) {
  new (&stage) Stage();
  stage.listener = -1;
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    const int listener = LoadListeningFilter();
    stage.listener = listener < 0 ? -2 : listener;
    if (listener >= 0) close(listener);
    body();
    _exit(0);
  }
  while (stage.listener == -1) std::this_thread::sleep_for(std::chrono::microseconds(50));
  const Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
  const Descriptor listener(
      static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.number(), stage.listener.load(), 0U)));
  if (!listener) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return {};
  }
  return Supervisor(fault, stage, pid).Run(listener.number());
}

std::string CallName(long number) {
#ifdef __x86_64__
  constexpr auto kArchitecture = schema::kernel::Architecture::kX86_64;
#else
  constexpr auto kArchitecture = schema::kernel::Architecture::kAarch64;
#endif
  const auto name = schema::kernel::NameOf(kArchitecture, static_cast<std::uint32_t>(number));
  return name.empty() ? std::to_string(number) : std::string(name);
}

}  // namespace runtime::launch
