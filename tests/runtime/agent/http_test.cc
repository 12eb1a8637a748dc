// The API's HTTP: what is no valid call, and how it is answered.

#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr char kHealth[] = R"({"type": "GET_HEALTH"})";

class HttpTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (!IsSkipped()) Serve();
  }

  Reply Raw(const std::string& bytes) const {
    Client client(Socket());
    client.Send(bytes);
    return client.Read();
  }
};

TEST_F(HttpTest, KeepsTheConnection) {
  Client client(Socket());
  for (int i = 0; i < 3; ++i) {
    client.Send(Request(kHealth));
    const Reply reply = client.Read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("content-type"), "application/json");
  }
  client.Send(Request(kHealth) + Request(kHealth));  // one on the heels of the other
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 200);
  client.Send(Request(kHealth, "Content-Type: application/json\r\nConnection: close\r\n"));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpTest, PathAndMethod) {
  EXPECT_EQ(Raw("POST / HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
  EXPECT_EQ(Raw("GET /api/v2 HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
  const Reply get = Raw("GET /api/v1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("allow"), "POST");
  const Reply post = Raw("POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.headers.at("allow"), "GET");
}

TEST_F(HttpTest, ContentTypeAndAccept) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"Content-Type: application/json\r\n", 200},
      {"Content-Type: Application/JSON; charset=utf-8\r\n", 200},
      {"Content-Type: application/x-protobuf\r\n", 415},
      {"Content-Type: text/plain\r\n", 415},
      {"", 415},
      {"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415},
      {"Content-Type: application/json\r\nAccept: application/json\r\n", 200},
      {"Content-Type: application/json\r\nAccept: text/html, */*;q=0.1\r\n", 200},
      {"Content-Type: application/json\r\nAccept: application/x-protobuf\r\n", 406},
  };
  for (const auto& [headers, status] : cases) {
    EXPECT_EQ(Raw(Request(kHealth, headers)).status, status) << headers;
  }
}

TEST_F(HttpTest, Limits) {
  const std::string mebibyte(1024 * 1024, ' ');
  EXPECT_EQ(Raw(Request(kHealth + mebibyte)).status, 413);
  std::string fits = kHealth + mebibyte;
  fits.resize(mebibyte.size());
  EXPECT_EQ(Raw(Request(fits)).status, 200);
  EXPECT_EQ(Raw(Request(kHealth, "Content-Type: application/json\r\nX: " +
                                     std::string(9 * 1024, 'x') + "\r\n"))
                .status,
            431);
  const std::string chunked =
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(Raw("POST /api/v1 HTTP/1.1\r\nHost: a\r\n" + chunked + "100001\r\n" + mebibyte +
                " \r\n0\r\n\r\n")
                .status,
            413);
  EXPECT_EQ(
      Raw("POST /api/v1 HTTP/1.1\r\nHost: a\r\n" + chunked + "16\r\n" + kHealth + "\r\n0\r\n\r\n")
          .status,
      200);
}

TEST_F(HttpTest, NotHttp) {
  EXPECT_EQ(Raw("HELO agent\r\n\r\n").status, 400);
  Client client(Socket());
  client.Send("POST /api");
  client.Close();
  EXPECT_EQ(Call(kHealth).status, 200);
}

// Its own agent, with a limit on descriptors.
class ConnectionsTest : public AgentTest {
 protected:
  // For the test's own ends of the connections.
  static bool MayOpen(rlim_t descriptors) {
    rlimit limit = {};
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < descriptors) return false;
    limit.rlim_cur = descriptors;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return true;
  }

  void ServeWithDescriptors(rlim_t count) {
    Serve("linux/seccomp", {}, [count] {
      const rlimit limit = {count, count};
      if (setrlimit(RLIMIT_NOFILE, &limit) != 0) _exit(98);
    });
  }

  std::vector<std::unique_ptr<Client>> Connect(int count) const {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(std::make_unique<Client>(Socket()));
    return clients;
  }
};

TEST_F(ConnectionsTest, TooMany) {
  constexpr rlim_t kNeeded = 2100;
  if (!MayOpen(kNeeded)) GTEST_SKIP() << "needs " << kNeeded << " descriptors";
  ServeWithDescriptors(kNeeded);
  auto clients = Connect(1024);
  clients.front()->Send(Request(kHealth));
  EXPECT_EQ(clients.front()->Read().status, 200);
  // The one that has waited longest without a request makes room.
  Client late(Socket());
  EXPECT_EQ(clients[1]->Read().status, 503);
  EXPECT_TRUE(clients[1]->AtEnd());
  late.Send(Request(kHealth));
  EXPECT_EQ(late.Read().status, 200);
  clients.front()->Send(Request(kHealth));
  EXPECT_EQ(clients.front()->Read().status, 200);
  // Those that have had an answer stay.
  for (std::size_t i = 2; i < clients.size(); ++i) {
    clients[i]->Send(Request(kHealth));
    EXPECT_EQ(clients[i]->Read().status, 200);
  }
  Client last(Socket());
  EXPECT_EQ(last.Read().status, 503);
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return Call(kHealth).status == 200; }));
}

