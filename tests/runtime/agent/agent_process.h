// For the agent's tests: the real seccomp-agent in a folder of its own, and an HTTP client.

#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace runtime::agent {

struct Reply {
  int status = 0;                              // 0: no reply
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// A connection to the agent.
class Client {
 public:
  explicit Client(const std::filesystem::path& socket);
  explicit Client(int tcp_port);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { Close(); }

  int error() const { return error_; }  // errno of the connect; 0: connected
  void Send(const std::string& bytes) const;
  // The next one; an interim 100 is a reply, too. `of_head`: to HEAD, without a body.
  Reply Read(bool of_head = false);
  bool AtEnd();  // the server has closed
  void SendNoMore() const;
  void Close();

 private:
  bool ReadMore();
  void LimitReads() const;

  int fd_ = -1;
  int error_ = 0;
  std::string buffer_;
};

// POST /api/v1 with `body`, and `headers` ("Name: value\r\n...") for the usual ones.
std::string Request(const std::string& body,
                    const std::string& headers = "Content-Type: application/json\r\n");

struct Exit {
  int status = -1;  // of wait(2)
  std::string err;
};

class AgentTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  struct Start {
    std::vector<std::string> flags;
    std::vector<std::string> environment = {};
    std::function<void()> before_exec = nullptr;  // in the child
  };

  // Starts the agent with these flags alone.
  void Spawn(const Start& start);
  // The same, and waits until it has ended: it must not listen.
  Exit Refused(const Start& start);
  // Starts the agent on our folder with `isolation`, and waits until it listens.
  void Serve(const std::string& isolation = "linux/seccomp",
             const std::vector<std::string>& more_flags = {"--seccomp_profile_name=default.json"},
             const std::function<void()>& before_exec = nullptr);
  // --isolation=, --work_dir= and so on for our folder.
  std::vector<std::string> Flags(const std::string& isolation) const;
  // Waits for the end of the agent.
  Exit Join();
  std::string Err() const;  // what it has said so far

  Reply Call(const std::string& body) const;
  // An id "a/b" is that of a container nested in "a".
  // LAUNCH_CONTAINER of a shell command. `container`: the JSON of ContainerInfo, or empty.
  Reply Launch(const std::string& id, const std::string& command,
               const std::string& container = "") const;
  Reply CallFor(const std::string& type, const std::string& id) const;  // {container_id}
  // Launches, waits for its end, and returns standard output and error.
  std::string Run(const std::string& id, const std::string& command,
                  const std::string& container = "");
  boost::json::value Wait(const std::string& id) const;  // the member wait_container
  std::size_t ContainerCount() const;
  std::string Output(const std::string& id) const;

  void WriteProfile(const std::string& name, const std::string& text) const;
  std::filesystem::path Socket() const { return folder_ / "run/agent.sock"; }
  std::filesystem::path Sandbox(const std::string& id) const;

  std::filesystem::path folder_;
  pid_t agent_ = -1;
};

// {"linux_info":{"seccomp":SECCOMP}}, of type MESOS.
std::string WithSeccomp(const std::string& seccomp);
std::string WithLinuxInfo(const std::string& linux_info);

// Processes whose parent is `parent`, zombies included.
std::vector<pid_t> ChildrenOf(pid_t parent);

// Waits up to some seconds until `condition` holds.
bool Eventually(const std::function<bool()>& condition);

// A profile that allows all but `names`, which get `action`; `rule`: more members of the rule.
std::string Denying(const std::string& names, const std::string& action = "SCMP_ACT_ERRNO",
                    const std::string& rule = "");

}  // namespace runtime::agent
