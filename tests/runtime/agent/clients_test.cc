// A thousand clients who mean no good, and one who does.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr int kCrowd = 1000;
constexpr char kHealth[] = R"({"type": "GET_HEALTH"})";
constexpr std::string_view kSanitize = SANITIZE;

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// What each of the crowd says, before it falls silent without having read an answer.
const std::vector<std::string>& Utterances() {
  constexpr char kStart[] =
      "POST /api/v1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  static const std::vector<std::string> kUtterances = {
      "",
      "P",
      "POST /api/v1 HTT",
      std::string(kStart) + "X: " + std::string(20'000, 'x'),
      std::string(kStart) + Repeated("X: y\r\n", 3000),
      std::string(kStart) + "Content-Length: 100000000000\r\n\r\n{",
      std::string(kStart) + "Content-Length: 100000\r\n\r\n{\"type\"",
      std::string(kStart) + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
      std::string(kStart) + "Content-Length: -1\r\n\r\n",
      std::string(kStart) + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      std::string(kStart) + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      std::string("\0\xff\x16\x03\x01\r\n\r\n", 9),
      Repeated(Request(kHealth), 100),
      Repeated(Request("{"), 100),
      Request(std::string(100'000, '[')),
      Request(R"({"type": "WAIT_CONTAINER",
                  "wait_container": {"container_id": {"value": "long"}}})"),
      "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  return kUtterances;
}

// A connection, closed with it.
class Connected {
 public:
  template <class Address>
  Connected(int family, const Address& address)
      : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int result = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    EXPECT_EQ(result, 0) << errno;
    const timeval limit = {60, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;
  ~Connected() { close(fd_); }

  int fd() const { return fd_; }
  // As much as fits: whoever does not read is not read from.
  void Say(const std::string& bytes) const {
    (void)!send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  void ResetAtTheEnd() const {
    const linger at_once = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }

 private:
  int fd_;
};

// TLS on it.
class TlsConnection {
 public:
  TlsConnection(SSL_CTX* context, const Connected& socket) : ssl_(SSL_new(context), SSL_free) {
    SSL_set_fd(ssl_.get(), socket.fd());
    is_made_ = SSL_connect(ssl_.get()) == 1;
  }
  bool is_made() const { return is_made_; }
  void Say(const std::string& bytes) const {
    if (!bytes.empty()) SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  // An answer.
  std::string Hear() const {
    std::string answer;
    std::array<char, 16384> chunk;
    while (true) {
      const int n = SSL_read(ssl_.get(), chunk.data(), chunk.size());
      if (n <= 0) return answer;
      answer.append(chunk.data(), static_cast<std::size_t>(n));
      const std::size_t end = answer.find("\r\n\r\n");
      const std::size_t length = answer.find("Content-Length: ");
      if (end == std::string::npos) continue;
      const std::size_t size = length < end ? std::stoul(answer.substr(length + 16)) : 0;
      if (answer.size() >= end + 4 + size) return answer;
    }
  }

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool is_made_ = false;
};

struct Usage {
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  std::size_t resident_kib = 0;
};

class ClientsTest : public AgentTest {
 protected:
  void SetUp() override {
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 2 * kCrowd) GTEST_SKIP() << "needs " << 2 * kCrowd << " descriptors";
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    AgentTest::SetUp();
  }

  void ServeTls() {
    const std::string make =
        "cd " + folder_.string() +
        " && umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        "-days 2 -subj /CN=agent -addext subjectAltName=IP:127.0.0.1 -keyout key.pem "
        "-out cert.pem 2>/dev/null";
    if (std::system(make.c_str()) != 0) GTEST_SKIP() << "needs openssl";
    Serve("linux/seccomp", {"--seccomp_profile_name=default.json", "--ip=127.0.0.1", "--port=0",
                            "--ssl_cert_file=" + (folder_ / "cert.pem").string(),
                            "--ssl_key_file=" + (folder_ / "key.pem").string()});
    const std::string err = Err();
    const std::string line = err.substr(err.find("listening on"));
    tcp_.sin_family = AF_INET;
    tcp_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    port_ = std::stoi(line.substr(line.rfind(':') + 1));
    tcp_.sin_port = htons(static_cast<std::uint16_t>(port_));
  }

  // Waits until the agent has no more descriptors and threads than `before`.
  void ExpectAsBefore(const Usage& before) const {
    EXPECT_TRUE(Eventually([&] {
      const Usage now = Used();
      return now.descriptors <= before.descriptors && now.threads <= before.threads;
    })) << Used().descriptors
        << " descriptors, before: " << before.descriptors;
    constexpr std::size_t kAllocatorsKeep = 48 * 1024;
    if (kSanitize.empty()) {
      EXPECT_LT(Used().resident_kib, before.resident_kib + kAllocatorsKeep);
    }
    // Ten of a kind in ten seconds at most, whatever a thousand do.
    const std::string err = Err();
    int lines = 0;
    for (std::size_t at = 0; (at = err.find("event=rejection", at)) != std::string::npos; ++at) {
      ++lines;
    }
    EXPECT_GT(lines, 0);
    EXPECT_LT(lines, 200) << err;
  }

  Usage Used() const {
    const fs::path proc = "/proc/" + std::to_string(agent_);
    const auto count = [&](const char* folder) {
      return static_cast<std::size_t>(
          std::distance(fs::directory_iterator(proc / folder), fs::directory_iterator()));
    };
    Usage usage{count("fd"), count("task"), 0};
    std::ifstream status(proc / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) usage.resident_kib = std::stoul(line.substr(6));
    }
    return usage;
  }

  // The slowest but one of a hundred.
  template <class Ask>
  void ExpectQuick(Ask ask) {
    std::vector<Clock::duration> took;
    for (int i = 0; i < 100; ++i) {
      const auto start = Clock::now();
      ask();
      took.push_back(Clock::now() - start);
    }
    std::ranges::sort(took);
    const auto p99 = std::chrono::duration_cast<std::chrono::milliseconds>(took[98]);
    RecordProperty("p99_ms", static_cast<int>(p99.count()));
    std::printf("p99 among %d others: %d ms\n", kCrowd, static_cast<int>(p99.count()));
    EXPECT_LT(p99, std::chrono::seconds(2));
  }

  sockaddr_in tcp_ = {};
  int port_ = 0;
};

TEST_F(ClientsTest, AThousandOnTheUnixSocket) {
  Serve();
  ASSERT_EQ(Launch("long", "exec sleep 1000").status, 200);
  const Usage before = Used();
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::ranges::copy(Socket().string(), address.sun_path);
  std::vector<std::unique_ptr<Connected>> crowd;
  for (int i = 0; i < kCrowd; ++i) {
    crowd.push_back(std::make_unique<Connected>(AF_UNIX, address));
    crowd.back()->Say(Utterances()[static_cast<std::size_t>(i) % Utterances().size()]);
  }
  ExpectQuick([&] { EXPECT_EQ(Call(kHealth).status, 200); });
  EXPECT_EQ(Run("good", "echo hello; uname 2>/dev/null || echo denied"), "hello\ndenied\n");
  // And all of them a byte more, over and over.
  for (int i = 0; i < 20; ++i) {
    for (const auto& client : crowd) client->Say("x");
  }
  ExpectQuick([&] { EXPECT_EQ(Call(kHealth).status, 200); });
  crowd.clear();
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "good").status, 200);
  ExpectAsBefore(before);
}

TEST_F(ClientsTest, AThousandOverTls) {
  ServeTls();
  if (IsSkipped()) return;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  const auto call = [&](const std::string& body) {
    const Connected socket(AF_INET, tcp_);
    const TlsConnection connection(context.get(), socket);
    EXPECT_TRUE(connection.is_made());
    connection.Say(Request(body));
    return connection.Hear();
  };
  EXPECT_HAS(call(kHealth), "200 OK");
  const Usage before = Used();
  std::vector<std::unique_ptr<Connected>> crowd;
  std::vector<std::unique_ptr<TlsConnection>> connections;
  for (int i = 0; i < kCrowd; ++i) {
    crowd.push_back(std::make_unique<Connected>(AF_INET, tcp_));
    const std::string& said = Utterances()[static_cast<std::size_t>(i) % Utterances().size()];
    if (i % 3 == 0) crowd.back()->ResetAtTheEnd();
    if (i % 5 != 0) {
      crowd.back()->Say(said);  // or nothing: to a handshake
      continue;
    }
    connections.push_back(std::make_unique<TlsConnection>(context.get(), *crowd.back()));
    connections.back()->Say(said.substr(0, 16'000));
  }
  ExpectQuick([&] { EXPECT_HAS(call(kHealth), "200 OK"); });
  EXPECT_HAS(call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {
                     "container_id": {"value": "good"}, "command": {"value": "exit 3"}}})"),
             "200 OK");
  EXPECT_HAS(call(R"({"type": "WAIT_CONTAINER",
                      "wait_container": {"container_id": {"value": "good"}}})"),
             R"("exit_status":768)");
  connections.clear();
  crowd.clear();
  EXPECT_HAS(call(R"({"type": "REMOVE_CONTAINER",
                      "remove_container": {"container_id": {"value": "good"}}})"),
             "200 OK");
  ExpectAsBefore(before);
}

