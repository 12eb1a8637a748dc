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

TEST_F(HttpTest, HeadHasNoBody) {
  for (const std::string path : {"/api/v1", "/metrics?x", "/other"}) {
    const std::string rest = " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    Client client(Socket());
    client.Send("HEAD" + rest);
    const Reply head = client.Read(true);
    EXPECT_TRUE(client.AtEnd()) << path;
    const Reply put = Raw("PUT" + rest);
    EXPECT_EQ(head.status, path == "/other" ? 404 : 405);
    EXPECT_EQ(head.headers, put.headers);
  }
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

// What stands behind a chunk's size, and behind the last chunk.
TEST_F(HttpTest, LimitsOfChunks) {
  const std::string start =
      "POST /api/v1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const auto with_extension = [&](std::size_t size) {
    return std::string(start).append("16;").append(size, 'x').append("\r\n").append(kHealth) +
           "\r\n0\r\n\r\n";
  };
  EXPECT_EQ(Raw(with_extension(8000)).status, 200);
  std::string many = start;
  for (const char* byte = kHealth; *byte != '\0'; ++byte) {
    many += "1;" + std::string(1000, 'x') + "\r\n" + *byte + "\r\n";
  }
  const std::string large_trailer = "X: " + std::string(2'000'000, 'x') + "\r\n\r\n";
  for (const std::string& request :
       {with_extension(9000), with_extension(2'000'000), with_extension(20'000'000),
        many + "0\r\n\r\n", start + "16\r\n" + kHealth + "\r\n0\r\n" + large_trailer}) {
    const Reply reply = Raw(request);
    EXPECT_EQ(reply.status, 431) << request.size();
    EXPECT_HAS(reply.body, "8 KiB");
  }
  EXPECT_HAS(Err(), "answered with 431");
}

TEST_F(HttpTest, HalfARequest) {
  for (const char* half : {"POST /api/v1 HTTP/1.1\r\nHost: a\r\nContent-",
                           "POST /api/v1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n5;x"}) {
    Client client(Socket());
    client.Send(half);
    client.SendNoMore();
    EXPECT_EQ(client.Read().status, 400) << half;
  }
  Client silent(Socket());
  silent.SendNoMore();
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_HAS(Err(), "answered with 400");
}

// What stands behind a request that is refused is never read as another one: neither its body, nor
// what a proxy took for its body.
TEST_F(HttpTest, NothingIsSmuggled) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string host = "Host: a\r\n" + json;
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string length = "Content-Length: 22\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"1.1\r\n" + host + "Transfer-Encoding: gzip\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: identity\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: chunkedx\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: chunked, chunked\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: chunked;q=1\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: , chunked\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: \"chunked\"\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding:\r\n", 501},
      {"1.1\r\n" + host + "Transfer-Encoding: gzip\r\n" + chunked, 501},
      {"1.1\r\n" + host + chunked + "Transfer-Encoding: gzip\r\n", 400},
      {"1.1\r\n" + host + chunked + chunked, 400},
      {"1.1\r\n" + host + chunked + length, 400},
      {"1.1\r\n" + host + length + chunked, 400},
      {"1.1\r\n" + host + length + "Transfer-Encoding: xchunked\r\n", 400},
      {"1.1\r\n" + host + "Transfer-Encoding: gzip\r\n" + length, 400},
      {"1.0\r\n" + host + chunked, 400},
      {"1.0\r\n" + host + "Connection: keep-alive\r\nTransfer-Encoding: gzip\r\n", 400},
      {"1.1\r\n" + host + "Transfer-Encoding : chunked\r\n", 400},
      {"1.1\r\n" + host + "Transfer-Encoding: chunked\n", 400},
      {"1.1\r\n" + host + "Transfer-Encoding: \vchunked\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: 0\r\n" + length, 400},
      {"1.1\r\n" + host + "Content-Length: 0, 22\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: 22,\r\n", 400},
      {"1.1\r\n" + host + "Content-Length:\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: +22\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: -1\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: 0x16\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: 2 2\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: 2\r\n 2\r\n", 400},
      {"1.1\r\n" + host + "Content-Length: 18446744073709551638\r\n", 400},
      {"1.1\r\n" + host + "Content-Length : 22\r\n", 400},
      {"1.1\r\n" + host + "Content-Length\t: 22\r\n", 400},
      {"1.1\r\n" + host + " Content-Length: 22\r\n", 415},  // folded: of the field before it
      {"1.1\r\n Content-Length: 22\r\n" + host, 400},
      {"1.1\r\n" + host + "X: a\rContent-Length: 22\r\n", 400},
      {"1.1\r\n" + host + "X: a\nContent-Length: 22\r\n", 400},
      {"1.1\r\n" + host + std::string("X: a\0b\r\n", 9) + length, 400},
      {"1.1\r\n" + host + std::string("Content-Length\0: 22\r\n", 21), 400},
      {"1.1\r\n" + host + ": 22\r\n" + length, 400},
      {"1.1\r\n" + host + "Content-Length 22\r\n", 400},
      {"1.1\r\n" + json + length, 400},
      {"1.1\r\n" + host + "Host: b\r\n" + length, 400},
      {"1.0\r\n" + host + "Host: a\r\n" + length, 400},
      {"1.2\r\n" + host + length, 400},
      {"2.0\r\n" + host + length, 400},
      {"1.1\n" + host + length, 400},
  };
  for (const auto& [header, status] : cases) {
    SCOPED_TRACE(testing::PrintToString(header));
    Client client(Socket());
    client.Send("POST /api/v1 HTTP/" + header + "\r\n" + Request(kHealth) + Request(kHealth));
    const Reply reply = client.Read();
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.headers.at("connection"), "close");
    EXPECT_TRUE(client.AtEnd());
  }
}

