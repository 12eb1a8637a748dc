// Whoever can write to a rootfs from outside, its owner on the host or another container, exchanges
// its folders at every system call of a launch: the launch fails, or the host's files in /proc are
// protected and no device is made in the rootfs itself.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/runtime/launch/injector.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;

// What a folder is looked up or left by.
const std::set<long> kCalls = {SYS_openat,     SYS_fchdir,    SYS_chdir,   SYS_mount, SYS_mkdirat,
                               SYS_readlinkat, SYS_faccessat, SYS_fstatfs, SYS_statx};

class SwappedFolderTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    if (folder_.empty()) return;
    rootfs_ = folder_ / "rootfs";
    fs::create_directories(rootfs_ / "bin");
    fs::copy_file("/bin/busybox", rootfs_ / "bin/sh");
    MakeFolders();
  }

  void MakeFolders() const {
    for (const char* each : {"dev", "proc", "other", "link"}) fs::remove_all(rootfs_ / each);
    for (const char* each : {"dev", "proc", "other"}) fs::create_directory(rootfs_ / each);
    fs::create_symlink("/other", rootfs_ / "link");
  }

  Spec Opening() const {
    Spec spec = Shell(
        "for top in /proc /other /dev; do for file in core_pattern modprobe; do\n"
        "  (: >>$top/sys/kernel/$file) && echo $top/sys/kernel/$file is open\n"
        "done; done");
    spec.rootfs = rootfs_;
    spec.namespaces.pid = true;
    spec.bounding = schema::kernel::CapabilitySet::Docker();
    return spec;
  }

  // A launch during which `fault` is made. What the program opened.
  std::string Launched(const std::optional<Fault>& fault) {
    const std::string output = folder_ / "output";
    const auto body = [&] {
      const Descriptor file(open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
      Spec spec = Opening();
      spec.stdio[1] = file.number();
      spec.stdio[2] = kNullDevice;
      auto process = Launch(spec);
      stage_.launched = process.has_value();
      if (process) (void)process->Wait();
    };
    trace_ = Inject(fault, stage_, body);
    EXPECT_FALSE(trace_.hung);
    std::ifstream file(output);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path rootfs_;
  Stage& stage_ = NewStage();
  Trace trace_;
};

TEST_F(SwappedFolderTest, AtEveryCall) {
  EXPECT_EQ(Launched(std::nullopt), "");
  ASSERT_TRUE(stage_.launched);
  const std::vector<long> calls = trace_.calls.at(1);
  int refused = 0;
  int launched = 0;
  for (const auto& [one, other] : {std::pair("proc", "link"), {"proc", "other"}, {"dev", "proc"}}) {
    const auto swap = [&, one = one, other = other] {
      renameat2(AT_FDCWD, (rootfs_ / one).c_str(), AT_FDCWD, (rootfs_ / other).c_str(),
                RENAME_EXCHANGE);
    };
    for (std::size_t call = 0; call < calls.size(); ++call) {
      if (!kCalls.contains(calls[call])) continue;
      SCOPED_TRACE(std::string(one) + " and " + other + " before call " + std::to_string(call) +
                   ", " + CallName(calls[call]));
      EXPECT_EQ(Launched(Fault{1, call, calls[call], 0, swap}), "");
      EXPECT_TRUE(trace_.was_made);
      ++(stage_.launched ? launched : refused);
      for (const char* each : {"dev", "proc", "other"}) {
        EXPECT_TRUE(fs::is_symlink(rootfs_ / each) || fs::is_empty(rootfs_ / each)) << each;
      }
      MakeFolders();
    }
  }
  std::cout << launched << " launched\n" << refused << " refused\n";
  EXPECT_GT(refused, 0);
  EXPECT_GT(launched, 0);
}

}  // namespace
}  // namespace runtime::launch
