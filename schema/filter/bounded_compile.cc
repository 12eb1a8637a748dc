#include "schema/filter/bounded_compile.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "schema/descriptor.h"
#include "schema/filter/compile.h"
#include "schema/filter/library.h"
#include "schema/write_file.h"

namespace schema::filter {
namespace {

// What the child writes: this, then the program's instructions or the message's bytes.
struct Header {
  bool compiled = false;
  std::uint32_t flags = 0;
  ErrorCode code = ErrorCode::kInvalid;
  int system_errno = 0;
};
static_assert(std::is_trivially_copyable_v<Header>);

constexpr int kOutOfMemory = 3;  // exit statuses of the child; 0: the answer is in the pipe
constexpr int kCannotWrite = 4;

// Of virtual memory, which a sanitizer has terabytes of; 0 where it cannot be told.
std::size_t MappedBytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

bool Send(int fd, const void* data, std::size_t size) {
  return WriteAll(fd, {static_cast<const char*>(data), size}) == 0;
}

bool Answer(int fd, const Result<Filter>& result) {
  Header header;
  header.compiled = result.has_value();
  if (result) {
    header.flags = result->flags;
    return Send(fd, &header, sizeof(header)) &&
           Send(fd, result->program.data(), result->program.size() * sizeof(sock_filter));
  }
  header.code = result.error().code;
  header.system_errno = result.error().system_errno;
  const std::string& message = result.error().message;
  return Send(fd, &header, sizeof(header)) && Send(fd, message.data(), message.size());
}

[[noreturn]] void CompileInChild(const std::function<Result<Filter>()>& compile,
                                 const Bounds& bounds, std::size_t mapped, int fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit cpu{bounds.cpu_seconds, bounds.cpu_seconds};
  const rlimit memory{mapped + bounds.memory_bytes, mapped + bounds.memory_bytes};
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CPU, &cpu);
  if (mapped != 0) setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CORE, &no_core);
  try {
    _exit(Answer(fd, compile()) ? 0 : kCannotWrite);
  } catch (const std::bad_alloc&) {
    _exit(kOutOfMemory);
  }
}

// All that the child writes until it closes the pipe; false: the time was over before.
bool ReadAnswer(int fd, std::chrono::seconds time, std::string& answer) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return false;
    std::array<char, 16384> buffer;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Error Limit(const std::string& bound) {
  return {ErrorCode::kLimit, "libseccomp does not compile the rules within " + bound, 0};
}

Result<Filter> Decode(const std::string& answer) {
  Header header;
  if (answer.size() < sizeof(header)) {
    return Error{ErrorCode::kSystem, "the process that compiles ended without an answer", 0};
  }
  std::memcpy(&header, answer.data(), sizeof(header));
  const std::string rest = answer.substr(sizeof(header));
  if (!header.compiled) return Error{header.code, rest, header.system_errno};
  Filter filter;
  filter.flags = header.flags;
  filter.program.resize(rest.size() / sizeof(sock_filter));
  std::memcpy(filter.program.data(), rest.data(), filter.program.size() * sizeof(sock_filter));
  return filter;
}

}  // namespace

Result<Filter> CompileBounded(const policy::Policy& policy, const Bounds& bounds) {
  return WithinBounds([&] { return Compile(policy); }, bounds);
}

Result<Filter> WithinBounds(const std::function<Result<Filter>()>& compile, const Bounds& bounds) {
  UseWholeLibrary();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  const std::size_t mapped = MappedBytes();
  const pid_t child = fork();
  if (child < 0) return SystemError("fork", errno);
  if (child == 0) CompileInChild(compile, bounds, mapped, write_end.number());
  write_end.Close();
  std::string answer;
  const bool in_time =
      ReadAnswer(read_end.number(), std::chrono::seconds(bounds.wall_seconds), answer);
  if (!in_time) kill(child, SIGKILL);
  const int status = WaitFor(child);
  if (!in_time) return Limit(std::to_string(bounds.wall_seconds) + " seconds");
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)) {
    return Limit(std::to_string(bounds.cpu_seconds) + " seconds of processor time");
  }
  if (WIFSIGNALED(status)) {
    return Error{ErrorCode::kUnsupported,
                 "libseccomp crashed on the rules, by signal " + std::to_string(WTERMSIG(status)),
                 0};
  }
  if (WEXITSTATUS(status) == kOutOfMemory) {
    return Limit(std::to_string(bounds.memory_bytes >> 20U) + " MiB of memory");
  }
  return Decode(answer);
}

}  // namespace schema::filter
