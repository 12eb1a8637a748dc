// The launcher is killed at every system call of a launch, in each process that takes part: whether
// the program has then run, and only that, is what the files of the monitor tell.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/launch/ending.h"
#include "tests/runtime/launch/injector.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;

class CutOffTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    if (folder_.empty()) return;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    open_folder_ = Descriptor(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  void TearDown() override {
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    FolderTest::TearDown();
  }

  Spec Noting() const {
    Spec spec = Shell(": > " + (folder_ / "ran").string());
    spec.bounding = schema::kernel::CapabilitySet::Docker();
    spec.filter = FilterOn({SYS_reboot}, SECCOMP_RET_ERRNO | EPERM);
    spec.monitor = Monitor{open_folder_.number(), "status"};
    return spec;
  }

  struct Counts {
    int runs = 0;
    int others = 0;
  };
  Counts Sweep(const Spec& spec);
  bool Judge() const;

  Descriptor open_folder_;
  Stage& stage_ = NewStage();
};

// Whether the program has run.
bool CutOffTest::Judge() const {
  EXPECT_TRUE(ReapAll());
  const bool has_run = fs::exists(folder_ / "ran");
  const auto read = ReadEnding(open_folder_.number(), "status");
  EXPECT_TRUE(read);
  const std::optional<Ending> ending = read.value();
  if (has_run) {
    EXPECT_TRUE(ending && ending->has_begun);
    EXPECT_EQ(ending ? ending->status : -1, 0);
  } else {
    EXPECT_FALSE(ending && ending->has_begun) << "with status " << ending->status;
    EXPECT_FALSE(!ending && CanHaveBegun(open_folder_.number(), "status"));
  }
  return has_run;
}

CutOffTest::Counts CutOffTest::Sweep(const Spec& spec) {
  const auto body = [&] {
    stage_.is_armed = true;
    const LaunchResult process = Launch(spec);
    stage_.is_armed = false;
    if (process) (void)process->Wait();
  };
  const Trace whole = Inject(std::nullopt, stage_, body);
  Counts counts;
  std::set<std::pair<std::size_t, long>> seen;
  for (std::size_t process = 0; process < whole.calls.size(); ++process) {
    for (std::size_t call = 0; call < whole.calls[process].size(); ++call) {
      for (const char* name : {"ran", "status", "status.unfinished"}) fs::remove(folder_ / name);
      const long number = whole.calls[process][call];
      // A sanitizer makes forks slow.
      if (!seen.insert({process, number}).second && !std::string_view(SANITIZE).empty()) continue;
      SCOPED_TRACE("process " + std::to_string(process) + ", call " + std::to_string(call) + ", " +
                   CallName(number));
      EXPECT_FALSE(Inject(Fault{process, call, number, 0}, stage_, body).left);
      ++(Judge() ? counts.runs : counts.others);
    }
  }
  std::cout << counts.runs << " have run, " << counts.others << " have not\n";
  EXPECT_GT(counts.others, 0);
  return counts;
}

TEST_F(CutOffTest, WithInit) {
  Spec spec = Noting();
  spec.namespaces = {.mount = true, .pid = true, .ipc = true, .uts = true, .net = false};
  spec.init = true;
  EXPECT_GT(Sweep(spec).runs, 0);
}

TEST_F(CutOffTest, InAPidNamespaceWithoutInit) {
  Spec spec = Noting();
  spec.namespaces.pid = true;
  EXPECT_GT(Sweep(spec).runs, 0);
}

TEST_F(CutOffTest, WithoutNamespaces) { EXPECT_GT(Sweep(Noting()).runs, 0); }

// Had the launcher lived, it would have been told the same: nothing was executed.
TEST_F(CutOffTest, OfALaunchThatFails) {
  for (const bool init : {false, true}) {
    Spec spec = Noting();
    spec.command = spec.argv[0] = "/no/such/command";
    spec.namespaces.pid = spec.init = init;
    EXPECT_EQ(Sweep(spec).runs, 0);
    spec = Noting();
    spec.namespaces.pid = spec.init = init;
    spec.filter = FilterOn({SYS_execve}, SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(Sweep(spec).runs, 0);
  }
}

}  // namespace
}  // namespace runtime::launch
