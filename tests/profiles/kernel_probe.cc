#include "tests/profiles/kernel_probe.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace profiles {
namespace {

using schema::Result;
using schema::SystemError;
using schema::kernel::Architecture;
using schema::policy::Call;

constexpr std::uint16_t kMarker = 4000;  // an errno that no call and no profile uses

// What the child leaves behind: after the filter is in, it can count on no system call.
struct Shared {
  volatile long result;
  volatile bool called;
  volatile bool trapped;
};
Shared* shared = nullptr;

// seccomp(2), or prctl(2) where seccomp itself is the call that a filter already answers.
bool Load(const std::vector<sock_filter>& program, std::uint32_t flags, bool by_prctl) {
  sock_fprog prog{static_cast<unsigned short>(program.size()),
                  const_cast<sock_filter*>(program.data())};
  if (by_prctl) return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog) == 0;
}

std::vector<sock_filter> MarkerFilter(const Call& call) {
  return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.audit_token, 0, 3),
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | kMarker),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

#if defined(__x86_64__)
// The 64-bit entry, x32's too. The kernel takes the number's low 32 bits.
long RawCall64(const Call& call) {
  long result = static_cast<long>(call.number);
  register auto r10 asm("r10") = call.arguments[3];
  register auto r8 asm("r8") = call.arguments[4];
  register auto r9 asm("r9") = call.arguments[5];
  asm volatile("syscall"
               : "+a"(result)
               : "D"(call.arguments[0]), "S"(call.arguments[1]), "d"(call.arguments[2]), "r"(r10),
                 "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

// i386's entry. The sixth argument would be in ebp, which stays as it is: no profile looks at it.
long RawCall32(const Call& call) {
  long result = static_cast<long>(call.number);
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(call.arguments[0]), "c"(call.arguments[1]), "d"(call.arguments[2]),
                 "S"(call.arguments[3]), "D"(call.arguments[4])
               : "r8", "r9", "r10", "r11", "memory");
  return static_cast<int>(result);
}

long RawCall(const Call& call) {
  return call.audit_token == AUDIT_ARCH_I386 ? RawCall32(call) : RawCall64(call);
}
#else
long RawCall(const Call&) { return -ENOSYS; }
#endif

// SIGILL, without a system call: the filter may permit none.
[[noreturn]] void Finish() { __builtin_trap(); }

void OnSigsys(int) {
  shared->trapped = true;
  Finish();
}

[[noreturn]] void ProbeInChild(const schema::filter::Filter& filter, const Call& call) {
  constexpr rlimit kNoCore{0, 0};
  setrlimit(RLIMIT_CORE, &kNoCore);
  // Sanitizers and the test framework have handlers of their own.
  for (const int number : {SIGILL, SIGSEGV}) signal(number, SIG_DFL);
  signal(SIGSYS, OnSigsys);
  const auto marker = MarkerFilter(call);
  const bool is_seccomp = call.audit_token != AUDIT_ARCH_I386 && call.number == SYS_seccomp;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !Load(marker, 0, false) ||
      !Load(filter.program, filter.flags, is_seccomp)) {
    _exit(errno);
  }
  shared->result = RawCall(call);
  shared->called = true;
  Finish();
}

Result<int> StatusOf(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return SystemError("waitpid", errno);
  }
  return status;
}

// The signal that kills a child which makes `call` unfiltered; 0: none.
int SignalOf(const Call& call) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr rlimit kNoCore{0, 0};
    setrlimit(RLIMIT_CORE, &kNoCore);
    signal(SIGSEGV, SIG_DFL);
    RawCall(call);
    _exit(0);
  }
  const auto status = StatusOf(child);
  return status && WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
}

struct Pipe {
  int read = -1;
  int write = -1;
};

Result<Pipe> OpenPipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  return Pipe{ends[0], ends[1]};
}

