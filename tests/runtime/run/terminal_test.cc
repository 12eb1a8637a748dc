// seccomp-run on a terminal: a shell in a container works as a person expects.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "schema/descriptor.h"

namespace {

using Clock = std::chrono::steady_clock;
using schema::Descriptor;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr char kCtrlC[] = "\x03";
constexpr char kCtrlZ[] = "\x1a";

// A person at a terminal of 80 columns and 25 lines.
class TerminalTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    ours_ = Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(ours_);
    ASSERT_EQ(grantpt(ours_.number()), 0);
    ASSERT_EQ(unlockpt(ours_.number()), 0);
    // Held open, so that the terminal and its settings outlive the program.
    theirs_ = Descriptor(open(ptsname(ours_.number()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(theirs_);
    Resize(80, 25);
  }
  void TearDown() override {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void Resize(unsigned short columns, unsigned short lines) const {
    const winsize size = {lines, columns, 0, 0};
    ioctl(ours_.number(), TIOCSWINSZ, &size);
  }

  // `seccomp-run --unconfined WORDS` as the terminal's session. `output`: its standard output; -1:
  // the terminal.
  void Start(std::vector<std::string> words, int output = -1) {
    words.insert(words.begin(), {SECCOMP_RUN, "--unconfined"});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    setsid();
    ioctl(theirs_.number(), TIOCSCTTY, 0);
    for (int i = 0; i < 3; ++i) dup2(i == 1 && output >= 0 ? output : theirs_.number(), i);
    setenv("PS1", "$ ", 1);
    setenv("ENV", "", 1);
    if (before_exec_ != nullptr) before_exec_();
    execv(argv[0], argv.data());
    _exit(99);
  }

  void Type(const std::string& text) const {
    ASSERT_EQ(write(ours_.number(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // Reads until `text` has appeared on the screen, for some seconds; what was there before is past.
  bool Sees(const std::string& text) {
    const auto end = Clock::now() + std::chrono::seconds(10);
    while (Clock::now() < end) {
      if (const std::size_t at = screen_.find(text); at != std::string::npos) {
        screen_.erase(0, at + text.size());
        return true;
      }
      ReadSome(100);
    }
    ADD_FAILURE() << "\"" << text << "\" is not in: " << screen_;
    return false;
  }

  // False: there was nothing.
  bool ReadSome(int milliseconds) {
    pollfd poll_fd = {ours_.number(), POLLIN, 0};
    if (poll(&poll_fd, 1, milliseconds) != 1) return false;
    std::array<char, 4096> buffer = {};
    const ssize_t length = read(ours_.number(), buffer.data(), buffer.size());
    if (length <= 0) return false;
    screen_.append(buffer.data(), static_cast<std::size_t>(length));
    return true;
  }

  // The exit code; -1: it does not end.
  int Finish() {
    for (int i = 0; i < 1000; ++i) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        while (ReadSome(20)) {
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
      }
      ReadSome(10);
    }
    return -1;
  }

  // The same of a person who reads nothing.
  int FinishUnread() {
    int status = 0;
    if (!Eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; })) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
  }

  // Until the screen holds what it can, and nobody has read of it.
  bool AwaitFull() const {
    return Eventually([&] { return IsStuck(theirs_); });
  }

  static bool IsStuck(const Descriptor& end) {
    pollfd writable = {end.number(), POLLOUT, 0};
    return poll(&writable, 1, 200) == 0;
  }

  // Of seccomp-run, in a third of a second.
  std::chrono::nanoseconds ProcessorTime() const {
    const auto before = ProcessorTimeSoFar();
    std::this_thread::sleep_for(std::chrono::milliseconds(333));
    return ProcessorTimeSoFar() - before;
  }
  std::chrono::nanoseconds ProcessorTimeSoFar() const {
    clockid_t clock = 0;
    timespec time = {};
    EXPECT_EQ(clock_getcpuclockid(pid_, &clock), 0);
    EXPECT_EQ(clock_gettime(clock, &time), 0);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  template <class Condition>
  static bool Eventually(const Condition& condition) {
    const auto end = Clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (Clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  void (*before_exec_)() = nullptr;  // in the child
  Descriptor ours_;
  Descriptor theirs_;
  std::string screen_;
  pid_t pid_ = -1;
};

TEST_F(TerminalTest, TheCommandHasATerminalOfItsOwn) {
  Start({"sh", "-c", "tty; stty size; : > /dev/tty && echo controlled; exit 5"});
  EXPECT_EQ(Finish(), 5);
  EXPECT_HAS(screen_, "/dev/pts/");
  EXPECT_EQ(screen_.find(ptsname(ours_.number()) + std::string("\r\n")), std::string::npos)
      << "not the host's: a container could type into it (TIOCSTI)";
  EXPECT_HAS(screen_, "25 80\r\n");
  EXPECT_HAS(screen_, "controlled\r\n");
}

TEST_F(TerminalTest, InARootfsItIsThatOfTheRootfs) {
  if (!std::filesystem::exists("/bin/busybox")) GTEST_SKIP() << "needs busybox-static";
  std::string folder = testing::TempDir() + "terminal_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  std::filesystem::create_directories(folder + "/bin");
  std::filesystem::copy_file("/bin/busybox", folder + "/bin/busybox");
  Start({"--rootfs", folder, "--user=65534:65534", "/bin/busybox", "sh", "-c",
         "/bin/busybox tty; echo hello > /dev/tty; echo there > /dev/stdout"});
  EXPECT_EQ(Finish(), 0);
  EXPECT_EQ(screen_, "/dev/pts/0\r\nhello\r\nthere\r\n");
  std::filesystem::remove_all(folder);
}

TEST_F(TerminalTest, AShellHasJobControl) {
  Start({"sh", "-i"});
  ASSERT_TRUE(Sees("$ "));
  Type("sh -c 'echo star''ted; exec sleep 100'\n");
  ASSERT_TRUE(Sees("started"));
  Type(kCtrlC);
  ASSERT_TRUE(Sees("$ "));
  Type("sh -c 'echo run''ning; exec sleep 100'\n");
  ASSERT_TRUE(Sees("running"));
  Type(kCtrlZ);
  ASSERT_TRUE(Sees("Stopped"));
  Type("kill %1; fg; echo stat''us $?\n");
  ASSERT_TRUE(Sees("status 143"));
  Type("exit 3\n");
  EXPECT_EQ(Finish(), 3);
}

TEST_F(TerminalTest, KeysReachACommandWithoutAShell) {
  Start({"sh", "-c", "echo ready; exec sleep 100"});
  ASSERT_TRUE(Sees("ready"));
  Type(kCtrlZ);  // nobody could continue it: no effect
  Type(kCtrlC);
  EXPECT_EQ(Finish(), 128 + SIGINT);
}

TEST_F(TerminalTest, TheWindowMayChangeItsSize) {
  Start({"sh", "-c", "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done"});
  ASSERT_TRUE(Sees("ready"));
  Resize(132, 43);
  EXPECT_TRUE(Sees("43 132"));
  EXPECT_EQ(Finish(), 0);
}

TEST_F(TerminalTest, ACommandInTheBackgroundDoesNotTakeWhatIsTyped) {
  pid_ = fork();
  if (pid_ == 0) {
    setsid();
    ioctl(theirs_.number(), TIOCSCTTY, 0);
    for (int i = 0; i < 3; ++i) dup2(theirs_.number(), i);
    execlp("bash", "bash", "--norc", "--noediting", "-i", nullptr);
    _exit(99);
  }
  ASSERT_TRUE(Sees("# "));
  Type("PS1='o''k> '\n");
  ASSERT_TRUE(Sees("ok> "));
  Type(std::string(SECCOMP_RUN) + " --unconfined -- cat & wait; echo wai''ted $?\n");
  ASSERT_TRUE(Sees("waited 0"));  // the end of /dev/null
  Type("echo he''re; exit 4\n");
  ASSERT_TRUE(Sees("here"));
  EXPECT_EQ(Finish(), 4);
}

TEST_F(TerminalTest, OurTerminalIsAsItWas) {
  termios before = {};
  ASSERT_EQ(tcgetattr(theirs_.number(), &before), 0);
  for (const char* script : {"stty raw -echo", "echo ready; kill -KILL $$"}) {
    Start({"sh", "-c", script});
    Finish();
    termios after = {};
    ASSERT_EQ(tcgetattr(theirs_.number(), &after), 0);
    EXPECT_EQ(before.c_lflag, after.c_lflag) << script;
    EXPECT_EQ(before.c_iflag, after.c_iflag) << script;
    EXPECT_EQ(before.c_oflag, after.c_oflag) << script;
  }
}

TEST_F(TerminalTest, NothingOfTheOutputIsLost) {
  for (const int count : {4000, 4500, 5000, 20000}) {
    screen_.clear();
    Start({"seq", "1", std::to_string(count)});
    // A slow reader: a terminal holds some KiB, so the shorter ones have ended before half is
    // through.
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    EXPECT_EQ(Finish(), 0);
    EXPECT_HAS(screen_, "\r\n3333\r\n");
    EXPECT_TRUE(screen_.ends_with("\r\n" + std::to_string(count) + "\r\n")) << screen_.size();
  }
}

TEST_F(TerminalTest, AFailedLaunchLeavesItAlone) {
  Start({"no-such-command"});
  EXPECT_EQ(Finish(), 127);
  EXPECT_HAS(screen_, "seccomp-run: execute no-such-command (execve): No such file");
}

TEST_F(TerminalTest, NoneOnRequestOrWhenOutputGoesElsewhere) {
  Start({"--no-tty", "sh", "-c", "(: > /dev/tty) || echo uncontrolled"});
  EXPECT_EQ(Finish(), 0);
  EXPECT_HAS(screen_, "uncontrolled");
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Start({"sh", "-c", "test -t 1 || echo no terminal; (: > /dev/tty) || echo uncontrolled >&2"},
        write_end.number());
  write_end.Close();
  EXPECT_EQ(Finish(), 0);
  std::array<char, 64> buffer = {};
  EXPECT_EQ(read(read_end.number(), buffer.data(), buffer.size()), 12);
  EXPECT_EQ(std::string(buffer.data()), "no terminal\n");
  EXPECT_HAS(screen_, "uncontrolled");
}

// As long as a person scrolls back, or the line to a person's terminal hangs.
class UnreadTerminalTest : public TerminalTest {
 protected:
  void SetUp() override {
    TerminalTest::SetUp();
    if (IsSkipped()) return;
    std::string name = testing::TempDir() + "unread_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    TerminalTest::TearDown();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // A command of a shell that makes a file which Has() finds.
  std::string Make(const std::string& file) const { return ": > " + (folder_ / file).string(); }
  bool Has(const std::string& file) const {
    return Eventually([&] { return std::filesystem::exists(folder_ / file); });
  }

  std::filesystem::path folder_;
};

constexpr std::chrono::milliseconds kIdle{100};

TEST_F(UnreadTerminalTest, SignalsArePassedOn) {
  Start({"sh", "-c",
         "trap '" + Make("seen") + "' USR1; trap 'exit 7' TERM; yes & " +
             "while :; do sleep 0.02; done"});
  ASSERT_TRUE(AwaitFull());
  EXPECT_LT(ProcessorTime(), kIdle);
  kill(pid_, SIGUSR1);
  EXPECT_TRUE(Has("seen"));
  kill(pid_, SIGTERM);
  EXPECT_EQ(FinishUnread(), 7);
}

TEST_F(UnreadTerminalTest, TheCommandsEndIsSeenAndASignalEndsTheWaitForAReader) {
  Start({"sh", "-c", "seq 1 5000; " + Make("over") + "; exit 5"});
  ASSERT_TRUE(Has("over"));
  ASSERT_TRUE(AwaitFull());
  EXPECT_LT(ProcessorTime(), kIdle);
  EXPECT_EQ(waitpid(pid_, nullptr, WNOHANG), 0) << "what the command has said is not lost";
  kill(pid_, SIGWINCH);
  kill(pid_, SIGCONT);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(waitpid(pid_, nullptr, WNOHANG), 0);
  kill(pid_, SIGTERM);
  EXPECT_EQ(FinishUnread(), 5);
}

TEST_F(UnreadTerminalTest, ACommandThatASignalEndsIsNotWaitedForWithoutEnd) {
  Start({"yes"});
  ASSERT_TRUE(AwaitFull());
  kill(pid_, SIGTERM);
  EXPECT_EQ(FinishUnread(), 128 + SIGTERM);
}

TEST_F(UnreadTerminalTest, ThenALateReaderReadsItAll) {
  Start({"sh", "-c", "trap 'seq 1 20000; exit 6' TERM; echo ready; while :; do sleep 0.02; done"});
  ASSERT_TRUE(Sees("ready"));
  kill(pid_, SIGTERM);
  ASSERT_TRUE(AwaitFull());
  EXPECT_EQ(Finish(), 6);
  EXPECT_TRUE(screen_.ends_with("\r\n20000\r\n")) << screen_.size();
}

// A shell's terminal is one for all of its programs: one of them may have set it, and others rely
// on it.
TEST_F(UnreadTerminalTest, WhetherOurOutputBlocksIsOthersToSay) {
  for (const int flag : {0, O_NONBLOCK}) {
    screen_.clear();
    fcntl(theirs_.number(), F_SETFL, O_RDWR | flag);
    Start({"sh", "-c", "seq 1 20000; exec sleep 100"});
    ASSERT_TRUE(AwaitFull());
    EXPECT_LT(ProcessorTime(), kIdle) << flag;
    EXPECT_EQ(fcntl(theirs_.number(), F_GETFL) & O_NONBLOCK, flag);
    EXPECT_TRUE(Sees("\r\n3333\r\n"));
    EXPECT_TRUE(Sees("\r\n20000\r\n"));
    kill(pid_, SIGTERM);
    EXPECT_EQ(Finish(), 128 + SIGTERM);
    EXPECT_EQ(fcntl(theirs_.number(), F_GETFL) & O_NONBLOCK, flag);
  }
}

// As where a security module lets us keep a terminal, and not open it.
void DenyToOpenTheOutputAgain() {
  constexpr unsigned kFlags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  std::array<sock_filter, 6> instructions = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kFlags, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program = {instructions.size(), instructions.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) _exit(98);
}

TEST_F(UnreadTerminalTest, AnOutputThatCannotBeOpenedAgain) {
  before_exec_ = DenyToOpenTheOutputAgain;
  Start({"sh", "-c", "trap 'exit 7' TERM; seq 1 20000; while :; do sleep 0.02; done"});
  ASSERT_TRUE(AwaitFull());
  EXPECT_LT(ProcessorTime(), kIdle);
  EXPECT_TRUE(Sees("\r\n20000\r\n"));
  kill(pid_, SIGTERM);
  EXPECT_EQ(Finish(), 7);
  Start({"yes"});
  ASSERT_TRUE(AwaitFull());
  kill(pid_, SIGTERM);
  EXPECT_EQ(FinishUnread(), 128 + SIGTERM);
}

TEST_F(UnreadTerminalTest, AHangUpEndsIt) {
  Start({"yes"});
  ASSERT_TRUE(AwaitFull());
  ours_.Close();
  EXPECT_EQ(FinishUnread(), 128 + SIGHUP);
}

TEST_F(TerminalTest, AHangUpEndsWhatIsStopped) {
  Start({"sh", "-c", "echo re''ady; kill -STOP $$"});
  ASSERT_TRUE(Sees("ready"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ours_.Close();
  EXPECT_EQ(Finish(), 128 + SIGHUP);
}

TEST_F(UnreadTerminalTest, ACommandThatReadsNothingIsServedAllTheSame) {
  Start({"sh", "-c",
         "stty -echo; trap 'echo he''re' USR1; echo re''ady; while :; do sleep 0.02; " +
             std::string("done")});
  ASSERT_TRUE(Sees("ready"));
  fcntl(ours_.number(), F_SETFL, O_RDWR | O_NONBLOCK);
  const std::string lines(4096, '\n');
  while (!IsStuck(ours_)) (void)!write(ours_.number(), lines.data(), lines.size());
  EXPECT_LT(ProcessorTime(), kIdle);
  kill(pid_, SIGUSR1);
  EXPECT_TRUE(Sees("here"));
  kill(pid_, SIGTERM);
  EXPECT_EQ(Finish(), 128 + SIGTERM);
}

TEST_F(UnreadTerminalTest, ACommandThatReadsNothingAndIsNotRead) {
  Start({"sh", "-c", "stty -echo; echo re''ady; exec yes"});
  ASSERT_TRUE(Sees("ready"));
  ASSERT_TRUE(AwaitFull());
  fcntl(ours_.number(), F_SETFL, O_RDWR | O_NONBLOCK);
  const std::string lines(4096, '\n');
  while (!IsStuck(ours_)) (void)!write(ours_.number(), lines.data(), lines.size());
  EXPECT_LT(ProcessorTime(), kIdle);
  kill(pid_, SIGTERM);
  EXPECT_EQ(FinishUnread(), 128 + SIGTERM);
}

}  // namespace