// In the body, where the header has left no doubt.
TEST_F(HttpTest, NothingIsSmuggledInChunks) {
  const std::string start =
      "POST /api/v1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const std::string body = std::string("16\r\n") + kHealth + "\r\n";
  for (const std::string& chunks : {
           std::string("16\n") + kHealth + "\n0\n\n",
           std::string("16;a\nb\r\n") + kHealth + "\r\n0\r\n\r\n",
           std::string("16;a=\"\r\n\"\r\n") + kHealth + "\r\n0\r\n\r\n",
           std::string("0x16\r\n") + kHealth + "\r\n0\r\n\r\n",
           std::string("+16\r\n") + kHealth + "\r\n0\r\n\r\n",
           std::string(" 16\r\n") + kHealth + "\r\n0\r\n\r\n",
           std::string("10000000000000016\r\n") + kHealth + "\r\n0\r\n\r\n",
           std::string("16\r\n") + kHealth + "0\r\n\r\n",
           std::string("16\r\n") + kHealth + "xx0\r\n\r\n",
           body + "\r\n",
           body + "0\r\nX : a\r\n\r\n",
           body + "0\r\nX: a\n\r\n\r\n",
           body + "0\r\nContent-Length: 22\r\n\r\n",
           body + "0\r\nTransfer-Encoding: gzip\r\n\r\n",
       }) {
    SCOPED_TRACE(testing::PrintToString(chunks));
    Client client(Socket());
    client.Send(start + chunks + Request(kHealth));
    EXPECT_EQ(client.Read().status, 400);
    EXPECT_TRUE(client.AtEnd());
  }
}

