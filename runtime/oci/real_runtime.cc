#include "runtime/oci/real_runtime.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "lint/report/printable.h"
#include "runtime/oci/bundle.h"
#include "schema/descriptor.h"
#include "schema/filter/library.h"

namespace runtime::oci {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

constexpr std::chrono::seconds kPatience{10};  // with --version, which takes some 10 ms

// What the program prints on its standard output, 64 KiB of it at most.
Result<std::string> OutputOf(const std::string& path) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return schema::SystemError("pipe2", errno);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, write_end.number(), STDOUT_FILENO);
  std::string name = path;
  std::string argument = "--version";
  std::array<char*, 3> argv = {name.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, path.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return schema::SystemError(path + " --version", failed);
  write_end.Close();
  std::string output;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (output.size() < std::size_t{65536}) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd wait{read_end.number(), POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : poll(&wait, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = ready > 0 ? read(read_end.number(), buffer.data(), buffer.size()) : 0;
    if (got <= 0) break;
    output.append(buffer.data(), static_cast<std::size_t>(got));
  }
  kill(child, SIGKILL);  // it is at its end, or never comes to it
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return output;
}

}  // namespace

Status CheckTakesPrograms(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.number(), &status) != 0) return schema::SystemError(path, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* bytes =
      size == 0 ? MAP_FAILED : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (bytes == MAP_FAILED) return schema::SystemError("mmap " + path, errno);
  const bool found =
      memmem(bytes, size, kProgramAnnotation.data(), kProgramAnnotation.size()) != nullptr;
  munmap(bytes, size);
  if (found) return {};
  return Error{ErrorCode::kUnsupported,
               path + " does not know the annotation " + std::string(kProgramAnnotation) +
                   ", by which crun takes a proved filter: use a newer crun, or runc with "
                   "\"runtime_kind\": \"runc\"",
               0};
}

Status CheckSameLibrary(const std::string& path) {
  const auto output = OutputOf(path);
  if (!output) return Error(output.error());
  constexpr std::string_view kLabel = "\nlibseccomp: ";
  const std::size_t at = output->find(kLabel);
  const std::string ours = schema::kernel::ToString(schema::filter::Library().version);
  if (at == std::string::npos) {
    return Error{ErrorCode::kUnsupported,
                 path + " --version names no libseccomp: nobody can say which filters it makes", 0};
  }
  const std::size_t begin = at + kLabel.size();
  const std::string theirs = output->substr(begin, output->find('\n', begin) - begin);
  if (theirs == ours) return {};
  return Error{ErrorCode::kUnsupported,
               path + " has libseccomp " + lint::report::Printable(theirs) +
                   ", this machine's is " + ours +
                   ": what the one makes of rules says nothing about the other; use crun, or a "
                   "runc that has this machine's",
               0};
}

}  // namespace runtime::oci
