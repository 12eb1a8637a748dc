// seccomp-run itself: exit statuses, signals, what the command finds.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "runtime/launch/cgroup.h"
#include "tests/runtime/launch/notify_handler.h"
#include "tests/runtime/run/run_process.h"

namespace {

namespace fs = std::filesystem;
using runtime::launch::Answer;
using runtime::launch::NotifyHandler;
using runtime::run::Outcome;
using runtime::run::RunTest;

constexpr char kBusybox[] = "/bin/busybox";

TEST_F(RunTest, ExitStatus) {
  EXPECT_EQ(Run({Profile(), "--", "true"}).exit_code, 0);
  EXPECT_EQ(Run({Profile(), "--", "sh", "-c", "exit 7"}).exit_code, 7);
  EXPECT_EQ(Run({Profile(), "sh", "-c", "exit 7"}).exit_code, 7);  // no --
  EXPECT_EQ(Run({Profile(), "--", "no-such-command"}).exit_code, 127);
  EXPECT_EQ(Run({Profile(), "--", "/etc/passwd"}).exit_code, 126);
  EXPECT_EQ(Run({Profile()}).exit_code, 125);
  EXPECT_EQ(Run({"--no-such-option", "true"}).exit_code, 125);
}

TEST_F(RunTest, ArgumentsAreTheCommands) {
  EXPECT_EQ(Run({Profile(), "echo", "--profile=x", "--", "-n"}).out, "--profile=x -- -n\n");
  EXPECT_EQ(Run({Profile(), "--", "echo", "--help", ""}).out, "--help \n");
}

TEST_F(RunTest, HelpAndVersion) {
  EXPECT_HAS(Run({"--help"}).out, "usage: seccomp-run");
  EXPECT_TRUE(Run({"--version"}).out.starts_with("seccomp-run "));
}

TEST_F(RunTest, ProfileApplies) {
  const Outcome denied = Run({Profile(), "--", "uname"});
  EXPECT_EQ(denied.exit_code, 1);
  EXPECT_HAS(denied.err, "Operation not permitted");
  EXPECT_EQ(Run({"--unconfined", "--", "uname"}).out, "Linux\n");
  EXPECT_HAS(Run({Profile(), "cat", "/proc/self/status"}).out, "Seccomp:\t2\n");
  EXPECT_HAS(Run({"--unconfined", "cat", "/proc/self/status"}).out, "Seccomp:\t0\n");
}

TEST_F(RunTest, BuiltInProfileIsTheDefault) {
  const Outcome outcome = Run({"--", "cat", "/proc/self/status"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_HAS(outcome.out, "Seccomp:\t2\n");
}

TEST_F(RunTest, EitherCompiler) {
  for (const char* compiler : {"--compiler=direct", "--compiler=libseccomp"}) {
    EXPECT_HAS(Run({compiler, Profile(), "--", "uname"}).err, "Operation not permitted");
  }
  EXPECT_HAS(Run({"--compiler=gcc", "true"}).err, "a compiler is direct or libseccomp");
}

TEST_F(RunTest, InvalidProfile) {
  std::ofstream(folder_ / "bad.json") << "{\n\"defaultAction\": \"SCMP_ACT_DENY\"}";
  const Outcome outcome = Run({"--profile", (folder_ / "bad.json").string(), "--", "true"});
  EXPECT_EQ(outcome.exit_code, 125);
  EXPECT_HAS(outcome.err, "bad.json:2:18: error:");
  EXPECT_EQ(Run({"--profile=/no/such/file", "true"}).exit_code, 125);
}

TEST_F(RunTest, AProvedFilterIsKept) {
  const std::string kept = folder_ / "kept";
  const auto launch = [&] { return Run({"--cache", kept, Profile(), "--", "uname"}); };
  const auto count = [&] {
    return std::distance(fs::directory_iterator(kept), fs::directory_iterator());
  };
  EXPECT_HAS(launch().err, "Operation not permitted");
  ASSERT_EQ(count(), 1);
  const fs::path file = *fs::directory_iterator(kept);
  const auto made = fs::last_write_time(file);
  EXPECT_HAS(launch().err, "Operation not permitted");
  EXPECT_EQ(fs::last_write_time(file), made);
  EXPECT_HAS(Run({"--cache", kept, "--bounding=none", Profile(), "--", "uname"}).err,
             "Operation not permitted");
  EXPECT_EQ(count(), 2);
  // What the profile says now counts.
  std::ofstream(folder_ / "deny.json") << R"({"defaultAction": "SCMP_ACT_ALLOW"})";
  EXPECT_EQ(launch().exit_code, 0);
  std::ofstream(folder_ / "deny.json") << "{";
  EXPECT_EQ(launch().exit_code, 125);
  EXPECT_EQ(count(), 3);
}

TEST_F(RunTest, AFilterThatWasChangedIsMadeAnew) {
  const std::string kept = folder_ / "kept";
  const auto launch = [&] { return Run({"--cache", kept, Profile(), "--", "uname"}).err; };
  EXPECT_HAS(launch(), "Operation not permitted");
  const fs::path file = *fs::directory_iterator(kept);
  fs::resize_file(file, fs::file_size(file) - 8);
  EXPECT_HAS(launch(), "Operation not permitted");
  // A program that allows all.
  std::string bytes = Slurp("kept/" + file.filename().string());
  const std::string allow("\x06\0\0\0\0\0\xff\x7f", 8);
  for (std::size_t at = bytes.size() - 8 * 4; at < bytes.size(); at += 8) {
    bytes.replace(at, 8, allow);
  }
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_HAS(launch(), "Operation not permitted");
  fs::permissions(kept, fs::perms(0770));
  EXPECT_HAS(launch(), "Operation not permitted");
  EXPECT_HAS(Run({"--cache=", Profile(), "--", "uname"}).err, "Operation not permitted");
}

// None of them is waited for, or read without end.
TEST_F(RunTest, AProfileIsAFile) {
  const fs::path path = folder_ / "odd.json";
  const auto refused = [&](const std::string& reason) {
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = Run({"--profile", path.string(), "--", "echo", "launched"});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << reason;
    EXPECT_EQ(outcome.exit_code, 125) << reason;
    EXPECT_EQ(outcome.out, "");
    EXPECT_HAS(outcome.err, reason);
    fs::remove_all(path);
  };
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  refused("is not a regular file");
  fs::create_directory(path);
  refused("is not a regular file");
  fs::create_symlink("/dev/zero", path);
  refused("is not a regular file");
  fs::create_symlink(path, path);
  refused("Too many levels of symbolic links");
  refused("No such file or directory");
  std::ofstream(path).flush();
  fs::resize_file(path, 1U << 30U);  // all zeros, none of them on the disk
  refused("odd.json");
  EXPECT_EQ(Run({"--profile=/dev/stdin", "true"},
                [this] { dup2(open((folder_ / "deny.json").c_str(), O_RDONLY), 0); })
                .exit_code,
            0);
}

TEST_F(RunTest, ContradictingOptions) {
  EXPECT_EQ(Run({Profile(), "--unconfined", "true"}).exit_code, 125);
  EXPECT_HAS(Run({"--isolation=namespaces/pid", "true"}).err, "say --unconfined");
  EXPECT_EQ(Run({"--isolation=linux/seccomp", "--bounding=all", "true"}).exit_code, 125);
  EXPECT_EQ(Run({"--isolation=linux/seccomp", "--rootfs=/", "true"}).exit_code, 125);
  EXPECT_HAS(Run({"--isolation=cgroups/mem", "true"}).err, "not supported by this build");
}

TEST_F(RunTest, DeathBySignal) {
  // Without a pid namespace: process 1 cannot kill itself.
  const std::string isolation = "--isolation=linux/seccomp";
  EXPECT_EQ(Run({Profile(), isolation, "sh", "-c", "kill -KILL $$"}).exit_code, 128 + SIGKILL);
  EXPECT_EQ(Run({Profile(), isolation, "sh", "-c", "kill -TERM $$"}).exit_code, 128 + SIGTERM);
}

TEST_F(RunTest, DeathByTheFilterIsTold) {
  std::ofstream(folder_ / "kill.json") << Denying("SCMP_ACT_KILL_PROCESS");
  for (const char* init : {"--no-init", "--no-init=false"}) {
    const Outcome outcome = Run({"--profile", (folder_ / "kill.json").string(), init, "uname"});
    EXPECT_EQ(outcome.exit_code, 128 + SIGSYS);
    EXPECT_HAS(outcome.err, "the seccomp filter killed");
  }
}

TEST_F(RunTest, Limits) {
  EXPECT_EQ(Run({Profile(), "--rlimit=nofile=50:60,core=0", "sh", "-c",
                 "ulimit -Sn; ulimit -Hn; ulimit -c"})
                .out,
            "50\n60\n0\n");
  EXPECT_HAS(Run({Profile(), "--rlimit=files=5", "true"}).err, "names: as, core,");
  for (const char* bad : {"--memory=x", "--memory=", "--memory=-1", "--memory=20000000000g",
                          "--cpus=0", "--cpus=0.0001", "--cpus=x", "--pids=0", "--pids=1.5"}) {
    const Outcome outcome = Run({Profile(), bad, "true"});
    EXPECT_EQ(outcome.exit_code, 125) << bad;
    EXPECT_HAS(outcome.err, ": not a ") << bad;
  }
  // Where the machine has the controllers they hold; where not, nothing runs without them.
  for (const char* limit : {"--memory=64m", "--cpus=0.5", "--pids=20"}) {
    const Outcome outcome = Run({Profile(), limit, "cat", "/proc/self/cgroup"});
    if (outcome.exit_code == 0) {
      EXPECT_HAS(outcome.out, "seccomp-run-");
    } else {
      EXPECT_EQ(outcome.exit_code, 125);
      EXPECT_EQ(outcome.out, "");
      EXPECT_HAS(outcome.err, "cgroup v2");
    }
  }
}

// In a cgroup of its own nothing outlives the command; without one, what has left its process
// group.
TEST_F(RunTest, NothingLeavesItsCgroup) {
  if (!runtime::launch::Cgroup::Create("run_test-" + std::to_string(getpid()), {})) {
    GTEST_SKIP() << "needs a writable cgroup v2";
  }
  const Outcome outcome =
      Run({Profile(), "--isolation=linux/seccomp,cgroups/all", "sh", "-c",
           "setsid sleep 1000 >/dev/null 2>&1 & echo $!; cat /proc/self/cgroup"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_HAS(outcome.out, "0::/seccomp-run-");
  const pid_t away = std::stoi(outcome.out);
  for (int i = 0; i < 1000 && kill(away, 0) == 0; ++i) {  // killed, but whose is it to be reaped?
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_NE(kill(away, 0), 0);
}

// One of another pid namespace, or of a launcher that was killed.
TEST_F(RunTest, ACgroupOfItsNameIsThere) {
  using runtime::launch::Cgroup;
  if (!Cgroup::Create("run_test-" + std::to_string(getpid()), {})) {
    GTEST_SKIP() << "needs a writable cgroup v2";
  }
  const pid_t pid =
      Start({Profile(), "--isolation=linux/seccomp,cgroups/all", "cat", "/proc/self/cgroup"},
            [] { Cgroup::Create("seccomp-run-" + std::to_string(getpid()), {})->LetGo(); });
  const Outcome outcome = Finish(pid);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string name = "seccomp-run-" + std::to_string(pid);
  EXPECT_HAS(outcome.out, "0::/" + name + "-2\n");
  EXPECT_TRUE(Cgroup::End(name));
}

TEST_F(RunTest, WorkingDirectoryAndHostName) {
  EXPECT_EQ(Run({Profile(), "--workdir=/usr/bin", "--hostname=inside", "sh", "-c",
                 "pwd; cat /proc/sys/kernel/hostname"})
                .out,
            "/usr/bin\ninside\n");
  EXPECT_EQ(Run({Profile(), "--workdir=/no/such/folder", "true"}).exit_code, 125);
  EXPECT_HAS(Run({Profile(), "--isolation=linux/seccomp", "--hostname=x", "true"}).err,
             "needs namespaces/uts");
}

TEST_F(RunTest, SignalsAreForwarded) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    fs::remove(folder_ / "out");
    const pid_t pid = Start({Profile(), "sh", "-c",
                             "trap 'echo caught; exit 9' INT TERM HUP QUIT; echo ready; "
                             "while :; do sleep 0.05; done"});
    AwaitReady();
    kill(pid, signal);
    const Outcome outcome = Finish(pid);
    EXPECT_EQ(outcome.exit_code, 9);
    EXPECT_EQ(outcome.out, "ready\ncaught\n");
  }
}

TEST_F(RunTest, SignalsIgnoredBeforeStayIgnored) {
  std::signal(SIGHUP, SIG_IGN);  // as nohup(1) does
  const pid_t pid = Start({Profile(), "sh", "-c", "echo ready; sleep 0.3; exit 4"});
  std::signal(SIGHUP, SIG_DFL);
  AwaitReady();
  kill(pid, SIGHUP);
  EXPECT_EQ(Finish(pid).exit_code, 4);
}

// The kernel passes process 1 of a namespace no signal that it has no handler for.
TEST_F(RunTest, SignalEndsACommandWithoutAHandler) {
  for (const std::string& isolation :
       {std::string("linux/seccomp,namespaces/pid"), std::string("linux/seccomp")}) {
    for (const char* init : {"--no-init", "--no-init=false"}) {
      fs::remove(folder_ / "out");
      const pid_t pid = Start(
          {Profile(), "--isolation", isolation, init, "sh", "-c", "echo ready; exec sleep 1000"});
      AwaitReady();
      kill(pid, SIGTERM);
      EXPECT_EQ(Finish(pid).exit_code, 128 + SIGTERM);
    }
  }
}

TEST_F(RunTest, IgnoredSignalIsIgnored) {
  const pid_t pid = Start({Profile(), "sh", "-c",
                           "trap '' TERM; echo ready; while ! [ -e " + (folder_ / "go").string() +
                               " ]; do sleep 0.05; done; exit 4"});
  AwaitReady();
  kill(pid, SIGTERM);
  std::ofstream(folder_ / "go") << "";
  EXPECT_EQ(Finish(pid).exit_code, 4);
}

TEST_F(RunTest, CommandDiesWithUs) {
  const pid_t pid =
      Start({Profile(), "--isolation=linux/seccomp", "sh", "-c", "echo ready $$; exec sleep 1000"});
  AwaitReady();
  const pid_t child = std::stoi(Slurp("out").substr(6));
  ASSERT_EQ(kill(child, 0), 0);
  kill(pid, SIGKILL);
  Finish(pid);
  bool gone = false;
  for (int i = 0; i < 1000 && !gone; ++i) {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string number;
    std::string name;
    std::string state;
    gone = !(stat >> number >> name >> state) || state == "Z";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(gone);
}

TEST_F(RunTest, Capabilities) {
  const auto with = [&](const std::string& option) {
    return Run({Profile(), option, "cat", "/proc/self/status"}).out;
  };
  EXPECT_HAS(with("--bounding=docker"), "CapBnd:\t00000000a80425fb\n");
  EXPECT_HAS(with("--no-enosys-horizon"), "CapBnd:\t00000000a80425fb\n");
  EXPECT_HAS(with("--bounding=none"), "CapEff:\t0000000000000000\n");
  EXPECT_HAS(with("--bounding=CAP_KILL+CAP_CHOWN"), "CapEff:\t0000000000000021\n");
  EXPECT_HAS(with("--bounding=all"), "CapBnd:\t");
  EXPECT_EQ(Run({Profile(), "--bounding=CAP_KLIL", "true"}).exit_code, 125);
  EXPECT_EQ(Run({Profile(), "--bounding=docker,arch=arm64", "true"}).exit_code, 125);
}

TEST_F(RunTest, ConditionsGoByTheBoundingSet) {
  std::ofstream(folder_ / "deny.json")
      << Denying("SCMP_ACT_ERRNO", R"(, "includes": {"caps": ["CAP_NET_RAW"]})");
  EXPECT_EQ(Run({Profile(), "uname"}).exit_code, 1);  // of Docker's
  EXPECT_EQ(Run({Profile(), "--bounding=CAP_NET_RAW", "uname"}).exit_code, 1);
  EXPECT_EQ(Run({Profile(), "--bounding=none", "uname"}).exit_code, 0);
}

TEST_F(RunTest, ErrorsDoNothingToATerminal) {
  const std::string name = "/no\x1b[31msuch";
  for (const std::string& option : {"--rootfs=" + name, "--workdir=" + name, "--cpus=" + name}) {
    EXPECT_HAS(Run({Profile(), option, "true"}).err, "/no\\x1b[31msuch") << option;
  }
  EXPECT_HAS(Run({Profile(), name}).err, "/no\\x1b[31msuch");
}

TEST_F(RunTest, User) {
  const auto id = [&](const std::string& user) {
    return Run({Profile(), "--user", user, "sh", "-c", "echo $(id -u) $(id -g) $(id -G)"}).out;
  };
  EXPECT_EQ(id("nobody"), "65534 65534 65534\n");
  EXPECT_EQ(id("65534"), "65534 65534 65534\n");
  EXPECT_EQ(id("12345:54321"), "12345 54321 54321\n");
  EXPECT_EQ(id("nobody:daemon"), "65534 1 1\n");
  for (const std::string& bad :
       {std::string("no-such-user"), std::string("12345"), std::string("4294967295:0"),
        std::string("nobody:no-such-group"), std::string("")}) {
    EXPECT_EQ(Run({Profile(), "--user=" + bad, "true"}).exit_code, 125) << bad;
  }
}

TEST_F(RunTest, Isolation) {
  EXPECT_EQ(Run({Profile(), "sh", "-c", "echo $$"}).out, "2\n");  // init is 1
  EXPECT_EQ(Run({Profile(), "--no-init", "sh", "-c", "echo $$"}).out, "1\n");
  EXPECT_NE(Run({Profile(), "--isolation=linux/seccomp", "sh", "-c", "echo $$"}).out, "1\n");
  EXPECT_HAS(Run({Profile(), "--no-new-privs", "cat", "/proc/self/status"}).out,
             "NoNewPrivs:\t1\n");
  EXPECT_HAS(Run({Profile(), "cat", "/proc/self/status"}).out, "NoNewPrivs:\t0\n");
  const std::string net = "--isolation=linux/seccomp,namespaces/net";
  EXPECT_EQ(Run({Profile(), net, "grep", "-c", ":", "/proc/net/dev"}).out, "1\n");
}

TEST_F(RunTest, Rootfs) {
  if (!fs::exists(kBusybox)) GTEST_SKIP() << "needs " << kBusybox << " (busybox-static)";
  fs::create_directories(folder_ / "rootfs/bin");
  fs::copy_file(kBusybox, folder_ / "rootfs/bin/busybox");
  fs::create_symlink("busybox", folder_ / "rootfs/bin/ls");
  EXPECT_EQ(Run({Profile(), "--rootfs", (folder_ / "rootfs").string(), "/bin/ls", "/"}).out,
            "bin\ndev\nproc\n");
  EXPECT_EQ(Run({Profile(), "--rootfs=/no/such/rootfs", "true"}).exit_code, 125);
}

TEST_F(RunTest, DescriptorsAreNotPassedOn) {
  const Outcome outcome =
      Run({Profile(), "ls", "/proc/self/fd"}, [] { dup2(open("/etc/passwd", O_RDONLY), 7); });
  EXPECT_EQ(outcome.out, "0\n1\n2\n3\n");
}

TEST_F(RunTest, WithoutRoot) {
  const auto become_nobody = [] {
    if (setuid(65534) != 0) _exit(98);
  };
  // The filter with no_new_privs asks for no privilege.
  const Outcome outcome =
      Run({Profile(), "--isolation=linux/seccomp,linux/nnp", "uname"}, become_nobody);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_HAS(outcome.err, "uname: ");
  const Outcome refused = Run({Profile(), "true"}, become_nobody);
  EXPECT_EQ(refused.exit_code, 125);
  EXPECT_HAS(refused.err, "run as root");
}

class ListenerTest : public RunTest {
 protected:
  std::string Asking(const std::string& path) const {
    std::ofstream(folder_ / "ask.json")
        << R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "words", "listenerPath": ")"
        << path << R"(", "syscalls": [{"names": ["uname"], "action": "SCMP_ACT_NOTIFY"}]})";
    return "--profile=" + (folder_ / "ask.json").string();
  }
};

TEST_F(ListenerTest, Answers) {
  const NotifyHandler handler([](const seccomp_notif&) {
    return Answer{Answer::Kind::kReturn, EXDEV};
  });
  const pid_t pid = Start({Asking(handler.path()), "--", "uname"});
  const Outcome outcome = Finish(pid);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_HAS(outcome.err, "Invalid cross-device link");
  const std::string message = handler.Messages().at(0);
  EXPECT_HAS(message, "\"id\":\"seccomp-run-" + std::to_string(pid) + "\"");
  EXPECT_HAS(message, R"("bundle":"/")");
  EXPECT_HAS(message, R"("metadata":"words")");
}

TEST_F(ListenerTest, WithoutRoot) {
  const NotifyHandler handler;
  fs::permissions(handler.path(), fs::perms(0777));
  fs::permissions(fs::path(handler.path()).parent_path(), fs::perms(0755));
  const Outcome outcome =
      Run({Asking(handler.path()), "--isolation=linux/seccomp,linux/nnp", "uname"}, [] {
        if (setuid(65534) != 0) _exit(98);
      });
  EXPECT_EQ(outcome.out, "Linux\n") << outcome.err;
}

TEST_F(ListenerTest, IsNotThere) {
  const Outcome outcome = Run({Asking("/no/such/socket"), "--", "echo", "started"});
  EXPECT_EQ(outcome.exit_code, 125);
  EXPECT_EQ(outcome.out, "");
  EXPECT_HAS(outcome.err,
             "seccomp-run: connect to the seccomp listener /no/such/socket: No such file");
}

TEST_F(ListenerTest, MayBeAskedAboutEveryCall) {
  const NotifyHandler handler;
  std::ofstream(folder_ / "all.json")
      << R"({"defaultAction": "SCMP_ACT_NOTIFY", "syscalls": [], "listenerPath": ")" +
             handler.path() + "\"}";
  const Outcome outcome =
      Run({"--profile=" + (folder_ / "all.json").string(), "--", "sh", "-c", "uname; exit 3"});
  EXPECT_EQ(outcome.out, "Linux\n") << outcome.err;
  EXPECT_EQ(outcome.exit_code, 3);
}

}  // namespace