// What RFC 9112 lets pass, and leaves no doubt about.
TEST_F(HttpTest, UnusualAndGood) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string chunks = std::string("\r\n16\r\n") + kHealth + "\r\n0\r\n\r\n";
  const std::string length = "Content-Length: 22\r\n";
  Client client(Socket());
  for (const std::string& request :
       {"/api/v1 HTTP/1.1\r\nHost: a\r\n" + json + "Transfer-Encoding: ChunkeD\r\n" + chunks,
        "/api/v1 HTTP/1.1\r\nHost: a\r\n" + json + "Transfer-Encoding:\r\n chunked\t\r\n" + chunks,
        "/api/v1 HTTP/1.1\r\nHost: a\r\n" + json + length + length + "\r\n" + kHealth,
        "/api/v1 HTTP/1.1\r\nHost: a\r\n" + json + "Content-Length: 0022, 22\r\n\r\n" + kHealth,
        "/api/v1 HTTP/1.1\r\nHost:\r\n" + json + length + "\r\n" + kHealth,
        "/api/v1 HTTP/1.0\r\nConnection: keep-alive\r\n" + json + length + "\r\n" + kHealth,
        "http://agent/api/v1 HTTP/1.1\r\nHost: a\r\n" + json + length + "\r\n" + kHealth,
        "HTTPS://a:5051/api/v1?x HTTP/1.1\r\nHost: b\r\n" + json + length + "\r\n" + kHealth}) {
    SCOPED_TRACE(request);
    client.Send("POST " + request);
    EXPECT_EQ(client.Read().status, 200);
  }
  for (const std::string target : {"http://", "http://a", "http://a?/api/v1", "http:/api/v1",
                                   "ftp://a/api/v1", "//a/api/v1", "http://a/b/api/v1"}) {
    EXPECT_EQ(Raw("POST " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").status, 404) << target;
  }
  EXPECT_EQ(Raw("GET http://a/metrics HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
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

TEST_F(ConnectionsTest, WaitingOnesLockNobodyOut) {
  constexpr rlim_t kNeeded = 2100;
  if (!MayOpen(kNeeded)) GTEST_SKIP() << "needs " << kNeeded << " descriptors";
  ServeWithDescriptors(kNeeded);
  ASSERT_EQ(Launch("w", "exec sleep 1000", WithSeccomp(R"({"unconfined": true})")).status, 200);
  const std::string wait =
      Request(R"({"type": "WAIT_CONTAINER", "wait_container": {"container_id": {"value": "w"}}})");
  auto clients = Connect(1);
  clients.front()->Send(wait);
  EXPECT_EQ(Call(kHealth).status, 200);
  for (auto& client : Connect(1023)) {
    client->Send(Request(kHealth) + wait);
    EXPECT_EQ(client->Read().status, 200);
    clients.push_back(std::move(client));
  }
  // The call that has waited longest makes room.
  EXPECT_EQ(Call(kHealth).status, 200);
  const Reply longest = clients.front()->Read();
  EXPECT_EQ(longest.status, 503);
  EXPECT_EQ(longest.headers.at("retry-after"), "1");
  EXPECT_HAS(longest.body, "ask again");
  EXPECT_TRUE(clients.front()->AtEnd());
  EXPECT_HAS(Err(), "reason=too_many detail=\"its call has waited longest\"");
  EXPECT_EQ(CallFor("KILL_CONTAINER", "w").status, 200);
  std::size_t told = 0;
  for (std::size_t i = 1; i < clients.size(); ++i) {
    if (clients[i]->Read().status == 200) ++told;
  }
  EXPECT_GE(told, clients.size() - 10);  // each call above may have taken another's place
  // Whoever had his answer stays connected.
  clients.back()->Send(Request(kHealth));
  EXPECT_EQ(clients.back()->Read().status, 200);
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

TEST_F(HttpTest, Expectations) {
  const std::string json = "Content-Type: application/json\r\n";
  for (const char* other : {"Expect: something-else\r\n", "Expect: 100-continue, x\r\n",
                            "Expect: 100-continue\r\nExpect: x\r\n"}) {
    EXPECT_EQ(Raw(Request(kHealth, json + other)).status, 417) << other;
  }
  EXPECT_EQ(Raw("GET /metrics HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n").status, 417);
  std::string old = Request(kHealth, json + "Expect: 100-continue\r\n");
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  EXPECT_EQ(Raw(old).status, 200);
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

// What a client has sent stands in an answer's message, and not all of it.
class EchoTest : public AgentTest {
 protected:
  static std::string WithLongTexts(std::string body) {
    for (std::size_t at = 0; (at = body.find("LONG")) != std::string::npos;) {
      body.replace(at, 4, std::string(100'000, 'y'));
    }
    return body;
  }
};

TEST_F(EchoTest, IsCut) {
  Serve("linux/seccomp,filesystem/linux");
  const auto launch = [](const std::string& more, const std::string& command = R"("value": "x")") {
    return R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "a"},
               "command": {)" +
           command + "}" + more + "}}";
  };
  const auto container = [&](const std::string& members) {
    return launch(R"(, "container": {)" + members + "}");
  };
  const std::vector<std::string> bodies = {
      R"({"type": "LONG"})",
      R"({"type": "GET_HEALTH", "LONG": 1, "LONG": 2})",
      container(R"("type": "LONG")"),
      container(R"("volumes": [{"container_path": "/", "host_path": "/", "mode": "LONG"}])"),
      container(R"("volumes": [{"container_path": "/", "host_path": "/LONG", "mode": "RW"}])"),
      container(R"("linux_info": {"bounding_capabilities": {"capabilities": ["LONG"]}})"),
      container(R"("linux_info": {"seccomp": {"LONG": true}})"),
      container(R"("linux_info": {"seccomp": {"profile_name": "LONG"}})"),
      container(R"("linux_info": {"seccomp": {"profile_name": "/LONG"}})"),
      launch(R"(, "limits": {"LONG": {"value": 1}})"),
      launch(R"(, "resources": [{"name": "LONG", "type": "SCALAR", "scalar": {"value": 1}}])"),
      launch("", R"("value": "LONG", "shell": false)"),
      launch("", R"("value": "x", "user": "LONG")"),
      launch("", R"("value": "x", "user": "LONG:0")"),
      launch("", R"("value": "x", "user": "0:LONG")"),
      launch("", R"("value": "x", "environment": {"variables": [{"type": "LONG"}]})"),
  };
  for (const std::string& body : bodies) {
    const Reply reply = Call(WithLongTexts(body));
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_NE(reply.body.find("yyy..."), std::string::npos) << body << reply.body.substr(0, 300);
    EXPECT_LT(reply.body.size(), 600U) << body;
  }
}

TEST_F(HttpTest, GetFlagsAndVersion) {
  EXPECT_HAS(Call(R"({"type": "GET_FLAGS"})").body,
             R"({"name":"isolation","value":"linux/seccomp"})");
  EXPECT_HAS(Call(R"({"type": "GET_VERSION"})").body, R"("version_info":{"version":")");
}

}  // namespace
}  // namespace runtime::agent
