// Containers by the API: what runs in them, under which filter, and what becomes of them.

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

constexpr char kBusybox[] = "/bin/busybox";

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

class ContainersTest : public AgentTest {
 protected:
  // The launch is refused with 400, and nothing is left of it.
  std::string Refused400(const std::string& container, const std::string& command = "true") {
    const Reply reply = Launch("refused", command, container);
    EXPECT_EQ(reply.status, 400) << reply.body;
    EXPECT_EQ(ContainerCount(), 0U);
    EXPECT_FALSE(fs::exists(Sandbox("refused")));
    EXPECT_TRUE(ChildrenOf(agent_).empty());
    EXPECT_EQ(CallFor("WAIT_CONTAINER", "refused").status, 404);
    return reply.body;
  }
};

constexpr char kUname[] = "uname || echo denied";

TEST_F(ContainersTest, DefaultProfileApplies) {
  Serve();
  EXPECT_HAS(Run("a", kUname), "Operation not permitted\n");
  EXPECT_HAS(Run("b", "cat /proc/self/status"), "Seccomp:\t2\n");
}

TEST_F(ContainersTest, UnconfinedIsNotFiltered) {
  Serve();
  EXPECT_EQ(Run("a", kUname, WithSeccomp(R"({"unconfined": true})")), "Linux\n");
  EXPECT_HAS(Run("b", "cat /proc/self/status", WithSeccomp(R"({"unconfined": true})")),
             "Seccomp:\t0\n");
}

TEST_F(ContainersTest, WithoutADefaultATaskMustSayWhatItWants) {
  Serve("linux/seccomp", {});
  EXPECT_HAS(Refused400(""), "names no profile");
  EXPECT_EQ(Run("a", kUname, WithSeccomp(R"({"unconfined": true})")), "Linux\n");
}

TEST_F(ContainersTest, TaskOverridesTheDefault) {
  WriteProfile("team/other.json", Denying(R"("sethostname")"));
  Serve();
  const std::string container = WithSeccomp(R"({"profile_name": "team/other.json"})");
  EXPECT_EQ(Run("a", kUname, container), "Linux\n");
  EXPECT_HAS(Run("b", "hostname other", container), "hostname: ");
}

TEST_F(ContainersTest, ProfileIsReadAtEveryLaunch) {
  Serve();
  WriteProfile("default.json", Denying(R"("sethostname")"));
  EXPECT_EQ(Run("a", kUname), "Linux\n");
  ASSERT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  WriteProfile("default.json", "{");
  EXPECT_HAS(Refused400(""), "SL001");
}

TEST_F(ContainersTest, BadSeccompRequests) {
  Serve();
  WriteProfile("bad.json", R"({"defaultAction": "SCMP_ACT_DENY"})");
  std::ofstream(folder_ / "outside.json") << Denying(R"("uname")");
  fs::create_symlink(folder_ / "outside.json", folder_ / "profiles/link.json");
  EXPECT_HAS(Refused400(WithSeccomp(R"({"profile_name": "absent.json"})")), "absent.json");
  EXPECT_HAS(Refused400(WithSeccomp(R"({"profile_name": "bad.json"})")), "bad.json:1:19: error:");
  Refused400(WithSeccomp(R"({"profile_name": "default.json", "unconfined": true})"));
  EXPECT_HAS(Refused400(WithLinuxInfo(R"({"Seccomp": {"profile_name": "default.json"}})")),
             "did you mean \"seccomp\"?");
  EXPECT_HAS(Refused400(R"({"seccomp": {"unconfined": true}})"), "container.linux_info");
  EXPECT_HAS(Refused400(R"({"linux_inf": {}})"), "did you mean \"linux_info\"?");
  EXPECT_HAS(Refused400(R"({"user": "nobody"})"), "it belongs into command");
  Refused400(WithSeccomp(R"({"unconfined": false})"));
  Refused400(WithSeccomp("{}"));
  Refused400(WithSeccomp("null"));
  Refused400(WithSeccomp(R"({"unconfined": "true"})"));
  Refused400(WithSeccomp(R"({"unconfined": true, "unconfined": true})"));
  EXPECT_HAS(Refused400(WithSeccomp(R"({"unconfinde": true})")), "did you mean \"unconfined\"?");
  Refused400(WithSeccomp(R"({"profile_name": ""})"));
  Refused400(WithSeccomp(R"({"profile_name": ")" + (folder_ / "outside.json").string() + "\"}"));
  Refused400(WithSeccomp(R"({"profile_name": "../outside.json"})"));
  Refused400(WithSeccomp(R"({"profile_name": "link.json"})"));
}