[[noreturn]] void ExecInChild(const schema::filter::Filter& filter, char* const* argv, Pipe in,
                              Pipe out) {
  constexpr rlimit kNoCore{0, 0};
  setrlimit(RLIMIT_CORE, &kNoCore);
  dup2(in.read, STDIN_FILENO);
  dup2(out.write, STDOUT_FILENO);
  dup2(out.write, STDERR_FILENO);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && Load(filter.program, filter.flags, false)) {
    execv(argv[0], argv);
  }
  _exit(127);
}

std::string ReadAll(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 1; got > 0;) {
    got = read(fd, buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

std::string WhyNotCallable(Architecture architecture) {
#if defined(__x86_64__)
  // x32 needs no kernel with x32: a filter sees the number before the kernel looks it up.
  if (architecture == Architecture::kX86_64 || architecture == Architecture::kX32) return "";
  if (architecture == Architecture::kX86) {
    constexpr std::uint32_t kGetpid = 20;  // asm/unistd_32.h
    static const int number = SignalOf({AUDIT_ARCH_I386, kGetpid, {}});
    return number == 0 ? "" : "int $0x80 kills the process: no 32-bit calls on this kernel";
  }
#endif
  return "this machine cannot make calls of " +
         std::string(schema::kernel::Facts(architecture).name);
}

Observed Visible(schema::kernel::Verdict verdict) {
  using schema::kernel::Action;
  switch (verdict.action) {
    case Action::kKillThread:
    case Action::kKillProcess:
      return {Outcome::kKilled, 0};
    case Action::kTrap:
      return {Outcome::kTrapped, 0};
    case Action::kErrno:
      return {Outcome::kErrno, verdict.data};
    case Action::kTrace:
    case Action::kNotify:
    case Action::kLog:
    case Action::kAllow:
      return {Outcome::kPermitted, 0};
  }
  return {};
}

std::string ToString(const Observed& observed) {
  switch (observed.outcome) {
    case Outcome::kPermitted:
      return "permitted";
    case Outcome::kErrno:
      return "errno " + std::to_string(observed.error);
    case Outcome::kTrapped:
      return "trapped";
    case Outcome::kKilled:
      return "killed";
  }
  return "";
}

Result<Observed> Probe(const schema::filter::Filter& filter, const Call& call) {
  if (shared == nullptr) {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return SystemError("mmap", errno);
    shared = static_cast<Shared*>(memory);
  }
  shared->result = 0;
  shared->called = false;
  shared->trapped = false;
  const pid_t child = fork();
  if (child < 0) return SystemError("fork", errno);
  if (child == 0) ProbeInChild(filter, call);
  auto status = StatusOf(child);
  if (!status) return std::move(status).error();
  if (WIFEXITED(*status)) return SystemError("loading the filter", WEXITSTATUS(*status));
  if (WTERMSIG(*status) == SIGSYS) return Observed{Outcome::kKilled, 0};
  if (shared->trapped) return Observed{Outcome::kTrapped, 0};
  if (!shared->called || shared->result >= 0) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         "the call ran and returned " + std::to_string(shared->result) +
                             ", signal " + std::to_string(WTERMSIG(*status)),
                         0};
  }
  if (shared->result == -kMarker) return Observed{Outcome::kPermitted, 0};
  return Observed{Outcome::kErrno, -shared->result};
}

Result<Ended> RunUnder(const schema::filter::Filter& filter, const std::vector<std::string>& argv,
                       const std::string& input) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  auto in = OpenPipe();
  if (!in) return std::move(in).error();
  auto out = OpenPipe();
  if (!out) return std::move(out).error();
  // Less than a pipe holds, so that nobody need read it first.
  const ssize_t written = write(in->write, input.data(), input.size());
  if (written != static_cast<ssize_t>(input.size())) return SystemError("write", errno);
  const pid_t child = fork();
  if (child < 0) return SystemError("fork", errno);
  if (child == 0) ExecInChild(filter, arguments.data(), *in, *out);
  for (const int fd : {in->read, in->write, out->write}) close(fd);
  Ended ended;
  ended.output = ReadAll(out->read);
  close(out->read);
  auto status = StatusOf(child);
  if (!status) return std::move(status).error();
  ended.status = *status;
  return ended;
}

}  // namespace profiles
