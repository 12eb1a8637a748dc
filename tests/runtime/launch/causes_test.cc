// Launches that fail for real causes: no descriptors, no processes, a full or read-only rootfs, no
// /proc, no /dev, processes that are killed or stopped meanwhile.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "runtime/launch/ending.h"
#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

class CausesTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    if (folder_.empty()) return;
    rootfs_ = folder_ / "rootfs";
    fs::create_directory(rootfs_);
    fs::copy_file(ISOLATION_REPORT, rootfs_ / "report");
    fs::create_directory(folder_ / "monitor");
    monitor_folder_ =
        Descriptor(open((folder_ / "monitor").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  // A program that does not end by itself.
  Spec Contained(bool init, bool monitor) const {
    Spec spec = Command({"/report"});
    spec.stdio = {kNullDevice, kNullDevice, kNullDevice};
    spec.rootfs = rootfs_;
    spec.namespaces = {.mount = true, .pid = true, .ipc = true, .uts = true, .net = true};
    spec.init = init;
    if (monitor) spec.monitor = Monitor{monitor_folder_.number(), "status"};
    spec.late_filter = [] { return schema::Result<schema::filter::Filter>(FilterOn({}, 0)); };
    return spec;
  }

  bool MonitorLeftNothing() const { return fs::is_empty(folder_ / "monitor"); }

  fs::path rootfs_;
  Descriptor monitor_folder_;
};

// Ends what was launched. False where that does not work.
bool End(const LaunchResult& process) { return process->Signal(SIGKILL) && process->Wait(); }

// One more descriptor each time, until there are enough.
TEST_F(CausesTest, NoDescriptors) {
  for (const bool monitor : {false, true}) {
    EXPECT_TRUE(InFork([&] {
      Spec spec = Contained(!monitor, monitor);
      spec.terminal = {true, true, true};
      const std::size_t open = Holdings::Now().descriptors;
      rlimit limit = {};
      getrlimit(RLIMIT_NOFILE, &limit);
      int refused = 0;
      for (std::size_t free = 0; free < 64; ++free) {
        // Set for each launch alone: to count descriptors takes one.
        const rlimit low = {open - 1 + free, limit.rlim_max};
        setrlimit(RLIMIT_NOFILE, &low);
        const LaunchResult process = Launch(spec);
        setrlimit(RLIMIT_NOFILE, &limit);
        if (process) {
          std::cerr << refused << " launches refused for want of descriptors\n";
          return End(process) && refused > 8;
        }
        ++refused;
        if (process.error().error.system_errno != EMFILE || !MonitorLeftNothing() ||
            Holdings::Now().descriptors != open || waitpid(-1, nullptr, WNOHANG) != -1) {
          std::cerr << free << " free: " << process.error().error.message << "\n";
          return false;
        }
      }
      return false;
    })) << monitor;
  }
}

// A cgroup of `controller`, version 1 or 2, in which the caller's process is put; removed at last.
class LimitedGroup {
 public:
  explicit LimitedGroup(const std::string& controller) {
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) {
      std::istringstream words(line);
      std::string source, place, type, options;
      words >> source >> place >> type >> options;
      const bool has_it =
          type == "cgroup" ? ("," + options + ",").find("," + controller + ",") != std::string::npos
                           : type == "cgroup2" && EnabledBelow(place, controller);
      if (!has_it) continue;
      folder_ = fs::path(place) / ("causes_test-" + std::to_string(getpid()));
      std::error_code error;
      if (!fs::create_directory(folder_, error)) folder_.clear();
      return;
    }
  }
  ~LimitedGroup() {
    for (int i = 0; i < 200 && !folder_.empty() && rmdir(folder_.c_str()) != 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  LimitedGroup(const LimitedGroup&) = delete;
  LimitedGroup& operator=(const LimitedGroup&) = delete;

  bool exists() const { return !folder_.empty(); }
  bool Write(const char* file, const std::string& value) const {
    return static_cast<bool>(std::ofstream(folder_ / file) << value << std::flush);
  }
  bool BecomesEmpty() const {
    for (int i = 0; i < 1000; ++i) {
      pid_t pid = 0;
      if (!(std::ifstream(folder_ / "cgroup.procs") >> pid)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

 private:
  static bool EnabledBelow(const std::string& place, const std::string& controller) {
    std::ifstream file(place + "/cgroup.subtree_control");
    for (std::string word; file >> word;) {
      if (word == controller) return true;
    }
    return false;
  }

  fs::path folder_;
};

TEST_F(CausesTest, NoProcesses) {
  const LimitedGroup group("pids");
  if (!group.exists()) GTEST_SKIP() << "needs a cgroup with the controller pids";
  for (const bool monitor : {false, true}) {
    for (const int most : {1, 2, 3}) {
      ASSERT_TRUE(group.Write("pids.max", std::to_string(most)));
      const bool is_enough = most == 3;  // two processes of a container, and the launcher
      EXPECT_TRUE(InFork([&] {
        if (!group.Write("cgroup.procs", "0")) return false;
        const Spec spec = Contained(!monitor, monitor);
        if (is_enough) return End(Launch(spec));
        const LaunchError error = FailedLaunch(spec);
        const Step expected = most == 1 || monitor ? Step::kClone : Step::kInit;
        return error.step == expected && error.error.system_errno == EAGAIN &&
               MonitorLeftNothing() && !testing::Test::HasFailure();
      })) << most
          << ", " << monitor;
      fs::remove(folder_ / "monitor/status");
    }
  }
}

// The kernel kills whom it likes, the launcher too: who is left goes with it.
TEST_F(CausesTest, NoMemory) {
  const LimitedGroup group("memory");
  if (!group.exists()) GTEST_SKIP() << "needs a cgroup with the controller memory";
  int killed = 0;
  int launched = 0;
  for (const int kib : {64, 128, 256, 512, 1024, 16384}) {
    const std::string limit = std::to_string(kib << 10);
    if (!group.Write("memory.max", limit) && !group.Write("memory.limit_in_bytes", limit)) continue;
    const pid_t pid = fork();
    if (pid == 0) {
      Spec spec = Contained(true, false);
      spec.parent_death_signal = SIGKILL;
      if (!group.Write("cgroup.procs", "0")) _exit(2);
      const LaunchResult process = Launch(spec);
      if (process) _exit(End(process) ? 0 : 2);
      _exit(process.error().error.message.empty() ? 2 : 1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) ++killed;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++launched;
    EXPECT_NE(WIFEXITED(status) ? WEXITSTATUS(status) : 0, 2) << kib;
    EXPECT_TRUE(group.BecomesEmpty()) << kib << " KiB: processes are left";
  }
  std::cerr << killed << " launchers killed, " << launched << " containers launched\n";
  EXPECT_GT(launched, 0) << "16 MiB are enough";
}

// `type` mounted on the rootfs, with `options`, in a mount namespace of this process's own.
bool MountRootfs(const fs::path& rootfs, unsigned long flags, const char* options) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", rootfs.c_str(), "tmpfs", flags, options) == 0;
}

bool FailsAt(const Spec& spec, Step step, int error) {
  const LaunchError failed = FailedLaunch(spec);
  if (failed.step == step && failed.error.system_errno == error) return true;
  std::cerr << static_cast<int>(failed.step) << ": " << failed.error.message << "\n";
  return false;
}

TEST_F(CausesTest, NoSpaceInTheRootfs) {
  EXPECT_TRUE(InFork([&] {
    // The root itself, and one more.
    return MountRootfs(rootfs_, 0, "nr_inodes=1") &&
           FailsAt(Contained(true, false), Step::kMountDev, ENOSPC);
  }));
  EXPECT_TRUE(InFork([&] {
    return MountRootfs(rootfs_, 0, "nr_inodes=2") &&
           FailsAt(Contained(true, false), Step::kMountProc, ENOSPC);
  }));
}

TEST_F(CausesTest, AReadOnlyRootfs) {
  EXPECT_TRUE(InFork([&] {
    return MountRootfs(rootfs_, MS_RDONLY, "") &&
           FailsAt(Contained(true, false), Step::kMountDev, EROFS);
  }));
  // With its folders there it is as good as another.
  EXPECT_TRUE(InFork([&] {
    if (!MountRootfs(rootfs_, 0, "")) return false;
    fs::create_directory(rootfs_ / "dev");
    fs::create_directory(rootfs_ / "proc");
    fs::copy_file(ISOLATION_REPORT, rootfs_ / "report");
    return mount(nullptr, rootfs_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0 &&
           End(Launch(Contained(true, false)));
  }));
}

TEST_F(CausesTest, NoProcOrDevOnTheHost) {
  const auto without = [&](const char* place) {
    return unshare(CLONE_NEWNS) == 0 &&
           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", place, "tmpfs", 0, "") == 0;
  };
  EXPECT_TRUE(InFork([&] {
    if (!without("/proc")) return false;
    const LaunchResult process = Launch(Contained(true, false));
    return !process && process.error().error.message.find("/proc") != std::string::npos;
  }));
  EXPECT_TRUE(InFork(
      [&] { return without("/dev") && FailsAt(Contained(true, false), Step::kPrepare, ENOENT); }));
}

// A status finds its place on a disk that has become full; a launch on one fails.
TEST_F(CausesTest, AFullDiskForTheMonitor) {
  EXPECT_TRUE(InFork([&] {
    if (!MountRootfs(folder_ / "monitor", 0, "size=64k")) return false;
    Spec spec = Contained(false, true);
    const Descriptor folder(
        open((folder_ / "monitor").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    spec.monitor->folder = folder.number();
    const LaunchResult process = Launch(spec);
    if (!process) return false;
    {
      std::ofstream file(folder_ / "monitor/large");
      while (file << std::string(4096, 'x') << std::flush) {
      }
    }
    const auto status = process->Signal(SIGKILL) ? process->Wait() : -1;
    if (!status || DescribeExit(*status) != "killed by SIGKILL") return false;
    spec.monitor->name = "second";
    return FailsAt(spec, Step::kPrepare, ENOSPC) &&
           !fs::exists(folder_ / "monitor/second.unfinished");
  }));
}

// The descendants of a thread, as far as they are there. Source: proc(5), task/[tid]/children.
std::vector<pid_t> Descendants(pid_t pid, pid_t tid) {
  std::vector<pid_t> found;
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/children");
  for (pid_t child = 0; file >> child;) {
    found.push_back(child);
    for (const pid_t each : Descendants(child, child)) found.push_back(each);
  }
  return found;
}

// Sends `signals` to processes of a launch that is under way, at moments that change.
class Disturber {
 public:
  Disturber(std::vector<int> signals, unsigned seed) : random_(seed) {
    thread_ =
        std::thread([this, launcher = getpid(), thread = gettid(), signals = std::move(signals)] {
          while (!is_over_) {
            std::this_thread::sleep_for(microseconds(random_() % 3000));
            const auto pids = Descendants(launcher, thread);
            if (pids.empty()) continue;
            const pid_t pid = pids[random_() % pids.size()];
            for (const int signal : signals) {
              if (kill(pid, signal) == 0) ++sent_;
              std::this_thread::sleep_for(microseconds(random_() % 2000));
            }
          }
        });
  }
  ~Disturber() { Stop(); }
  Disturber(const Disturber&) = delete;
  Disturber& operator=(const Disturber&) = delete;

  int Stop() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
    return sent_;
  }

 private:
  std::mt19937 random_;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> sent_ = 0;
  std::thread thread_;
};

TEST_F(CausesTest, ProcessesAreKilledMeanwhile) {
  constexpr int kLaunches = 150;
  constexpr unsigned kSeed = 20261128;
  for (const bool monitor : {false, true}) {
    EXPECT_TRUE(InFork([&] {
      prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // orphans come to us
      Spec spec = Contained(!monitor, monitor);
      spec.parent_death_signal = SIGKILL;
      Disturber disturber({SIGKILL}, kSeed);
      const Holdings before = Holdings::Now();
      int launched = 0;
      for (int i = 0; i < kLaunches; ++i) {
        {
          const LaunchResult process = Launch(spec);
          if (process) {
            ++launched;
            (void)process->Signal(SIGKILL);
            (void)process->Wait();  // the monitor may have been killed: then there is no status
          } else if (process.error().error.message.empty() || !MonitorLeftNothing()) {
            std::cerr << process.error().error.message << "\n";
            return false;
          }
        }
        fs::remove(folder_ / "monitor/status");
        fs::remove(folder_ / "monitor/status.unfinished");
      }
      const int killed = disturber.Stop();
      std::cerr << kLaunches << " launches, " << killed << " kills, " << launched
                << " launched in spite\n";
      return killed > 0 && ReapAll() && Holdings::Now() == before;
    })) << monitor;
  }
}

TEST_F(CausesTest, ProcessesAreStoppedMeanwhile) {
  EXPECT_TRUE(InFork([&] {
    Disturber disturber({SIGSTOP, SIGCONT}, 1);
    for (int i = 0; i < 50; ++i) {
      const LaunchResult process = Launch(Contained(true, false));
      if (!process || !End(process)) return false;
    }
    return disturber.Stop() > 0;
  }));
}

}  // namespace
}  // namespace runtime::launch