TEST_F(ContainersTest, SeccompWithoutTheIsolator) {
  Serve("namespaces/pid", {});
  Refused400(WithSeccomp(R"({"unconfined": true})"));
  EXPECT_EQ(Run("a", kUname), "Linux\n");
}

// A rule's conditions hold for the container's own bounding set, not for the agent's.
TEST_F(ContainersTest, ConditionsGoByTheBoundingSet) {
  for (const std::string condition : {"includes", "excludes"}) {
    const std::string profile = Denying(R"("uname")", "SCMP_ACT_ERRNO",
                                        ", \"" + condition + R"(": {"caps": ["CAP_NET_RAW"]})");
    WriteProfile(condition + ".json", profile);
  }
  Serve("linux/seccomp,linux/capabilities");
  int number = 0;
  const auto is_denied = [&](const std::string& condition, const std::string& capabilities) {
    const std::string output =
        Run("c" + std::to_string(number++), kUname,
            WithLinuxInfo(R"({"seccomp": {"profile_name": ")" + condition +
                          R"(.json"}, "bounding_capabilities": {"capabilities": [)" + capabilities +
                          "]}}"));
    EXPECT_TRUE(output == "Linux\n" || output.find("denied") != std::string::npos) << output;
    return output != "Linux\n";
  };
  EXPECT_TRUE(is_denied("includes", R"("NET_RAW")"));
  EXPECT_TRUE(is_denied("includes", R"("CAP_KILL", "CAP_NET_RAW")"));
  EXPECT_FALSE(is_denied("includes", R"("KILL")"));
  EXPECT_FALSE(is_denied("includes", ""));
  EXPECT_FALSE(is_denied("excludes", R"("NET_RAW")"));
  EXPECT_TRUE(is_denied("excludes", R"("KILL")"));
  // Docker's 14 where the task does not say.
  const std::string profile = R"({"profile_name": "includes.json"})";
  EXPECT_HAS(Run("docker", kUname, WithSeccomp(profile)), "denied");
}

TEST_F(ContainersTest, Capabilities) {
  Serve("linux/seccomp,linux/capabilities");
  const std::string status = "cat /proc/self/status";
  EXPECT_HAS(Run("docker", status), "CapBnd:\t00000000a80425fb\n");
  const std::string none = R"({"bounding_capabilities": {"capabilities": []}})";
  EXPECT_HAS(Run("none", status, WithLinuxInfo(none)), "CapEff:\t0000000000000000\n");
  // CAP_KILL is 5. The effective set alone is the bounding set, too.
  const std::string kill = R"({"effective_capabilities": {"capabilities": ["KILL"]}})";
  const std::string output = Run("kill", status, WithLinuxInfo(kill));
  EXPECT_HAS(output, "CapEff:\t0000000000000020\n");
  EXPECT_HAS(output, "CapBnd:\t0000000000000020\n");
}

TEST_F(ContainersTest, CapabilitiesOfAUser) {
  Serve("linux/seccomp,linux/capabilities");
  const auto run = [&](const std::string& id, const std::string& linux_info) {
    EXPECT_EQ(Call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {
                        "container_id": {"value": ")" +
                   id + R"("},
                        "command": {"value": "cat /proc/self/status", "user": "nobody"},
                        "container": )" +
                   WithLinuxInfo(linux_info) + "}}")
                  .status,
              200);
    Wait(id);
    return Output(id);
  };
  // Those that it asks for are in force at once; those of the bounding set need not be.
  const std::string output =
      run("a", R"({"bounding_capabilities": {"capabilities": ["KILL", "CHOWN"]},
                                          "effective_capabilities": {"capabilities": ["KILL"]}})");
  EXPECT_HAS(output, "CapEff:\t0000000000000020\n");
  EXPECT_HAS(output, "CapBnd:\t0000000000000021\n");
  EXPECT_HAS(run("b", "{}"), "CapEff:\t0000000000000000\n");
}

