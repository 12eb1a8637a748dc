#include "tests/runtime/agent/agent_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::chrono::seconds kPatience{30};  // sanitizers are slow

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Quoted(const std::string& text) { return json::serialize(json::value(text)); }

// The ContainerID of "a/b": b, of which a is the parent.
std::string IdJson(const std::string& id) {
  const std::size_t slash = id.rfind('/');
  const std::string own = R"({"value": )" + Quoted(id.substr(slash + 1));
  if (slash == std::string::npos) return own + "}";
  return own + R"(, "parent": )" + IdJson(id.substr(0, slash)) + "}";
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

Client::Client(const fs::path& socket_path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::ranges::copy(socket_path.string(), address.sun_path);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) error_ = errno;
  LimitReads();
}

Client::Client(int tcp_port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(tcp_port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) error_ = errno;
  LimitReads();
}

// No reply for as long as this is none.
void Client::LimitReads() const {
  const timeval limit = {std::chrono::seconds(2 * kPatience).count(), 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

void Client::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void Client::Send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;  // refused in the midst of it: the reply says why
    sent += static_cast<std::size_t>(n);
  }
}

void Client::SendNoMore() const { shutdown(fd_, SHUT_WR); }

bool Client::ReadMore() {
  std::array<char, 65536> chunk;
  const ssize_t n = read(fd_, chunk.data(), chunk.size());
  if (n <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  return true;
}

bool Client::AtEnd() { return buffer_.empty() && !ReadMore(); }

Reply Client::Read(bool of_head) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return {};
  }
  Reply reply;
  std::istringstream lines(buffer_.substr(0, end));
  std::string line;
  std::getline(lines, line);
  reply.status = std::stoi(line.substr(line.find(' ')));
  while (std::getline(lines, line)) {
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    reply.headers[name] = line.substr(colon + 2);
  }
  buffer_.erase(0, end + 4);
  const auto length = reply.headers.find("content-length");
  const bool has_body = !of_head && length != reply.headers.end();
  const std::size_t size = has_body ? std::stoul(length->second) : 0;
  while (buffer_.size() < size) {
    if (!ReadMore()) return {};
  }
  reply.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return reply;
}

std::string Request(const std::string& body, const std::string& headers) {
  return "POST /api/v1 HTTP/1.1\r\nHost: agent\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string stat = Slurp(entry.path() / "stat");
    stat.erase(0, stat.rfind(')') + 1);
    std::istringstream fields(stat);
    std::string state;
    pid_t ppid = 0;
    if (fields >> state >> ppid && ppid == parent) children.push_back(std::stoi(name));
  }
  return children;
}

std::string Denying(const std::string& names, const std::string& action, const std::string& rule) {
  return R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [)" + names +
         R"(], "action": ")" + action + '"' + rule + "}]}";
}

std::string WithLinuxInfo(const std::string& linux_info) {
  return R"({"type": "MESOS", "linux_info": )" + linux_info + "}";
}

std::string WithSeccomp(const std::string& seccomp) {
  return WithLinuxInfo(R"({"seccomp": )" + seccomp + "}");
}

void AgentTest::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  std::string pattern = fs::temp_directory_path() / "agent_test.XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
  fs::permissions(folder_, fs::perms(0755));
  fs::create_directory(folder_ / "profiles");
  WriteProfile("default.json", Denying(R"("uname")"));
}

void AgentTest::TearDown() {
  if (agent_ > 0) {
    kill(agent_, SIGTERM);
    const Exit exit = Join();
    EXPECT_EQ(exit.status, 0) << exit.err;  // a sanitizer has found nothing, either
  }
  if (!folder_.empty()) fs::remove_all(folder_);
}

