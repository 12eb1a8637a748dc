// How long the server waits for its clients, with a real one in this process and short limits.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/agent/event_loop.h"
#include "runtime/agent/http_server.h"
#include "runtime/agent/listener.h"
#include "runtime/agent/tls.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr char kHealth[] = R"({"type": "GET_HEALTH"})";
constexpr milliseconds kShort{300};
constexpr std::chrono::seconds kMuchLonger{8};  // and less than the real limits

// A server with `patience` for its clients, on a port of its own.
class PatienceTest : public testing::Test {
 protected:
  void Serve(Patience patience, std::shared_ptr<const Tls> tls = nullptr) {
    std::string pattern = std::filesystem::temp_directory_path() / "patience_test.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    Flags flags;
    flags.runtime_dir = folder_;
    flags.tcp = TcpAddress{"127.0.0.1", 0};
    auto listener = Listener::Open(flags);
    ASSERT_TRUE(listener) << listener.error().message;
    listener_.emplace(std::move(*listener));
    port_ = std::stoi(listener_->address().substr(listener_->address().rfind(':') + 1));
    Service service;
    service.call = [this](const std::string&, const Respond& respond) -> Containers::Cancel {
      const std::lock_guard lock(mutex_);
      if (answers_at_once_) respond({200, "{}"});
      waiting_ = respond;
      return [this] { ++cancelled_; };
    };
    constexpr std::size_t kMoreThanBuffersHold = std::size_t{64} << 20U;
    service.metrics_page = [] { return Response{200, std::string(kMoreThanBuffersHold, 'x')}; };
    service.refused = [](unsigned) {};
    service.rejected = [this](Rejection rejection, std::string_view detail) {
      const std::lock_guard lock(mutex_);
      rejections_.push_back(std::string(kRejectionNames[static_cast<std::size_t>(rejection)]) +
                            ": " + std::string(detail));
    };
    service.tls = std::move(tls);
    service.patience = patience;
    server_.emplace(loop_, *listener_, std::move(service));
    ASSERT_TRUE(loop_.StartClients([] { return schema::Status(); }));
    server_->Start();
    thread_ = std::thread([this] { loop_.Run(); });
  }

  void TearDown() override {
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
    server_.reset();
    listener_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  std::vector<std::string> Rejections() {
    const std::lock_guard lock(mutex_);
    return rejections_;
  }
  bool IsWaiting() {
    const std::lock_guard lock(mutex_);
    return waiting_ != nullptr;
  }
  std::string OnlyRejection() {
    EXPECT_TRUE(Eventually([this] { return !Rejections().empty(); }));
    const auto all = Rejections();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? "" : all.front();
  }

  EventLoop loop_;
  std::filesystem::path folder_;
  std::optional<Listener> listener_;
  std::optional<HttpServer> server_;
  std::thread thread_;
  int port_ = 0;
  bool answers_at_once_ = true;
  std::atomic<int> cancelled_ = 0;
  std::mutex mutex_;
  std::vector<std::string> rejections_;
  Respond waiting_;
};

TEST_F(PatienceTest, ASlowHandshake) {
  Patience patience;
  patience.handshake = kShort;
  std::string folder = std::filesystem::temp_directory_path() / "patience_key.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string make = "cd " + folder +
                           " && umask 077 && openssl req -x509 -newkey ec -pkeyopt "
                           "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=agent -keyout key.pem "
                           "-out cert.pem 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "needs openssl";
  auto tls = Tls::Create(folder + "/cert.pem", folder + "/key.pem");
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(tls) << tls.error().message;
  Serve(patience, *tls);
  Client silent(port_);
  const auto start = Clock::now();
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_GE(Clock::now() - start, kShort / 2);
  EXPECT_LT(Clock::now() - start, kMuchLonger);
  EXPECT_EQ(OnlyRejection().substr(0, 10), "handshake:");
}

// A byte now and then does not prolong the time for the whole.
TEST_F(PatienceTest, ARequestByteByByte) {
  Patience patience;
  patience.request = kShort;
  Serve(patience);
  Client client(port_);
  const std::string request = Request(kHealth);
  const auto start = Clock::now();
  std::thread slow([&] {
    for (std::size_t i = 0; i < request.size() - 1 && Rejections().empty(); ++i) {
      client.Send(request.substr(i, 1));
      std::this_thread::sleep_for(milliseconds(100));
    }
  });
  EXPECT_TRUE(client.AtEnd());
  EXPECT_LT(Clock::now() - start, kMuchLonger);
  slow.join();
  EXPECT_EQ(OnlyRejection(), "timeout: no whole request");
}

TEST_F(PatienceTest, ABodyThatDoesNotCome) {
  Patience patience;
  patience.request = kShort;
  Serve(patience);
  Client client(port_);
  const std::string request = Request(kHealth);
  client.Send(request.substr(0, request.size() - 5));
  EXPECT_TRUE(client.AtEnd());
  EXPECT_EQ(OnlyRejection(), "timeout: no whole request");
}

// It has kept nobody waiting: this is how a connection that was kept ends.
TEST_F(PatienceTest, IdleAfterAnAnswer) {
  Patience patience;
  patience.request = kShort;
  Serve(patience);
  Client client(port_);
  client.Send(Request(kHealth));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(Rejections().empty());
}

TEST_F(PatienceTest, AnAnswerThatIsNotTaken) {
  Patience patience;
  patience.answer = kShort;
  Serve(patience);
  const Client client(port_);
  client.Send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(OnlyRejection(), "timeout: the answer was not taken");
}

class TcpClient {
 public:
  explicit TcpClient(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const std::string request = Request(kHealth);
    EXPECT_EQ(send(fd_, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;
  ~TcpClient() { close(fd_); }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// All that close(2) sends is a FIN, which may also mean that the client only sends no more.
TEST_F(PatienceTest, AClientThatClosesWhileItWaits) {
  answers_at_once_ = false;
  Patience patience;
  patience.keepalive = std::chrono::seconds(1);
  Serve(patience);
  {
    const TcpClient client(port_);
    ASSERT_TRUE(Eventually([this] { return IsWaiting(); }));
    const int second = 1;  // for which the kernel answers in its stead: tcp(7)
    setsockopt(client.fd(), IPPROTO_TCP, TCP_LINGER2, &second, sizeof(second));
  }
  EXPECT_TRUE(Eventually([this] { return cancelled_ == 1; }));
}

TEST_F(PatienceTest, AClientThatOnlySendsNoMore) {
  answers_at_once_ = false;
  Patience patience;
  patience.keepalive = std::chrono::seconds(1);
  Serve(patience);
  const TcpClient client(port_);
  ASSERT_EQ(shutdown(client.fd(), SHUT_WR), 0);
  ASSERT_TRUE(Eventually([this] { return IsWaiting(); }));
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_EQ(cancelled_, 0);
  {
    const std::lock_guard lock(mutex_);
    waiting_({200, "{}"});
  }
  std::string answer(12, ' ');
  EXPECT_EQ(recv(client.fd(), answer.data(), answer.size(), MSG_WAITALL), 12);
  EXPECT_EQ(answer, "HTTP/1.1 200");
}

}  // namespace
}  // namespace runtime::agent