TEST_F(ContainersTest, BadCapabilities) {
  Serve("linux/seccomp,linux/capabilities");
  EXPECT_HAS(
      Refused400(WithLinuxInfo(R"({"bounding_capabilities": {"capabilities": ["NET_ROW"]}})")),
      "did you mean \"CAP_NET_RAW\"?");
  EXPECT_HAS(Refused400(WithLinuxInfo(R"({"bounding_capabilities": {"capabilities": ["KILL"]},
                            "effective_capabilities": {"capabilities": ["CHOWN"]}})")),
             "exceed");
  // Root would hold all of the bounding set.
  Refused400(WithLinuxInfo(R"({"bounding_capabilities": {"capabilities": ["KILL", "CHOWN"]},
                               "effective_capabilities": {"capabilities": ["KILL"]}})"));
}

TEST_F(ContainersTest, CapabilitiesWithoutTheIsolator) {
  Serve();
  Refused400(WithLinuxInfo(R"({"bounding_capabilities": {"capabilities": ["KILL"]}})"));
}

std::string LaunchAs(const std::string& id, const std::string& command) {
  return R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": ")" + id +
         R"("}, "command": )" + command + "}}";
}

TEST_F(ContainersTest, CommandWithoutAShell) {
  Serve();
  ASSERT_EQ(Call(LaunchAs("a", R"({"shell": false, "value": "/bin/cat",
                                   "arguments": ["renamed", "/proc/self/cmdline"]})"))
                .status,
            200);
  Wait("a");
  EXPECT_EQ(Output("a"), std::string("renamed\0/proc/self/cmdline\0", 27));
  ASSERT_EQ(Call(LaunchAs("b", R"({"shell": false, "value": "true"})")).status, 200);
  EXPECT_EQ(Wait("b").at("exit_status").as_int64(), 0);
  const Reply missing = Call(LaunchAs("c", R"({"shell": false, "value": "/no/such/program"})"));
  EXPECT_EQ(missing.status, 400);
  EXPECT_HAS(missing.body, "/no/such/program");
  EXPECT_FALSE(fs::exists(Sandbox("c")));
  EXPECT_EQ(ContainerCount(), 2U);
  EXPECT_TRUE(ChildrenOf(agent_).empty());
}

TEST_F(ContainersTest, EnvironmentAndUser) {
  setenv("SECRET_OF_THE_AGENT", "1", 1);
  Serve();
  ASSERT_EQ(Call(LaunchAs("a", R"({"value": "id -u; pwd; echo > file && env", "user": "nobody",
                "environment": {"variables": [{"name": "A", "value": "x=1 2"}]}})"))
                .status,
            200);
  Wait("a");
  const std::string output = Output("a");
  EXPECT_TRUE(output.starts_with("65534\n" + Sandbox("a").string() + "\n")) << output;
  EXPECT_HAS(output, "\nA=x=1 2\n");
  EXPECT_HAS(output, "MESOS_SANDBOX=" + Sandbox("a").string() + "\n");
  EXPECT_EQ(output.find("SECRET_OF_THE_AGENT"), std::string::npos);
  EXPECT_HAS(Call(LaunchAs("b", R"({"value": "id", "user": "no-such-user"})")).body,
             "no-such-user");
}

TEST_F(ContainersTest, NoDescriptorOfTheAgentReachesIt) {
  Serve();
  const std::string output = Run("a", "ls -l /proc/self/fd");
  // 0, 1, 2 and the one that ls has open.
  EXPECT_HAS(output, " 0 -> /dev/null\n");
  EXPECT_HAS(output, " 1 -> " + (Sandbox("a") / "stdout").string());
  EXPECT_HAS(output, " 2 -> " + (Sandbox("a") / "stderr").string());
  EXPECT_EQ(output.find(" 4 -> "), std::string::npos) << output;
  EXPECT_EQ(output.find("socket:"), std::string::npos) << output;
}