void AgentTest::WriteProfile(const std::string& name, const std::string& text) const {
  const fs::path path = folder_ / "profiles" / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> AgentTest::Flags(const std::string& isolation) const {
  return {"--isolation=" + isolation, "--seccomp_config_dir=" + (folder_ / "profiles").string(),
          "--work_dir=" + (folder_ / "work").string(),
          "--runtime_dir=" + (folder_ / "run").string()};
}

void AgentTest::Spawn(const Start& start) {
  const std::string err = folder_ / "err";
  fs::remove(err);  // of an earlier one
  agent_ = fork();
  ASSERT_GE(agent_, 0);
  if (agent_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // should a test crash
  const int fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  dup2(fd, 2);
  std::vector<std::string> words = {SECCOMP_AGENT};
  words.insert(words.end(), start.flags.begin(), start.flags.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  for (const std::string& entry : start.environment) {
    const std::size_t equals = entry.find('=');
    setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
  }
  if (start.before_exec) start.before_exec();
  execv(argv[0], argv.data());
  _exit(99);
}

Exit AgentTest::Join() {
  Exit exit;
  EXPECT_TRUE(Eventually([&] { return waitpid(agent_, &exit.status, WNOHANG) == agent_; }));
  agent_ = -1;
  exit.err = Err();
  return exit;
}

std::string AgentTest::Err() const { return Slurp(folder_ / "err"); }

Exit AgentTest::Refused(const Start& start) {
  Spawn(start);
  const Exit exit = Join();
  EXPECT_TRUE(WIFEXITED(exit.status) && WEXITSTATUS(exit.status) == 1) << exit.status << exit.err;
  EXPECT_EQ(exit.err.find("seccomp-agent: listening on"), std::string::npos) << exit.err;
  return exit;
}

void AgentTest::Serve(const std::string& isolation, const std::vector<std::string>& more_flags,
                      const std::function<void()>& before_exec) {
  std::vector<std::string> flags = Flags(isolation);
  flags.insert(flags.end(), more_flags.begin(), more_flags.end());
  Spawn({flags, {}, before_exec});
  ASSERT_TRUE(Eventually([&] { return Err().find("listening") != std::string::npos; })) << Err();
}

Reply AgentTest::Call(const std::string& body) const {
  Client client(Socket());
  EXPECT_EQ(client.error(), 0);
  client.Send(Request(body));
  return client.Read();
}

Reply AgentTest::Launch(const std::string& id, const std::string& command,
                        const std::string& container) const {
  return Call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": )" + IdJson(id) +
              R"(, "command": {"value": )" + Quoted(command) + "}" +
              (container.empty() ? "" : R"(, "container": )" + container) + "}}");
}

Reply AgentTest::CallFor(const std::string& type, const std::string& id) const {
  std::string member = type;
  std::ranges::transform(member, member.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return Call(R"({"type": ")" + type + R"(", ")" + member + R"(": {"container_id": )" + IdJson(id) +
              "}}");
}

json::value AgentTest::Wait(const std::string& id) const {
  const Reply reply = CallFor("WAIT_CONTAINER", id);
  EXPECT_EQ(reply.status, 200) << reply.body;
  if (reply.status != 200) return json::object();
  return json::parse(reply.body).at("wait_container");
}

std::string AgentTest::Output(const std::string& id) const {
  return Slurp(Sandbox(id) / "stdout") + Slurp(Sandbox(id) / "stderr");
}

std::string AgentTest::Run(const std::string& id, const std::string& command,
                           const std::string& container) {
  const Reply reply = Launch(id, command, container);
  EXPECT_EQ(reply.status, 200) << reply.body;
  if (reply.status != 200) return "";
  Wait(id);
  return Output(id);
}

fs::path AgentTest::Sandbox(const std::string& id) const {
  std::string folder = id;
  std::ranges::replace(folder, '/', '+');
  return folder_ / "work/containers" / folder;
}

std::size_t AgentTest::ContainerCount() const {
  const Reply reply = Call(R"({"type": "GET_CONTAINERS"})");
  EXPECT_EQ(reply.status, 200);
  return json::parse(reply.body).at("get_containers").at("containers").as_array().size();
}

}  // namespace runtime::agent
