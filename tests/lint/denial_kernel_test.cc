// explain-denial on what this kernel wrote of a call that it denied, and its advice followed. Needs
// records in the kernel's log: no auditd that takes them, and the right to read /dev/kmsg.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "schema/descriptor.h"
#include "schema/filter/compile.h"
#include "schema/filter/library.h"
#include "schema/json/reader.h"
#include "schema/kernel/audit_record.h"
#include "schema/kernel/target.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"
#include "tests/lint/cli_fixture.h"

namespace {

std::string Profile(const std::string& rules) {
  return R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"],
  "syscalls": [)" +
         rules + "]}";
}

std::vector<sock_filter> Compile(const std::string& profile) {
  const auto target = *schema::kernel::ThisHost(schema::filter::Library());
  const auto typed = schema::profile::Parse(schema::json::Read(profile).document).profile;
  return schema::filter::Compile(*schema::policy::Resolve(*typed, target))->program;
}

struct Death {
  int pid = 0;
  int status = 0;  // of wait(2)
};

// A process that calls sync(2) under the profile, and exits with the errno.
Death Sync(const std::string& profile) {
  const std::vector<sock_filter> program = Compile(profile);
  Death death;
  death.pid = fork();
  if (death.pid == 0) {
    sock_fprog filter{static_cast<unsigned short>(program.size()),
                      const_cast<sock_filter*>(program.data())};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &filter) != 0) {
      _exit(255);
    }
    _exit(syscall(SYS_sync) == 0 ? 0 : errno);
  }
  waitpid(death.pid, &death.status, 0);
  return death;
}

// The line of the kernel's log about the process. The log may leave one out where many come at
// once (printk_ratelimit).
std::optional<std::string> RecordOf(int log, int pid) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::array<char, 8192> buffer{};
    for (ssize_t size = 0; (size = read(log, buffer.data(), buffer.size())) > 0;) {
      const std::string line(buffer.data(), static_cast<std::size_t>(size));
      const auto record = schema::kernel::ReadAuditRecord(line);
      if (record && record->pid == static_cast<std::uint32_t>(pid)) return line;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return std::nullopt;
}

class DenialKernelTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    log_ = schema::Descriptor(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }

  // The record of a process that the profile denies sync(2), and how it ended.
  std::optional<std::string> Denied(const std::string& profile, Death& death) {
    for (int attempt = 0; attempt < 4; ++attempt) {
      lseek(log_.number(), 0, SEEK_END);
      death = Sync(profile);
      if (auto line = RecordOf(log_.number(), death.pid)) return line;
      std::this_thread::sleep_for(std::chrono::seconds(2));
    }
    return std::nullopt;
  }

  std::string Explain(const std::string& profile, const std::string& line) {
    Write("p.json", profile);
    Write("in", line);
    const Outcome outcome = Run("explain-denial p.json <in 2>&1");
    EXPECT_EQ(outcome.exit_code, 0);
    return outcome.out;
  }

  schema::Descriptor log_;
};

TEST_F(DenialKernelTest, ExplainsWhatTheKernelWrote) {
  if (!log_) GTEST_SKIP() << "/dev/kmsg cannot be read";
  Death death;
  const std::string kills = Profile(R"({"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"})");
  const auto killed = Denied(kills, death);
  ASSERT_TRUE(WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGSYS) << death.status;
  if (!killed) GTEST_SKIP() << "this kernel's log holds no audit records";
  const std::string text = Explain(kills, *killed);
  EXPECT_TRUE(text.starts_with("sync on ")) << text;
  EXPECT_NE(text.find("the kernel killed the process (SCMP_ACT_KILL_PROCESS), 1 record\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(", process " + std::to_string(death.pid) + "\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("does not fit"), std::string::npos) << text;
  EXPECT_NE(text.find("to allow it: drop rule 0 (p.json:2:16)"), std::string::npos) << text;
  EXPECT_EQ(Sync(Profile("")).status, 0);  // the advice followed

  const std::string fails =
      Profile(R"({"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95})");
  const auto failed = Denied(fails, death);
  ASSERT_TRUE(WIFEXITED(death.status) && WEXITSTATUS(death.status) == 95) << death.status;
  ASSERT_TRUE(failed);
  // The kernel does not write the errno.
  EXPECT_EQ(schema::kernel::ReadAuditRecord(*failed)->code, 0x50000U);
  const std::string errno_text = Explain(fails, *failed);
  EXPECT_NE(errno_text.find("the profile gives SCMP_ACT_ERRNO(EOPNOTSUPP), whatever the arguments"),
            std::string::npos)
      << errno_text;
  EXPECT_EQ(errno_text.find("does not fit"), std::string::npos) << errno_text;
  // Of the other profile it can not be.
  EXPECT_NE(Explain(kills, *failed).find("does not fit: the profile never gives SCMP_ACT_ERRNO"),
            std::string::npos);
}

}  // namespace