TEST_F(ContainersTest, Namespaces) {
  Serve("linux/seccomp,namespaces/pid,namespaces/uts,namespaces/ipc,namespaces/net,linux/nnp");
  EXPECT_EQ(Run("a", "echo $$; readlink /proc/self; tr '\\0' . < /proc/1/comm"),
            "2\n3\nseccomp-init\n");
  // As process 1 it would get none of its own signals.
  ASSERT_EQ(Launch("e", "kill -TERM $$; exit 3").status, 200);
  EXPECT_EQ(Wait("e").at("exit_status").as_int64(), SIGTERM);
  EXPECT_HAS(Run("b", "cat /proc/self/status"), "NoNewPrivs:\t1\n");
  EXPECT_EQ(Run("c", "grep -c : /proc/net/dev"), "1\n");
  EXPECT_NE(Run("d", "echo $$", WithLinuxInfo(R"({"share_pid_namespace": true})")), "1\n");
}

TEST_F(ContainersTest, RootFilesystem) {
  if (!fs::exists(kBusybox)) GTEST_SKIP() << "needs " << kBusybox << " (busybox-static)";
  const fs::path rootfs = folder_ / "rootfs";
  fs::create_directories(rootfs / "bin");
  fs::copy_file(kBusybox, rootfs / "bin/busybox");
  for (const char* name : {"sh", "ls", "pwd"}) {
    fs::create_symlink("busybox", rootfs / "bin" / name);
  }
  Serve("linux/seccomp,filesystem/linux,namespaces/pid");
  const std::string volume = R"({"container_path": "/", "mode": "RW", "host_path": ")";
  EXPECT_EQ(Run("a", "pwd; ls /", R"({"volumes": [)" + volume + rootfs.string() + "\"}]}"),
            "/\nbin\ndev\nproc\n");
  const std::vector<std::string> bad = {
      R"({"volumes": [)" + volume + "/no/such/rootfs\"}]}",
      R"({"volumes": [)" + volume + "relative\"}]}",
      R"({"volumes": [{"container_path": "/data", "mode": "RW", "host_path": "/tmp"}]})",
      R"({"volumes": [{"container_path": "/", "mode": "RO", "host_path": "/tmp"}]})",
      R"({"type": "MESOS", "mesos": {"image": {"type": "DOCKER"}}})",
      R"({"type": "DOCKER"})",
  };
  for (const std::string& container : bad) {
    EXPECT_EQ(Launch("b", "true", container).status, 400) << container;
  }
  EXPECT_EQ(ContainerCount(), 1U);
}

TEST_F(ContainersTest, RootFilesystemWithoutTheIsolator) {
  Serve();
  EXPECT_HAS(Refused400(R"({"volumes": [{"container_path": "/", "mode": "RW",
                            "host_path": "/tmp"}]})"),
             "filesystem/linux");
}

TEST_F(ContainersTest, ExitStatus) {
  Serve();
  ASSERT_EQ(Launch("a", "exit 3").status, 200);
  const auto ended = Wait("a");
  EXPECT_EQ(ended.at("exit_status").as_int64(), 3 << 8);
  EXPECT_EQ(ended.at("state").as_string(), "TASK_FAILED");
  ASSERT_EQ(Launch("b", "true").status, 200);
  EXPECT_EQ(Wait("b").at("state").as_string(), "TASK_FINISHED");
  EXPECT_EQ(Wait("b").at("exit_status").as_int64(), 0);  // also later, and again
  EXPECT_EQ(CallFor("WAIT_CONTAINER", "c").status, 404);
}

TEST_F(ContainersTest, DeathByTheFilterIsTold) {
  WriteProfile("killing.json", Denying(R"("uname")", "SCMP_ACT_KILL_PROCESS"));
  Serve();
  ASSERT_EQ(Launch("a", "exec uname", WithSeccomp(R"({"profile_name": "killing.json"})")).status,
            200);
  const auto ended = Wait("a");
  const auto status = static_cast<int>(ended.at("exit_status").as_int64());
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
  EXPECT_EQ(ended.at("state").as_string(), "TASK_FAILED");
  EXPECT_HAS(std::string(ended.at("message").as_string()), "the seccomp filter killed");
}

TEST_F(ContainersTest, FilterThatKillsExecve) {
  WriteProfile("killing.json", Denying(R"("execve")", "SCMP_ACT_KILL_PROCESS"));
  Serve();
  EXPECT_HAS(Refused400(WithSeccomp(R"({"profile_name": "killing.json"})")), "execve");
}

