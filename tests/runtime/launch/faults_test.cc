// Every system call of a launch fails in turn, in each process that takes part: the launch then
// fails with one error that names what went wrong, and leaves nothing; or it does without the call,
// and the program is isolated as ever. It never hangs.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/launch/cgroup.h"
#include "runtime/launch/resource.h"
#include "tests/runtime/launch/injector.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;

constexpr char kEnd[] = "END\n";

// What calls fail with for want of a right, of memory, of descriptors, of space, of processes, and
// of a kernel that has them.
constexpr std::array kErrors = {EPERM, ENOMEM, EMFILE, ENOSPC, EAGAIN, ENOSYS};

// close(2) gives up the descriptor whatever it returns.
bool CannotFail(long number) { return number == SYS_getpid || number == SYS_close; }

// FAULTS=all: each call with each error, and what came of it. A minute.
bool IsWhole() { return std::getenv("FAULTS") != nullptr; }

// It makes calls of its own, not the same ones each time.
bool IsSanitized() { return !std::string_view(SANITIZE).empty(); }

// The first of a kind fails with all of them, the others with one, which changes. With a sanitizer,
// which does not watch the child and makes a fork slow, the first ones alone, and with one.
std::vector<int> ErrorsFor(std::size_t call, bool is_first) {
  if (IsWhole() || (is_first && !IsSanitized())) return {kErrors.begin(), kErrors.end()};
  if (IsSanitized() && !is_first) return {};
  return {kErrors[call % kErrors.size()]};
}

int OpenDescriptors() { return static_cast<int>(Holdings::Now().descriptors); }

