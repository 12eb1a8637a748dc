// When the agent starts, and when it refuses to.

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "runtime/agent/service_manager.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
using testing::Test;

class StartTest : public AgentTest {
 protected:
  // Refused on our folder, with these flags besides; nobody can connect, and no socket is left.
  std::string RefusedWith(std::vector<std::string> more, std::function<void()> before_exec = {}) {
    std::vector<std::string> flags = Flags("linux/seccomp");
    flags.insert(flags.end(), more.begin(), more.end());
    const Exit exit = Refused({flags, {}, std::move(before_exec)});
    EXPECT_FALSE(fs::exists(Socket()));
    EXPECT_NE(Client(Socket()).error(), 0);
    return exit.err;
  }
};

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr uid_t kNobody = 65534;

TEST_F(StartTest, ListensOnAUnixSocketForRootAlone) {
  Serve();
  EXPECT_HAS(Err(), "seccomp-agent: listening on unix:" + Socket().string() + "\n");
  struct stat status {};
  ASSERT_EQ(stat(Socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_EQ(stat(Socket().parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_EQ(Call(R"({"type": "GET_HEALTH"})").body,
            R"({"type":"GET_HEALTH","get_health":{"healthy":true}})");
}

// What a client of uid 65534 gets: errno of the connect, or the status of its request.
int AsNobody(const fs::path& socket_path) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    if (setuid(kNobody) != 0) _exit(1);
    Client client(socket_path);
    int result = client.error();
    if (result == 0) {
      client.Send(Request(R"({"type": "GET_HEALTH"})"));
      result = client.Read().status;
    }
    _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
  }
  close(ends[1]);
  int result = -1;
  if (read(ends[0], &result, sizeof(result)) != sizeof(result)) result = -1;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return result;
}

TEST_F(StartTest, OthersCannotConnect) {
  Serve();
  EXPECT_EQ(AsNobody(Socket()), EACCES);
  // Nor if somebody opens the folder and the file: the agent asks the kernel who it is.
  fs::permissions(Socket().parent_path(), fs::perms(0755));
  fs::permissions(Socket(), fs::perms(0666));
  EXPECT_EQ(AsNobody(Socket()), 403);
}

TEST_F(StartTest, NotRoot) {
  const std::string err = RefusedWith({}, [] {
    if (setuid(kNobody) != 0) _exit(98);
  });
  EXPECT_HAS(err, "linux/seccomp needs root");
}

void LoadFilter(std::span<sock_filter> program) {
  const sock_fprog loaded = {static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &loaded) != 0) _exit(98);
}

// Makes the kernel look as one that has no filters: seccomp(2) and prctl(PR_SET_SECCOMP) fail with
// EINVAL.
void HideFilters() {
  std::array program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 3, 0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
      // The low word on a little-endian machine.
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  LoadFilter(program);
}

TEST_F(StartTest, KernelWithoutFilters) {
  EXPECT_HAS(RefusedWith({}, HideFilters), "CONFIG_SECCOMP_FILTER");
}

// As Linux before 5.3, which would refuse each launch.
void HidePidfds() {
  std::array program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  LoadFilter(program);
}

TEST_F(StartTest, KernelWithoutPidfds) {
  EXPECT_HAS(RefusedWith({}, HidePidfds), "needs Linux 5.3, for its pidfds");
}

TEST_F(StartTest, MissingConfigDirFlag) {
  const Exit exit = Refused({{"--work_dir=" + (folder_ / "work").string(),
                              "--runtime_dir=" + (folder_ / "run").string()}});
  EXPECT_HAS(exit.err, "--seccomp_config_dir is missing");
  EXPECT_FALSE(fs::exists(Socket()));
}

TEST_F(StartTest, ConfigDirThatIsNone) {
  const std::string run = "--runtime_dir=" + (folder_ / "run").string();
  EXPECT_HAS(Refused({{"--seccomp_config_dir=/nonexistent", run}}).err, "No such file");
  EXPECT_HAS(Refused({{"--seccomp_config_dir=/etc/passwd", run}}).err, "not a directory");
}

TEST_F(StartTest, DefaultProfileIsAbsent) {
  EXPECT_HAS(RefusedWith({"--seccomp_profile_name=absent.json"}), "absent.json");
}

TEST_F(StartTest, DefaultProfileIsInvalid) {
  WriteProfile("bad.json", "{\n  \"defaultAction\": \"SCMP_ACT_DENY\"\n}\n");
  const std::string err = RefusedWith({"--seccomp_profile_name=bad.json"});
  EXPECT_HAS(err, "bad.json:2:20: error: ");
  EXPECT_HAS(err, "SL104");
  EXPECT_FALSE(err.ends_with("\n\n"));
}

// Ambiguous for a container without CAP_CHOWN alone, which is none of the default's.
TEST_F(StartTest, DefaultProfileIsCheckedForEverySetThatATaskMayAskFor) {
  std::string profile = Denying(R"("uname")");
  profile.insert(profile.rfind(']'), R"(, {"names": ["uname"], "action": "SCMP_ACT_LOG",
      "excludes": {"caps": ["CAP_CHOWN"]}})");
  WriteProfile("default.json", profile);
  std::vector<std::string> flags = Flags("linux/seccomp,linux/capabilities");
  flags.emplace_back("--seccomp_profile_name=default.json");
  EXPECT_HAS(Refused({flags}).err, "caps=none");
  Serve();  // without linux/capabilities, no task asks for another set
}