TEST_F(ContainersTest, Kill) {
  Serve();
  // The shell is the leader; the sleep is of its process group, and must not stay behind.
  ASSERT_EQ(Launch("a", "sleep 1000 & echo $! > child; wait").status, 200);
  ASSERT_TRUE(Eventually([&] { return fs::exists(Sandbox("a") / "child"); }));
  pid_t child = 0;
  ASSERT_TRUE(Eventually([&] { return !!(std::ifstream(Sandbox("a") / "child") >> child); }));
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  const auto ended = Wait("a");
  EXPECT_EQ(ended.at("exit_status").as_int64(), SIGKILL);
  EXPECT_EQ(ended.at("state").as_string(), "TASK_KILLED");
  EXPECT_TRUE(Eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string pid;
    std::string name;
    std::string state;
    return !(stat >> pid >> name >> state) || state == "Z";
  }));
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 404);  // as Mesos, once it has ended
  EXPECT_EQ(CallFor("KILL_CONTAINER", "b").status, 404);
}

TEST_F(ContainersTest, KillWithASignal) {
  Serve();
  ASSERT_EQ(Launch("a", "trap 'echo caught; exit 0' USR1; echo ready; while :; do sleep 0.1; done")
                .status,
            200);
  ASSERT_TRUE(Eventually([&] { return Output("a") == "ready\n"; }));
  const auto kill_with = [&](const std::string& signal) {
    return Call(R"({"type": "KILL_CONTAINER", "kill_container": {"container_id": {"value": "a"},
                    "signal": )" +
                signal + "}}");
  };
  EXPECT_EQ(kill_with("0").status, 400);
  EXPECT_EQ(kill_with("65").status, 400);
  EXPECT_EQ(kill_with("-9").status, 400);
  EXPECT_EQ(kill_with("\"KILL\"").status, 400);
  EXPECT_EQ(kill_with(std::to_string(SIGUSR1)).status, 200);
  EXPECT_EQ(Wait("a").at("state").as_string(), "TASK_FINISHED");
  EXPECT_EQ(Output("a"), "ready\ncaught\n");
}

TEST_F(ContainersTest, KillInAPidNamespaceKillsAll) {
  Serve("linux/seccomp,namespaces/pid");
  ASSERT_EQ(Launch("a", "setsid sleep 1000 & wait").status, 200);
  const auto children = ChildrenOf(agent_);
  ASSERT_EQ(children.size(), 1U);
  ASSERT_TRUE(Eventually([&] { return !ChildrenOf(children[0]).empty(); }));
  const auto grandchildren = ChildrenOf(children[0]);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  Wait("a");
  for (const pid_t pid : grandchildren) EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(ContainersTest, Remove) {
  Serve();
  ASSERT_EQ(Launch("a", "sleep 1000").status, 200);
  // 500 is Mesos'.
  EXPECT_HAS(CallFor("REMOVE_CONTAINER", "a").body, "has not terminated yet");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 500);
  CallFor("KILL_CONTAINER", "a");
  Wait("a");
  EXPECT_EQ(Launch("a", "true").status, 202);  // still known
  ASSERT_TRUE(fs::exists(Sandbox("a")));
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  EXPECT_FALSE(fs::exists(Sandbox("a")));
  EXPECT_EQ(ContainerCount(), 0U);
  EXPECT_EQ(CallFor("WAIT_CONTAINER", "a").status, 404);
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 500);
  EXPECT_EQ(Launch("a", "true").status, 200);  // free again
}

TEST_F(ContainersTest, RemovalFollowsNoLink) {
  Serve();
  fs::create_directory(folder_ / "precious");
  std::ofstream(folder_ / "precious/file") << "x";
  Run("a", "ln -s " + (folder_ / "precious").string() + " link");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  EXPECT_TRUE(fs::exists(folder_ / "precious/file"));
}

TEST_F(ContainersTest, SandboxOfAnEarlierAgent) {
  fs::create_directories(Sandbox("a"));
  Serve();
  EXPECT_HAS(Launch("a", "true").body, "REMOVE_CONTAINER it first");
  EXPECT_TRUE(fs::exists(Sandbox("a")));
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  EXPECT_EQ(Launch("a", "true").status, 200);
}

