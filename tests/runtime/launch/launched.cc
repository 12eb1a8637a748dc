#include "tests/runtime/launch/launched.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace runtime::launch {

Spec Command(std::vector<std::string> argv) {
  Spec spec;
  spec.command = argv.at(0);
  spec.argv = std::move(argv);
  spec.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  spec.stdio[0] = kNullDevice;
  return spec;
}

Spec Shell(const std::string& script) { return Command({"/bin/sh", "-c", script}); }

Ended RunToEnd(Spec spec) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "pipe2";
    return {};
  }
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  spec.stdio[1] = spec.stdio[2] = write_end.number();
  const LaunchResult process = Launch(spec);
  write_end.Close();
  if (!process) {
    ADD_FAILURE() << process.error().error.message;
    return {};
  }
  Ended ended;
  std::array<char, 4096> buffer = {};
  for (;;) {
    const ssize_t length = read(read_end.number(), buffer.data(), buffer.size());
    if (length <= 0) break;
    ended.output.append(buffer.data(), static_cast<std::size_t>(length));
  }
  const schema::Result<int> status = process->Wait();
  if (status) {
    ended.status = *status;
  } else {
    ADD_FAILURE() << status.error().message;
  }
  return ended;
}

LaunchError FailedLaunch(const Spec& spec) {
  const Holdings before = Holdings::Now();
  LaunchError error;
  {
    const LaunchResult process = Launch(spec);
    if (process) {
      ADD_FAILURE() << spec.command << " was launched";
      (void)process->Wait();
    } else {
      error = process.error();
    }
  }
  const Holdings after = Holdings::Now();
  EXPECT_EQ(before.descriptors, after.descriptors);
  EXPECT_EQ(before.mounts, after.mounts);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  EXPECT_EQ(errno, ECHILD);
  return error;
}

schema::filter::Filter FilterOn(std::initializer_list<long> numbers, std::uint32_t ret) {
  schema::filter::Filter filter;
  filter.program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const long number : numbers) {
    filter.program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    filter.program.push_back(BPF_STMT(BPF_RET | BPF_K, ret));
  }
  filter.program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

std::string Field(const std::string& status, const std::string& name) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return "?";
}

bool InFork(const std::function<bool()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body() ? 0 : 1);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool ReapAll() {
  for (int i = 0; i < 400; ++i) {
    const pid_t pid = waitpid(-1, nullptr, WNOHANG);
    if (pid < 0 && errno == ECHILD) return true;
    if (pid == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

Holdings Holdings::Now() {
  Holdings holdings;
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  holdings.descriptors = static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  std::ifstream file("/proc/self/mountinfo");
  holdings.mounts.assign(std::istreambuf_iterator<char>(file), {});
  return holdings;
}

void KernelTest::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: namespaces, capabilities, filters";
}

void FolderTest::SetUp() {
  KernelTest::SetUp();
  if (IsSkipped()) return;
  std::string name = testing::TempDir() + "launch_XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
}

void FolderTest::TearDown() {
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

}  // namespace runtime::launch