TEST_F(StartTest, DefaultProfileOutsideTheDirectory) {
  std::ofstream(folder_ / "outside.json") << Denying(R"("uname")");
  fs::create_symlink(folder_ / "outside.json", folder_ / "profiles/link.json");
  RefusedWith({"--seccomp_profile_name=../outside.json"});
  RefusedWith({"--seccomp_profile_name=" + (folder_ / "outside.json").string()});
  EXPECT_HAS(RefusedWith({"--seccomp_profile_name=link.json"}), "leads out of the directory");
}

TEST_F(StartTest, BadFlags) {
  EXPECT_HAS(RefusedWith({"--isolatoin=linux/seccomp"}), "did you mean \"isolation\"?");
  EXPECT_HAS(RefusedWith({"--ip=0.0.0.0"}), "TLS");
  EXPECT_HAS(Refused({{"--isolation=linux/seccomp,cgroups/cpu"}}).err,
             "not supported by this build");
  EXPECT_HAS(Refused({{"--isolation=linux/secomp"}}).err, "known: linux/seccomp, filesystem/linux");
}

TEST_F(StartTest, CheckDoesNotListen) {
  std::vector<std::string> flags = Flags("linux/seccomp");
  flags.insert(flags.end(), {"--check", "--seccomp_profile_name=default.json"});
  agent_ = fork();
  if (agent_ == 0) {
    std::vector<char*> argv = {const_cast<char*>(SECCOMP_AGENT)};
    for (std::string& flag : flags) argv.push_back(flag.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(99);
  }
  const Exit exit = Join();
  EXPECT_EQ(exit.status, 0);
  EXPECT_FALSE(fs::exists(folder_ / "run"));
  EXPECT_FALSE(fs::exists(folder_ / "work"));
  const auto checked = [this](const std::string& work_dir, const std::string& runtime_dir) {
    return Refused({{"--check", "--isolation=namespaces/pid", "--work_dir=" + work_dir,
                     "--runtime_dir=" + runtime_dir}})
        .err;
  };
  EXPECT_HAS(checked("/dev/null/x", folder_ / "run"), "Not a directory");
  EXPECT_HAS(checked("/etc/passwd", folder_ / "run"), "is not a directory");
  EXPECT_HAS(checked(folder_ / "work", "/tmp"), "others may write to it");
  EXPECT_HAS(checked(folder_ / "work", folder_ / "no/run"), "No such file");
  WriteProfile("default.json", "{}");
  flags.erase(flags.end() - 2, flags.end());
  RefusedWith({"--check", "--seccomp_profile_name=default.json"});
}

TEST_F(StartTest, SecondAgentRefuses) {
  Serve();
  const pid_t first = agent_;
  const Exit exit = Refused({Flags("linux/seccomp")});
  agent_ = first;
  EXPECT_HAS(exit.err, "another seccomp-agent is running");
  EXPECT_EQ(Call(R"({"type": "GET_HEALTH"})").status, 200);
}

TEST_F(StartTest, StaleSocketIsReplaced) {
  Serve();
  kill(agent_, SIGKILL);
  Join();
  ASSERT_TRUE(fs::exists(Socket()));
  Serve();
  EXPECT_EQ(Call(R"({"type": "GET_HEALTH"})").status, 200);
}

int BoundSocket(int type, const std::string& path) {
  const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  return fd;
}

TEST_F(StartTest, AnotherListenerIsNotReplaced) {
  fs::create_directory(folder_ / "run");
  fs::permissions(folder_ / "run", fs::perms(0700));
  const int other = BoundSocket(SOCK_STREAM, Socket());
  ASSERT_EQ(listen(other, 1), 0);
  const Exit exit = Refused({Flags("linux/seccomp")});
  EXPECT_HAS(exit.err, "another program is listening");
  EXPECT_TRUE(fs::exists(Socket()));
  close(other);
}

TEST_F(StartTest, RuntimeDirThatOthersMayWriteTo) {
  fs::create_directory(folder_ / "run");
  fs::permissions(folder_ / "run", fs::perms(0777));
  EXPECT_HAS(RefusedWith({}), "others may write to it");
}

// They could have it make and remove folders anywhere.
TEST_F(StartTest, WorkDirThatOthersMayWriteTo) {
  const fs::path work = folder_ / "work";
  fs::create_directory(work);
  fs::permissions(work, fs::perms(0777));
  EXPECT_HAS(RefusedWith({}), "others may write to it");
  EXPECT_HAS(RefusedWith({"--check"}), "others may write to it");
  fs::permissions(work, fs::perms(01777));
  fs::create_directory_symlink(folder_, work / "containers");
  ASSERT_EQ(lchown((work / "containers").c_str(), 65534, 65534), 0);
  EXPECT_HAS(RefusedWith({}), "others may write to it");
  fs::permissions(work, fs::perms(0755));
  ASSERT_EQ(chown(work.c_str(), 65534, 65534), 0);
  EXPECT_HAS(RefusedWith({}), "others may write to it");
}

TEST_F(StartTest, TellsTheServiceManager) {
  for (const std::string& address :
       {(folder_ / "notify").string(), "@" + folder_.string() + "/notify"}) {
    const int receiver = BoundSocket(SOCK_DGRAM, address);
    setenv("NOTIFY_SOCKET", address.c_str(), 1);
    Serve();
    unsetenv("NOTIFY_SOCKET");
    const auto message = [&] {
      std::array<char, 256> text = {};
      EXPECT_GT(recv(receiver, text.data(), text.size() - 1, 0), 0);
      return std::string(text.data());
    };
    EXPECT_EQ(message(), "READY=1");
    EXPECT_EQ(message(), "STATUS=listening on unix:" + Socket().string());
    kill(agent_, SIGTERM);
    EXPECT_EQ(Join().status, 0);
    EXPECT_EQ(message(), "STOPPING=1");
    EXPECT_EQ(message(), "STATUS=ending the containers");
    close(receiver);
  }
}

TEST_F(StartTest, KeepsTheWatchdogAwake) {
  const std::string address = "@" + folder_.string() + "/watchdog";
  const int receiver = BoundSocket(SOCK_DGRAM, address);
  setenv("NOTIFY_SOCKET", address.c_str(), 1);
  setenv("WATCHDOG_USEC", "40000", 1);
  Serve();
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  ASSERT_EQ(Launch("a", "sleep 1000").status, 200);
  int kept = 0;
  std::string last;
  while (kept < 5 || last.find("running: 1") == std::string::npos) {
    std::array<char, 256> text = {};
    ASSERT_GT(recv(receiver, text.data(), text.size() - 1, 0), 0);
    last = text.data();
    if (last.starts_with("WATCHDOG=1\nSTATUS=containers running: ")) ++kept;
  }
  close(receiver);
}

TEST(WatchdogTest, Interval) {
  using std::chrono::microseconds;
  EXPECT_EQ(WatchdogInterval("30000000", "", 5), microseconds(15000000));
  EXPECT_EQ(WatchdogInterval("30000000", "5", 5), microseconds(15000000));
  EXPECT_EQ(WatchdogInterval("30000000", "6", 5), microseconds(0));  // another process is watched
  for (const char* none : {"", "0", "-1", "x", "5x"}) {
    EXPECT_EQ(WatchdogInterval(none, "", 5), microseconds(0)) << none;
  }
}

TEST_F(StartTest, TakesFlagsFromTheEnvironment) {
  const Exit exit = Refused({{"--runtime_dir=" + (folder_ / "run").string()},
                             {"MESOS_SECCOMP_CONFIG_DIR=" + (folder_ / "profiles").string(),
                              "MESOS_SECCOMP_PROFILE_NAME=absent.json", "MESOS_NO_SUCH_FLAG=1"}});
  EXPECT_HAS(exit.err, "absent.json");
}

TEST_F(StartTest, ListensOnLoopback) {
  Serve("linux/seccomp", {"--ip=127.0.0.1", "--port=0", "--master=10.0.0.1:5050"});
  EXPECT_HAS(Err(), "warning: any local user can connect");
  EXPECT_HAS(Err(), "warning: --master=10.0.0.1:5050 is ignored");
  const std::string prefix = "listening on http://127.0.0.1:";
  const int port = std::stoi(Err().substr(Err().find(prefix) + prefix.size()));
  Client client(port);
  const std::string body = R"({"type": "GET_HEALTH"})";
  client.Send(Request(body));
  EXPECT_EQ(client.Read().status, 200);
  client.Send(Request(body, "Content-Type: application/json\r\nOrigin: http://evil\r\n"));
  EXPECT_EQ(client.Read().status, 403);
  EXPECT_FALSE(fs::exists(Socket()));
}

TEST_F(StartTest, StopKillsItsContainersAndAnswersTheWaiting) {
  Serve();
  ASSERT_EQ(Launch("a", "sleep 1000").status, 200);
  Client waiting(Socket());
  waiting.Send(
      Request(R"({"type": "WAIT_CONTAINER", "wait_container": {"container_id": {"value": "a"}}})"));
  const auto children = ChildrenOf(agent_);
  ASSERT_EQ(children.size(), 1U);
  // Nothing tells from outside when that request has been read.
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(agent_, SIGTERM);
  EXPECT_EQ(Join().status, 0);
  EXPECT_HAS(waiting.Read().body, "TASK_KILLED");
  EXPECT_FALSE(fs::exists(Socket()));
  EXPECT_NE(kill(children[0], 0), 0);
}

// Launches whose profiles are being checked, or wait for a worker to check them, when TERM comes
// get 503 at once, and the agent does not wait for the checks.
TEST_F(StartTest, AStopDoesNotWaitForAFullQueueOfChecks) {
  // Tenths of a second a check, and more of them than there are workers.
  std::string rules;
  for (int i = 0; i < 80; ++i) {
    rules += std::string(rules.empty() ? "" : ",") + R"({"names": ["mmap"], "action":
        "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": )" +
             std::to_string(3 * i + 1) + R"(, "op": "SCMP_CMP_GT"}, {"index": 1, "value": )" +
             std::to_string(5 * i + 1) + R"(, "op": "SCMP_CMP_LT"}, {"index": 2, "value": )" +
             std::to_string(7 * i + 1) + R"(, "op": "SCMP_CMP_NE"}]})";
  }
  const std::string text = R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [)" + rules + "]}";
  Serve();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) {
    const std::string id = std::to_string(i);
    WriteProfile(id + ".json", text + std::string(static_cast<std::size_t>(i), ' '));
    clients.push_back(std::make_unique<Client>(Socket()));
    clients.back()->Send(
        Request(R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": ")" +
                id + R"("}, "command": {"value": "sleep 1000"}, "container": )" +
                WithSeccomp(R"({"profile_name": ")" + id + R"(.json"})") + "}}"));
  }
  // Until all of them are read: the last one's connection is answered in order.
  EXPECT_EQ(Call(R"({"type": "GET_HEALTH"})").status, 200);
  const auto start = std::chrono::steady_clock::now();
  kill(agent_, SIGTERM);
  EXPECT_EQ(Join().status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  int refused = 0;
  for (const auto& client : clients) {
    const Reply reply = client->Read();
    if (reply.status != 503) continue;
    ++refused;
    EXPECT_EQ(reply.body, "the agent is stopping\n");
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace runtime::agent
