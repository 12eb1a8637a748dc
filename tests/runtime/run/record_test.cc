// seccomp-run --record: real programs, and what the profiles that it writes are worth.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

class RecordTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    std::string pattern = fs::temp_directory_path() / "record_test.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    fs::permissions(folder_, fs::perms(0755));
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  std::string Path(const std::string& name) const { return folder_ / name; }

  std::string Slurp(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Outcome Run(Words words) const {
    const pid_t pid = fork();
    if (pid == 0) {
      dup2(open("/dev/null", O_RDONLY), 0);
      dup2(open(Path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 1);
      dup2(open(Path("err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      close_range(3, ~0U, 0);  // whatever we were started with
      execv(argv[0], argv.data());
      _exit(99);
    }
    int status = 0;
    for (int i = 0; i < 6000; ++i) {
      if (waitpid(pid, &status, WNOHANG) == pid) {
        EXPECT_TRUE(WIFEXITED(status));
        return {WEXITSTATUS(status), Slurp("out"), Slurp("err")};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    ADD_FAILURE() << "it hangs";
    return {};
  }

  Outcome Container(const Words& options, const Words& command) const {
    Words words = {SECCOMP_RUN};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return Run(words);
  }

  Outcome Record(const Words& command, Words options = {}) const {
    options.push_back("--record=" + Path("p.json"));
    return Container(options, command);
  }

  Outcome Lint(const Words& arguments) const {
    Words words = {SECCOMP_LINT};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return Run(words);
  }

  std::string Query(const Words& call) const {
    Words words = {"query", Path("p.json")};
    words.insert(words.end(), call.begin(), call.end());
    return Lint(words).out;
  }

  // The profile is clean and proved, and the command does under it what it did without.
  void ExpectGood(const Outcome& recorded, const Words& command, const Words& options = {}) {
    const std::string profile = Path("p.json");
    const Outcome lint = Lint({profile});
    EXPECT_EQ(lint.exit_code, 0);
    EXPECT_HAS(lint.out, "1 file checked: no findings");
    EXPECT_EQ(lint.err, "");
    EXPECT_EQ(Lint({"prove", profile}).exit_code, 0);
    const std::string text = Slurp("p.json");
    EXPECT_EQ(Lint({"--fix", "--unsafe-fixes", profile}).exit_code, 0);
    EXPECT_EQ(Slurp("p.json"), text);
    Words under = options;
    under.push_back("--profile=" + profile);
    const Outcome again = Container(under, command);
    EXPECT_EQ(again.exit_code, recorded.exit_code);
    EXPECT_EQ(again.out, recorded.out);
    EXPECT_EQ(again.err.find("seccomp"), std::string::npos) << again.err;
  }

  // Records the program of recorded_program.cc; its profile is good, for it "done" comes out.
  Outcome ExpectProgram(const std::string& what, const Words& options = {}) {
    const Words command = {RECORDED_PROGRAM, what, "7"};
    const Outcome recorded = Record(command, options);
    EXPECT_EQ(recorded.exit_code, 7) << recorded.err;
    EXPECT_EQ(recorded.out, "done\n");
    ExpectGood(recorded, command, options);
    return recorded;
  }

  // In the place of one name of the profile another one of no use.
  void Rename(const std::string& name, const std::string& other) const {
    std::string text = Slurp("p.json");
    const std::string quoted = '"' + name + '"';
    const std::size_t at = text.find(quoted);
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, quoted.size(), '"' + other + '"');
    std::ofstream(Path("p.json")) << text;
  }

  fs::path folder_;
};

TEST_F(RecordTest, ACommandRunsUnderItsProfileAndNotUnderLess) {
  const Words command = {"/bin/busybox", "ls", "/"};
  const Outcome recorded = Record(command);
  EXPECT_EQ(recorded.exit_code, 0);
  EXPECT_HAS(recorded.out, "proc\n");
  ExpectGood(recorded, command);
  Rename("getdents64", "getdents");
  const Outcome less = Container({"--profile=" + Path("p.json")}, command);
  EXPECT_NE(less.out, recorded.out);
}

TEST_F(RecordTest, DynamicProgramsShellsAndPipes) {
  for (const Words& command :
       {Words{"/bin/ls", "/"}, Words{"/bin/sh", "-c", "echo a | cat; exit 3"},
        Words{"/bin/busybox", "sh", "-c", "sleep 0.1 & wait; uname"}}) {
    const Outcome recorded = Record(command);
    ExpectGood(recorded, command);
  }
}

TEST_F(RecordTest, Threads) {
  ExpectProgram("threads");
  EXPECT_HAS(Query({"getppid"}), "SCMP_ACT_ALLOW");
}

TEST_F(RecordTest, ManyProcesses) { ExpectProgram("forks"); }

TEST_F(RecordTest, ProcessesKilledWhileTheyWait) { ExpectProgram("killed"); }

TEST_F(RecordTest, SignalsWhileCallsWait) { ExpectProgram("signals"); }

TEST_F(RecordTest, KeepsWhatTheCallsAreFor) {
  ExpectProgram("sockets");
  EXPECT_HAS(Query({"socket", "1"}), "SCMP_ACT_ALLOW");
  EXPECT_HAS(Query({"socket", "2", "3"}), "SCMP_ACT_ALLOW");
  EXPECT_HAS(Query({"socket", "10"}), "SCMP_ACT_ERRNO(ENOSYS)");
  EXPECT_HAS(Query({"socketpair", "1"}), "SCMP_ACT_ALLOW");
  EXPECT_HAS(Query({"socketpair", "2"}), "SCMP_ACT_ERRNO(ENOSYS)");
  EXPECT_HAS(Query({"ioctl", "3", "0x541b"}), "SCMP_ACT_ALLOW");  // FIONREAD
  EXPECT_HAS(Query({"ioctl", "3", "0xffffffff0000541b"}),
             "SCMP_ACT_ALLOW");                                           // to the kernel the same
  EXPECT_HAS(Query({"ioctl", "3", "0x5412"}), "SCMP_ACT_ERRNO(ENOSYS)");  // TIOCSTI
}

TEST_F(RecordTest, FlagsOfClone) {
  ExpectProgram("forks");
  EXPECT_HAS(Query({"clone", "0x11"}), "SCMP_ACT_ALLOW");
  EXPECT_HAS(Query({"clone", "0x10000011"}), "SCMP_ACT_ERRNO(ENOSYS)");  // CLONE_NEWUSER
}

TEST_F(RecordTest, TooManyValuesAreAllOfThem) {
  const Outcome recorded = ExpectProgram("requests");
  EXPECT_HAS(recorded.err, "note: ioctl was made with more than 64 different arguments");
  EXPECT_HAS(Query({"ioctl", "3", "0x1234"}), "SCMP_ACT_ALLOW");
}

TEST_F(RecordTest, ANumberWithoutAName) {
  const Outcome recorded = ExpectProgram("number");
  EXPECT_HAS(recorded.err, "note: call number 4000 of x86_64 has no name that is known here");
}

TEST_F(RecordTest, NumbersWithoutANameAreToldToAnEnd) {
  const Outcome recorded = ExpectProgram("numbers");
  EXPECT_HAS(recorded.err, "note: call number 4015 of x86_64 has no name");
  EXPECT_EQ(recorded.err.find("4016"), std::string::npos) << recorded.err;
}

TEST_F(RecordTest, AProcessThatIsLeftBehindEndsWithTheCommand) { ExpectProgram("daemon"); }

TEST_F(RecordTest, ACommandThatKillsItself) {
  const Words command = {RECORDED_PROGRAM, "death"};
  const Outcome recorded = Record(command);
  EXPECT_EQ(recorded.exit_code, 128 + SIGKILL);
  ExpectGood(recorded, command);
}

TEST_F(RecordTest, InAnotherRootAsAnotherUser) {
  fs::create_directories(folder_ / "root/bin");
  fs::copy("/bin/busybox", folder_ / "root/bin/busybox");
  const Words options = {"--rootfs=" + Path("root"), "--user=65534:65534", "--bounding=none"};
  const Words command = {"/bin/busybox", "id"};
  const Outcome recorded = Record(command, options);
  EXPECT_EQ(recorded.out, "uid=65534 gid=65534\n") << recorded.err;
  ExpectGood(recorded, command, options);
}

TEST_F(RecordTest, AsProcess1) { ExpectProgram("forks", {"--no-init"}); }

TEST_F(RecordTest, WhatIsDangerousIsSaid) {
  const Words command = {"/bin/busybox", "sh", "-c",
                         "busybox mount -t tmpfs none /mnt; ls / | sort | tail -1 >/dev/null; id"};
  const Outcome recorded = Record(command, {"--bounding=all"});
  EXPECT_HAS(recorded.err, "note: SL602: mount is allowed");
  EXPECT_HAS(Slurp("p.json"), "seccomp-lint: ignore SL602 -- as recorded or merged");
  ExpectGood(recorded, command, {"--bounding=all"});
}

TEST_F(RecordTest, TheSameTwice) {
  const Words command = {"/bin/busybox", "ls", "/"};
  (void)Record(command);
  const std::string first = Slurp("p.json");
  fs::permissions(folder_ / "p.json", fs::perms(0640));
  (void)Record(command);
  EXPECT_EQ(Slurp("p.json"), first);
  struct stat status {};
  ASSERT_EQ(stat(Path("p.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

// A command may write where its recording goes: in a rootfs, say.
TEST_F(RecordTest, WhatTheCommandPutsThereIsReplaced) {
  std::ofstream(Path("other")) << "of the host";
  EXPECT_EQ(Record({"/bin/busybox", "ln", "-s", Path("other"), Path("p.json")}).exit_code, 0);
  EXPECT_EQ(Slurp("other"), "of the host");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(Path("p.json"))));
  EXPECT_EQ(Record({"/bin/busybox", "mkfifo", Path("p.json")}).exit_code, 1) << "it is there";
  fs::remove(Path("p.json"));
  EXPECT_EQ(Record({"/bin/busybox", "mkfifo", Path("p.json")}).exit_code, 0);
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(Path("p.json"))));
}

TEST_F(RecordTest, ALinkStaysALink) {
  fs::create_symlink("made", Path("p.json"));
  EXPECT_EQ(Record({"/bin/busybox", "true"}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(Path("p.json")));
  EXPECT_HAS(Slurp("made"), "defaultAction");
}

TEST_F(RecordTest, RefusesBeforeAnythingStarts) {
  struct Case {
    Words options;
    std::string message;
  };
  for (const Case& refused :
       {Case{{"--record=/no/such/folder/p.json"}, "--record: cannot write /no/such/folder/p.json"},
        Case{{"--record=" + folder_.string()}, "Is a directory"},
        Case{{"--record=p", "--unconfined"}, "leave out --profile and --unconfined"},
        Case{{"--record=p", "--isolation=linux/seccomp"}, "--record needs namespaces/pid"},
        Case{{"--record=p", "--isolation=namespaces/pid"}, "--record needs linux/seccomp"},
        Case{{"--record="}, "--record is empty"}}) {
    const Outcome outcome = Container(refused.options, {"/bin/busybox", "echo", "started"});
    EXPECT_EQ(outcome.exit_code, 125);
    EXPECT_EQ(outcome.out, "");
    EXPECT_HAS(outcome.err, refused.message);
  }
}

// One that is empty is none. The command finds nothing there, so nothing is left by whoever is
// killed.
TEST_F(RecordTest, TheSocketIsWhereTmpdirSays) {
  fs::create_directory(folder_ / "chosen");
  const Words command = {"/bin/busybox", "ls", Path("chosen")};
  setenv("TMPDIR", Path("chosen").c_str(), 1);
  const Outcome listed = Record(command);
  EXPECT_EQ(listed.exit_code, 0);
  EXPECT_EQ(listed.out, "");
  const std::string longest = Path(std::string(79 - Path("").size(), 'l'));
  fs::create_directory(longest);
  setenv("TMPDIR", longest.c_str(), 1);
  EXPECT_EQ(Record(command).exit_code, 0);
  setenv("TMPDIR", "", 1);
  EXPECT_EQ(Record(command).exit_code, 0);
  const std::string too_long = Path(std::string(80 - Path("").size(), 'l'));
  fs::create_directory(too_long);
  for (const auto& [folder, reason] :
       {std::pair<std::string, std::string>(too_long, "File name too long"),
        {"/no/such", "No such file or directory"},
        {"/etc/passwd", "Not a directory"}}) {
    setenv("TMPDIR", folder.c_str(), 1);
    const Outcome outcome = Record(command);
    EXPECT_EQ(outcome.exit_code, 125);
    EXPECT_EQ(outcome.err, "seccomp-run: --record: make a directory for a socket in " + folder +
                               ": " + reason +
                               "; set TMPDIR to a writable one, whose name has at most 79 bytes\n");
  }
  unsetenv("TMPDIR");
}

// However few they are.
TEST_F(RecordTest, ATooLowLimitOfDescriptorsIsToldAsSuch) {
  for (int limit = 5; limit <= 40; ++limit) {
    const std::string number = std::to_string(limit);
    const Outcome outcome =
        Run({"/bin/sh", "-c",
             "ulimit -n " + number + "; exec " SECCOMP_RUN " --record=" + Path("p.json") +
                 " -- /bin/busybox echo started"});
    if (limit >= 3 + 32) {
      EXPECT_EQ(outcome.err.find("open files"), std::string::npos) << outcome.err;
      EXPECT_EQ(outcome.out, "started\n") << limit;
      continue;
    }
    EXPECT_EQ(outcome.exit_code, 125) << limit;
    EXPECT_EQ(outcome.err, "seccomp-run: --record: it needs 32 file descriptors, and " +
                               std::to_string(limit - 3) + " are free: raise the limit of " +
                               number + " (ulimit -n)\n");
  }
}

TEST_F(RecordTest, AFailedLaunchLeavesTheFile) {
  std::ofstream(Path("p.json")) << "old";
  EXPECT_EQ(Record({"/no/such/program"}).exit_code, 127);
  EXPECT_EQ(Record({"/etc/passwd"}).exit_code, 126);
  EXPECT_EQ(Record({"/bin/busybox", "true"}, {"--rootfs=/no/such/root"}).exit_code, 125);
  EXPECT_EQ(Slurp("p.json"), "old");
}

TEST_F(RecordTest, ProfilesAreMerged) {
  const Words listing = {"/bin/ls", "/"};
  const Words sockets = {RECORDED_PROGRAM, "sockets"};
  const Outcome listed = Record(listing);
  fs::rename(Path("p.json"), Path("a.json"));
  const Outcome connected = Record(sockets);
  fs::rename(Path("p.json"), Path("b.json"));
  EXPECT_EQ(Lint({"merge", Path("a.json"), Path("b.json"), "-o", Path("p.json")}).exit_code, 0);
  ExpectGood(listed, listing);
  ExpectGood(connected, sockets);
}

}  // namespace
