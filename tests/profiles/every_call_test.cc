// Filters in the running kernel against the policy, for every number and on both sides of every
// value that a condition names. Nothing that is tried is executed: the filter that is loaded has
// another errno in the place of each verdict, and that is what the process gets.

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "schema/filter/compile.h"
#include "schema/filter/direct.h"
#include "schema/kernel/syscall.h"
#include "schema/kernel/target.h"
#include "schema/policy/resolve.h"
#include "tests/profiles/shipped_profile.h"

namespace profiles {
namespace {

namespace kernel = schema::kernel;
using schema::filter::Filter;
using schema::policy::Arguments;
using schema::policy::Call;
using schema::policy::Policy;

constexpr int kFirstMark = 3000;  // an errno that no call gives; the kernel takes up to 4095
constexpr std::size_t kMostCalls = 1U << 16U;

// An errno for each verdict of the filter.
class Marks {
 public:
  // The filter with the marks in the place of what it returns.
  std::vector<sock_filter> Mark(std::vector<sock_filter> program) {
    for (sock_filter& instruction : program) {
      if (instruction.code != (BPF_RET | BPF_K)) continue;
      const auto [mark, added] =
          marks_.try_emplace(instruction.k, kFirstMark + static_cast<int>(marks_.size()));
      instruction.k = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(mark->second);
    }
    return program;
  }

  std::string VerdictOf(int mark) const {
    for (const auto& [ret, own_mark] : marks_) {
      if (own_mark == mark) return kernel::ToString(kernel::FromRet(ret));
    }
    return "no verdict of the filter, but errno " + std::to_string(mark);
  }

 private:
  std::map<std::uint32_t, int> marks_;
};

struct Shared {
  std::atomic<std::size_t> done{0};
  std::size_t calls = 0;
  struct {
    long number;
    Arguments arguments;
    int mark;
  } call[kMostCalls];
};

// Loads the program, makes the calls and waits to be killed: it could not even exit.
[[noreturn]] void MakeCalls(std::vector<sock_filter>& program, Shared& shared) {
  const sock_fprog loaded{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(1);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) != 0) _exit(1);
  for (std::size_t i = 0; i < shared.calls; ++i) {
    auto& call = shared.call[i];
    const Arguments& a = call.arguments;
    errno = 0;
    syscall(call.number, a[0], a[1], a[2], a[3], a[4], a[5]);
    call.mark = errno;
    shared.done = i + 1;
  }
  for (;;) {
  }
}

std::vector<Arguments> ArgumentsFor(const schema::policy::CallPolicy& call) {
  std::vector<Arguments> all = {{}};
  for (const auto& clause : call.clauses) {
    const auto meeting = schema::policy::FindArguments(clause.conditions, 64);
    for (const auto& condition : clause.conditions) {
      for (const std::uint64_t value :
           {condition.value, condition.value - 1, condition.value + 1,
            condition.value ^ (std::uint64_t{1} << 32U), condition.value | condition.mask,
            condition.value | ~condition.mask, ~std::uint64_t{0}}) {
        Arguments arguments = meeting.value_or(Arguments());
        arguments[condition.arg_index] = value;
        all.push_back(arguments);
      }
    }
  }
  return all;
}

// Commit cf6cb56ef244 ("seccomp: passthrough uretprobe systemcall without filtering"), in 6.14, and
// the same for uprobe in 6.18: no filter sees them.
bool IsUnseen(std::uint32_t number) {
  const auto name = kernel::NameOf(kernel::Architecture::kX86_64, number);
  return name == "uretprobe" || name == "uprobe";
}

std::vector<Call> CallsFor(const Policy& policy) {
  const std::uint32_t token = kernel::Facts(kernel::Architecture::kX86_64).audit_token;
  std::vector<Call> calls;
  for (const std::uint32_t base : {0U, kernel::kX32Bit}) {
    for (std::uint32_t number = base; number < base + 600; ++number) {
      if (!IsUnseen(number)) calls.push_back({token, number, {}});
    }
  }
  for (const std::uint32_t number : {0x3FFFFFFFU, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFEU}) {
    calls.push_back({token, number, {}});
  }
  for (const auto& part : policy.architectures) {
    if (kernel::Facts(part.architecture).audit_token != token) continue;
    for (const auto& call : part.calls) {
      for (const Arguments& arguments : ArgumentsFor(call)) {
        if (!IsUnseen(call.number)) calls.push_back({token, call.number, arguments});
      }
    }
  }
  return calls;
}

void CheckInKernel(const Policy& policy, const Filter& filter) {
  Marks marks;
  std::vector<sock_filter> program = marks.Mark(filter.program);
  const std::vector<Call> calls = CallsFor(policy);
  ASSERT_LE(calls.size(), kMostCalls);
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto& shared = *new (memory) Shared();
  shared.calls = calls.size();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    shared.call[i] = {static_cast<int>(calls[i].number), calls[i].arguments, 0};
  }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) MakeCalls(program, shared);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int status = 0;
  while (shared.done < calls.size() && std::chrono::steady_clock::now() < deadline &&
         waitpid(child, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::size_t done = shared.done;
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  EXPECT_EQ(done, calls.size()) << "the process ended early, at number "
                                << (done < calls.size() ? calls[done].number : 0);
  for (std::size_t i = 0; i < done; ++i) {
    ASSERT_EQ(marks.VerdictOf(shared.call[i].mark),
              kernel::ToString(schema::policy::Decide(policy, calls[i]).verdict))
        << "number " << calls[i].number << ", argument 0 " << calls[i].arguments[0];
  }
  std::cout << done << " calls agree in the kernel\n";
  munmap(memory, sizeof(Shared));
}

class EveryCallTest : public testing::TestWithParam<std::string> {};

TEST_P(EveryCallTest, IsDecidedInTheKernelAsThePolicySays) {
  const auto host = kernel::ThisHost(kernel::LibseccompRelease({2, 5, 4}));
  ASSERT_TRUE(host) << host.error().message;
  if (host->architecture != kernel::Architecture::kX86_64) GTEST_SKIP() << "needs an x86_64 kernel";
  const auto shipped = ShippedProfile::Load(GetParam());
  ASSERT_TRUE(shipped) << shipped.error().message;
  for (const bool horizon : {false, true}) {
    const auto policy =
        schema::policy::Resolve(shipped->profile(), *host, {.enosys_horizon = horizon});
    ASSERT_TRUE(policy);
    for (const auto compile : {&schema::filter::CompileDirect, &schema::filter::Compile}) {
      const auto filter = compile(*policy);
      ASSERT_TRUE(filter) << filter.error().message;
      ASSERT_NO_FATAL_FAILURE(CheckInKernel(*policy, *filter));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, EveryCallTest, testing::ValuesIn(ShippedNames()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace profiles
