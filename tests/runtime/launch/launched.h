// For the launcher's tests: run a Spec to its end, and see what it left behind.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launch/launch.h"
#include "schema/filter/filter.h"

namespace runtime::launch {

struct Ended {
  std::string output;  // standard output and standard error
  int status = -1;     // of wait(2)
};

// A Spec for `argv`, PATH of the host, standard input /dev/null.
Spec Command(std::vector<std::string> argv);
// `/bin/sh -c script`.
Spec Shell(const std::string& script);

// Launches `spec` with its output in a pipe and waits for its end. A failed launch is a test
// failure and gives an empty Ended.
Ended RunToEnd(Spec spec);

// Launches `spec`, which must fail, without a trace: no process, descriptor or mount.
LaunchError FailedLaunch(const Spec& spec);

// x86_64 and others alike: `ret` for the system calls `numbers`, else allow. SECCOMP_RET_*.
schema::filter::Filter FilterOn(std::initializer_list<long> numbers, std::uint32_t ret);

// The value of a line of /proc/self/status, or "?": Field(output, "CapEff").
std::string Field(const std::string& status, const std::string& name);

// Runs `body` in a forked process; true if it returned true.
bool InFork(const std::function<bool()>& body);

// Whether all descendants go within some seconds; in a child subreaper (prctl(2)), those of dead
// parents, too.
bool ReapAll();

// What a failed launch must not change: open descriptors, mounts.
struct Holdings {
  static Holdings Now();
  std::size_t descriptors = 0;
  std::string mounts;
  friend bool operator==(const Holdings&, const Holdings&) = default;
};

// All tests of the launcher need the kernel, and most need root.
class KernelTest : public testing::Test {
 protected:
  void SetUp() override;
};

// With a folder that others may enter; it goes with all that is in it.
class FolderTest : public KernelTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::filesystem::path folder_;  // empty: the test is skipped
};

}  // namespace runtime::launch