// What a shell command prints.
std::string Shell(const std::string& command) {
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> chunk;
  std::size_t n = 0;
  while ((n = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0) output.append(chunk.data(), n);
  pclose(pipe);
  return output;
}

TEST_F(ClientsTest, TlsThatIsNotAsItShouldBe) {
  ServeTls();
  if (IsSkipped()) return;
  const std::string port = std::to_string(port_);
  const std::string client = "timeout 20 openssl s_client -connect 127.0.0.1:" + port + " ";
  // A client that asks for new keys is refused them: R is s_client's command for it.
  EXPECT_HAS(Shell("(sleep 1; echo R; sleep 1) | " + client + "-tls1_2"), "no renegotiation");
  for (const char* old : {"-tls1", "-tls1_1"}) {
    EXPECT_HAS(Shell(client + old + " -cipher ALL:@SECLEVEL=0 </dev/null"), "Cipher is (NONE)");
  }
  // A name that the certificate does not bear: the client's part.
  const std::string curl = "curl -sS -m 20 --cacert " + (folder_ / "cert.pem").string() +
                           " https://127.0.0.1:" + port + "/metrics -o /dev/null ";
  EXPECT_EQ(Shell(curl), "");
  EXPECT_HAS(Shell("curl -sS -m 20 --cacert " + (folder_ / "cert.pem").string() +
                   " --resolve agent.example:" + port + ":127.0.0.1 https://agent.example:" + port +
                   "/metrics -o /dev/null"),
             "agent.example");
  EXPECT_EQ(Shell(curl), "");
}

}  // namespace
}  // namespace runtime::agent