// To the end of the report, or as far as it comes.
void ReadReport(int pipe, Stage& stage) {
  std::size_t length = 0;
  while (length + 1 < sizeof(stage.output)) {
    pollfd readable = {pipe, POLLIN, 0};
    if (poll(&readable, 1, 10'000) <= 0) return;
    const ssize_t more = read(pipe, stage.output + length, sizeof(stage.output) - 1 - length);
    if (more <= 0) return;
    length += static_cast<std::size_t>(more);
    if (std::string_view(stage.output, length).ends_with(kEnd)) return;
  }
}

// The body: launches, ends what it has launched, and counts what is left.
void LaunchOnce(Spec spec, Stage& stage) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  spec.stdio[1] = ends[1];
  const int before = OpenDescriptors();
  try {
    stage.is_armed = true;
    LaunchResult process = Launch(spec);
    stage.is_armed = false;
    stage.launched = process.has_value();
    if (process) {
      ReadReport(ends[0], stage);
      stage.ended = process->Signal(SIGKILL) && process->Wait();
    } else {
      const LaunchError error = process.error();
      stage.step = static_cast<int>(error.step);
      stage.system_errno = error.error.system_errno;
      error.error.message.copy(stage.message, sizeof(stage.message) - 1);
    }
  } catch (const std::bad_alloc&) {
    stage.is_armed = false;
    stage.threw = true;
  }
  stage.children_left = ReapAll() ? 0 : 1;
  for (int i = 0; i < 200 && OpenDescriptors() != before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  stage.descriptors_left = OpenDescriptors() - before;
}

std::vector<std::string> HostNamespaces() {
  std::vector<std::string> links;
  for (const char* name : {"mnt", "pid", "ipc", "uts", "net"}) {
    links.push_back(fs::read_symlink(fs::path("/proc/self/ns") / name));
  }
  return links;
}

// The lines that are not the same, "-" those of `expected`.
std::string Difference(const std::string& expected, const std::string& actual) {
  std::string difference;
  const auto add = [&](const std::string& from, const std::string& other, const char* sign) {
    std::istringstream lines(from);
    for (std::string line; std::getline(lines, line);) {
      if (("\n" + other).find("\n" + line + "\n") == std::string::npos) {
        difference += sign + line + "\n";
      }
    }
  };
  add(expected, actual, "-");
  add(actual, expected, "+");
  return difference;
}

std::vector<std::string> Files(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class FaultsTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    if (folder_.empty()) return;
    rootfs_ = folder_ / "rootfs";
    // Those of /dev and /proc are the launcher's to make, and stay.
    for (const char* each : {"bin", "dev", "proc"}) fs::create_directories(rootfs_ / each);
    fs::copy_file(ISOLATION_REPORT, rootfs_ / "bin/report");
    fs::create_directory(folder_ / "monitor");
    monitor_folder_ =
        Descriptor(open((folder_ / "monitor").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  Spec Report() const {
    std::vector<std::string> argv = HostNamespaces();
    argv.insert(argv.begin(), "/bin/report");
    Spec spec = Command(std::move(argv));
    spec.rootfs = rootfs_;
    spec.bounding = schema::kernel::CapabilitySet::Docker();
    spec.filter = FilterOn({SYS_reboot}, SECCOMP_RET_ERRNO | EPERM);
    return spec;
  }

  // Fails each call of each process with each of kErrors.
  void Sweep(const Spec& spec);
  void Judge(const Stage& stage, const Trace& trace, const Fault& fault) const;

  fs::path rootfs_;
  Descriptor monitor_folder_;
  Stage& stage_ = NewStage();
  std::string isolation_;  // what the program says of it when nothing fails
  std::vector<std::string> files_;
};

void FaultsTest::Judge(const Stage& stage, const Trace& trace, const Fault& fault) const {
  EXPECT_TRUE(trace.was_made);
  EXPECT_FALSE(trace.hung);
  EXPECT_FALSE(trace.left) << "a process is left";
  EXPECT_EQ(stage.children_left, 0);
  EXPECT_EQ(stage.descriptors_left, 0);
  if (stage.launched) {
    EXPECT_EQ(Difference(isolation_, stage.output), "") << "it runs with another isolation";
    return;
  }
  EXPECT_EQ(Files(folder_), files_) << stage.message;
  if (stage.threw) return;
  const std::string message = stage.message;
  EXPECT_NE(message.find(std::strerror(fault.error)), std::string::npos) << message;
}

void FaultsTest::Sweep(const Spec& spec) {
  const auto body = [&] { LaunchOnce(spec, stage_); };
  const Trace whole = Inject(std::nullopt, stage_, body);
  ASSERT_TRUE(stage_.launched) << stage_.message;
  isolation_ = stage_.output;
  ASSERT_TRUE(isolation_.ends_with(kEnd)) << isolation_;
  fs::remove(folder_ / "monitor/status");
  files_ = Files(folder_);
  const std::string mounts = Holdings::Now().mounts;
  std::map<std::string, int> counts;
  std::set<std::pair<std::size_t, long>> seen;
  for (std::size_t process = 0; process < whole.calls.size(); ++process) {
    for (std::size_t call = 0; call < whole.calls[process].size(); ++call) {
      const long number = whole.calls[process][call];
      if (CannotFail(number)) continue;
      if (IsSanitized() && number == SYS_mmap) continue;  // its allocator gives up, and the program
      const std::string name = CallName(number);
      const bool is_first = seen.insert({process, number}).second;
      const std::vector<int> errors = ErrorsFor(call, is_first);
      for (const int error : errors) {
        SCOPED_TRACE("process " + std::to_string(process) + ", call " + std::to_string(call) +
                     ", " + name + ": " + strerrorname_np(error));
        const Fault fault = {process, call, number, error};
        const Trace trace = Inject(fault, stage_, body);
        if (IsSanitized() && !trace.was_made) {
          ++counts["moved by calls of the sanitizer's own"];
        } else {
          Judge(stage_, trace, fault);
          ++counts[stage_.launched ? "launched without it"
                   : stage_.threw  ? "no memory"
                                   : "refused"];
        }
        if (IsWhole()) {
          std::cout << process << " " << name << ": "
                    << (stage_.launched ? "launched without it" : stage_.message) << "\n";
        }
        fs::remove(folder_ / "monitor/status");
        fs::remove(folder_ / "monitor/status.unfinished");
        EXPECT_EQ(Holdings::Now().mounts, mounts);
      }
    }
  }
  for (const auto& [outcome, count] : counts) std::cout << count << " " << outcome << "\n";
  EXPECT_GT(counts["refused"], counts["moved by calls of the sanitizer's own"]);
}

TEST_F(FaultsTest, Bare) {
  Spec spec = Report();
  spec.command = spec.argv[0] = rootfs_ / "bin/report";
  spec.rootfs = "";
  Sweep(spec);
}

TEST_F(FaultsTest, WithARootOfItsOwn) {
  Spec spec = Report();
  spec.namespaces = {.mount = true, .pid = true, .ipc = true, .uts = true, .net = true};
  spec.init = true;
  spec.host_name = "inside";
  spec.terminal = {false, false, true};
  spec.limits = ParseLimits("nofile=100:200,core=0").value();
  spec.parent_death_signal = SIGKILL;
  Sweep(spec);
}

TEST_F(FaultsTest, AsTheAgentsContainers) {
  Spec spec = Report();
  spec.namespaces = {.mount = true, .pid = true, .ipc = true, .uts = true, .net = true};
  spec.user = User{1234, 1235, {1236}};
  spec.no_new_privs = true;
  spec.monitor = Monitor{monitor_folder_.number(), "status"};
  spec.filter.reset();
  spec.late_filter = [] {
    return schema::Result<schema::filter::Filter>(
        FilterOn({SYS_reboot}, SECCOMP_RET_ERRNO | EPERM));
  };
  std::optional<Cgroup> cgroup;
  if (auto made = Cgroup::Create("faults_test-" + std::to_string(getpid()), {})) {
    cgroup.emplace(std::move(*made));
    spec.cgroup = cgroup->folder();
  }
  Sweep(spec);
}

}  // namespace
}  // namespace runtime::launch