TEST_F(ContainersTest, GetContainers) {
  Serve();
  ASSERT_EQ(Launch("a", "sleep 1000").status, 200);
  ASSERT_EQ(Launch("b", "true", WithSeccomp(R"({"unconfined": true})")).status, 200);
  Wait("b");
  const auto list = boost::json::parse(Call(R"({"type": "GET_CONTAINERS"})").body)
                        .at("get_containers")
                        .at("containers");
  ASSERT_EQ(list.as_array().size(), 2U);
  const auto& a = list.at(0);
  EXPECT_EQ(a.at("container_id").at("value").as_string(), "a");
  EXPECT_EQ(a.at("container_status").at("executor_pid").as_int64(),
            ChildrenOf(ChildrenOf(agent_).at(0)).at(0));  // in between is its monitor
  EXPECT_TRUE(a.at("running").as_bool());
  EXPECT_EQ(a.at("seccomp").at("profile_name").as_string(), "default.json");
  const auto& b = list.at(1);
  EXPECT_FALSE(b.at("running").as_bool());
  EXPECT_TRUE(b.at("seccomp").at("unconfined").as_bool());
  EXPECT_EQ(
      Call(R"({"type": "GET_CONTAINERS", "get_containers": {"show_standalone": false}})").body,
      R"({"type":"GET_CONTAINERS","get_containers":{"containers":[]}})");
}

TEST_F(ContainersTest, SeveralWait) {
  Serve();
  ASSERT_EQ(Launch("a", "while ! [ -e go ]; do sleep 0.05; done; exit 5").status, 200);
  std::vector<std::thread> threads;
  std::array<std::int64_t, 4> statuses = {};
  for (std::int64_t& status : statuses) {
    threads.emplace_back([&] { status = Wait("a").at("exit_status").as_int64(); });
  }
  std::ofstream(Sandbox("a") / "go") << "";
  for (std::thread& thread : threads) thread.join();
  for (const std::int64_t status : statuses) EXPECT_EQ(status, 5 << 8);
}

std::size_t OpenDescriptors(pid_t pid) {
  const fs::directory_iterator begin("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin, fs::directory_iterator()));
}

TEST_F(ContainersTest, WaitingClientThatGoesAway) {
  Serve();
  ASSERT_EQ(Launch("a", "sleep 1000").status, 200);
  // The connection of that call may still count.
  const std::size_t before = OpenDescriptors(agent_);
  {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
      clients.push_back(std::make_unique<Client>(Socket()));
      clients.back()->Send(Request(
          R"({"type": "WAIT_CONTAINER", "wait_container": {"container_id": {"value": "a"}}})"));
    }
    EXPECT_TRUE(Eventually([&] { return OpenDescriptors(agent_) >= before + 19; }));
  }
  EXPECT_TRUE(Eventually([&] { return OpenDescriptors(agent_) <= before; }));
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  EXPECT_EQ(Wait("a").at("exit_status").as_int64(), SIGKILL);
}

TEST_F(ContainersTest, ManyAtOnce) {
  Serve("linux/seccomp,namespaces/pid,linux/capabilities");
  constexpr int kCount = 20;
  std::vector<std::thread> threads;
  for (int i = 0; i < kCount; ++i) {
    threads.emplace_back([&, i] {
      const std::string id = "c" + std::to_string(i);
      EXPECT_EQ(Run(id, "echo " + id + "; grep Seccomp: /proc/self/status"),
                id + "\nSeccomp:\t2\n");
      if (i % 2 == 1) return;
      EXPECT_EQ(CallFor("REMOVE_CONTAINER", id).status, 200);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ContainerCount(), std::size_t{kCount / 2});
  EXPECT_TRUE(ChildrenOf(agent_).empty());
}

TEST_F(ContainersTest, SameIdAtOnce) {
  Serve();
  std::vector<std::thread> threads;
  std::array<int, 10> statuses = {};
  for (int& status : statuses) {
    threads.emplace_back([&] { status = Launch("a", "echo x").status; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::multiset<int>(statuses.begin(), statuses.end()),
            std::multiset<int>({200, 202, 202, 202, 202, 202, 202, 202, 202, 202}));
  Wait("a");
  EXPECT_EQ(Output("a"), "x\n");
}

}  // namespace
}  // namespace runtime::agent