TEST_F(ConnectionsTest, SilentOnesLockNobodyOut) {
  constexpr rlim_t kNeeded = 4100;
  if (!MayOpen(kNeeded)) GTEST_SKIP() << "needs " << kNeeded << " descriptors";
  ServeWithDescriptors(2100);
  const auto silent = Connect(3000);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Call(kHealth).status, 200);
}

TEST_F(ConnectionsTest, NoDescriptorsLeft) {
  // It looks through a pipe whether an object is there, and takes its absence for that of the
  // object.
  if (std::string_view(SANITIZE).find("undefined") != std::string_view::npos) {
    GTEST_SKIP() << "UndefinedBehaviorSanitizer itself needs descriptors";
  }
  ServeWithDescriptors(40);
  auto clients = Connect(60);
  clients.front()->Send(Request(kHealth));
  EXPECT_EQ(clients.front()->Read().status, 200);
  clients.clear();
  EXPECT_EQ(Call(kHealth).status, 200);
}

TEST_F(HttpTest, ExpectContinue) {
  Client client(Socket());
  const std::string request =
      Request(kHealth, "Content-Type: application/json\r\nExpect: 100-continue\r\n");
  const std::size_t body = request.find("\r\n\r\n") + 4;
  client.Send(request.substr(0, body));
  EXPECT_EQ(client.Read().status, 100);
  client.Send(request.substr(body));
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(HttpTest, BadCalls) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "request body, line 1, column 1: the request body is empty"},
      {"{\n  \"type\": \"GET_HEALTH\",\n}", "request body, line 2, column 23: "},
      {"{", "the request body ends before the closing '}'"},
      {"{}}", "text after the end of the JSON value"},
      {"[]", "this must be a JSON object"},
      {"{}", "type is missing"},
      {R"({"type": 5})", "line 1, column 10: type is a number, it must be a string"},
      {R"({"type": "GET_HEALTH", "type": "GET_FLAGS"})",
       "line 1, column 24: the key \"type\" is given twice"},
      {"\xEF\xBB\xBF{}", "line 1, column 1: this must be UTF-8, without a byte order mark"},
      {R"({"type": "GET_HEALHT"})", "did you mean \"GET_HEALTH\"?"},
      {R"({"type": "LAUNCH_CONTAINER"})", "launch_container is missing"},
      {R"({"type": "WAIT_CONTAINER", "wait_container": {}})", "container_id is missing"},
      {R"({"type": "WAIT_CONTAINER", "wait_container": []})", "it must be an object"},
      {std::string("{\"type\": \"\xff\"}"), "UTF-8"},
      {std::string(40, '['), "line 1, column "},
  };
  for (const auto& [body, message] : cases) {
    const Reply reply = Call(body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_HAS(reply.body, message);
    EXPECT_EQ(reply.body.find("file"), std::string::npos) << reply.body;
    EXPECT_EQ(reply.body.find("Docker"), std::string::npos) << reply.body;
  }
  EXPECT_EQ(Call(R"({"type": "GET_TASKS"})").status, 501);
  EXPECT_EQ(Call(R"({"type": "GET_HEALTH", "unknown_field": 1})").status, 200);
}

TEST_F(HttpTest, GetFlagsAndVersion) {
  EXPECT_HAS(Call(R"({"type": "GET_FLAGS"})").body,
             R"({"name":"isolation","value":"linux/seccomp"})");
  EXPECT_HAS(Call(R"({"type": "GET_VERSION"})").body, R"("version_info":{"version":")");
}

}  // namespace
}  // namespace runtime::agent
