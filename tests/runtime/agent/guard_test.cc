// TLS and credentials: what stands between the network and the agent.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "runtime/agent/credentials.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr char kHealth[] = R"({"type": "GET_HEALTH"})";
constexpr char kCredentials[] =
    R"({"credentials": [{"principal": "ops", "secret": "s3cret"},
                        {"principal": "x", "secret": "a:b\u00e4"}]})";
constexpr char kOps[] = "b3BzOnMzY3JldA==";  // ops:s3cret

TEST(Base64Test, Decodes) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64(kOps), "ops:s3cret");
  EXPECT_EQ(DecodeBase64("Zg=="), "f");
  EXPECT_EQ(DecodeBase64("Zm8="), "fo");
  EXPECT_EQ(DecodeBase64("Zm9v"), "foo");
  EXPECT_EQ(DecodeBase64("/+8="), "\xff\xef");
  for (const char* bad : {"Z", "Zg", "Zg=", "Z===", "====", "Zm9v=", "Zm 9", "Zg==Zg==", "Zm-v"}) {
    EXPECT_EQ(DecodeBase64(bad), std::nullopt) << bad;
  }
}

TEST(CredentialsTest, Admits) {
  const auto credentials = Credentials::Read(kCredentials);
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_TRUE(credentials->Admit("Basic b3BzOnMzY3JldA=="));
  EXPECT_TRUE(credentials->Admit("bAsIc  b3BzOnMzY3JldA=="));
  EXPECT_TRUE(credentials->Admit("Basic eDphOmLDpA=="));  // x:a:bä
  for (const char* bad : {"", "Basic", "Basic ", "Basic b3BzOnMzY3JldA", "Bearer b3BzOnMzY3JldA==",
                          "b3BzOnMzY3JldA==", "Basic b3BzOg==", "Basic b3BzOnMzY3JlVA==",
                          "Basic OnMzY3JldA==", "Basic b3BzOnMzY3JldAA="}) {
    EXPECT_FALSE(credentials->Admit(bad)) << bad;
  }
}

TEST(CredentialsTest, Mistakes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1"},
      {"{}", "credentials is missing"},
      {R"({"credentials": []})", "there are no credentials in it"},
      {R"({"credentials": ["a"]})", "a credential is an object"},
      {R"({"credentials": [{"principal": "a"}]})", "secret is missing"},
      {R"({"credentials": [{"principal": "a", "secret": ""}]})", "the secret is empty"},
      {R"({"credentials": [{"principal": "a:b", "secret": "c"}]})", "no colon"},
      {R"({"credentials": [{"principal": "", "secret": "c"}]})", "not empty"},
  };
  for (const auto& [text, message] : cases) {
    const auto credentials = Credentials::Read(text);
    ASSERT_FALSE(credentials) << text;
    EXPECT_HAS(credentials.error().message, message);
  }
}

// What a shell command prints, and its exit status.
std::pair<std::string, int> Shell(const std::string& command) {
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> chunk;
  std::size_t n = 0;
  while ((n = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0) output.append(chunk.data(), n);
  return {output, WEXITSTATUS(pclose(pipe))};
}

class GuardTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    WriteSecret("credentials.json", kCredentials);
    const auto [output, status] = Shell(
        "cd " + folder_.string() +
        " && umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        "-days 2 -subj /CN=agent -addext subjectAltName=IP:127.0.0.1 -keyout key.pem "
        "-out cert.pem");
    if (status == 127) GTEST_SKIP() << "needs openssl";
    ASSERT_EQ(status, 0) << output;
  }

  void WriteSecret(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    fs::permissions(folder_ / name, fs::perms(0600));
  }

  std::vector<std::string> TlsFlags() const {
    return {"--ssl_cert_file=" + (folder_ / "cert.pem").string(),
            "--ssl_key_file=" + (folder_ / "key.pem").string()};
  }
  std::string CredentialsFlag() const {
    return "--http_credentials=" + (folder_ / "credentials.json").string();
  }

  void ServeTcp(std::vector<std::string> flags, const std::string& ip = "127.0.0.1") {
    flags.insert(flags.end(), {"--ip=" + ip, "--port=0", "--seccomp_profile_name=default.json"});
    Serve("linux/seccomp", flags);
    const std::string err = Err();
    const std::string line = err.substr(err.find("listening on"));
    port_ = std::stoi(line.substr(line.rfind(':') + 1));
  }
  void ServeGuarded() {
    auto flags = TlsFlags();
    flags.push_back(CredentialsFlag());
    ServeTcp(flags);
  }

  // The status that curl gets, and its own. `options` for curl.
  std::string Curl(const std::string& options) const {
    const std::string data =
        options.find("--data") == std::string::npos ? " -d '" + std::string(kHealth) + "' " : " ";
    return Shell("curl -sS -m 20 -o /dev/null -w '%{http_code} ' --cacert " +
                 (folder_ / "cert.pem").string() + " -H 'Content-Type: application/json'" + data +
                 options + " https://127.0.0.1:" + std::to_string(port_) + "/api/v1")
        .first;
  }
  std::string OpenSsl(const std::string& options) const {
    return Shell("openssl s_client -connect 127.0.0.1:" + std::to_string(port_) + " " + options +
                 " </dev/null")
        .first;
  }

  int port_ = 0;
};

TEST_F(GuardTest, CurlWithTlsAndCredentials) {
  ServeGuarded();
  EXPECT_HAS(Err(), "listening on https://127.0.0.1:");
  EXPECT_EQ(Err().find("warning: any local user"), std::string::npos);
  EXPECT_EQ(Curl("-u ops:s3cret"), "200 ");
  EXPECT_EQ(Curl("-u ops:wrong"), "401 ");
  EXPECT_EQ(Curl("-u no:s3cret"), "401 ");
  EXPECT_EQ(Curl(""), "401 ");
  EXPECT_EQ(Curl("-u ops:s3cret --tls-max 1.2"), "200 ");
  EXPECT_EQ(Curl("-u ops:s3cret -H 'Origin: http://evil'"), "403 ");
  EXPECT_EQ(Curl("-u ops:s3cret -H 'X: " + std::string(9000, 'x') + "'"), "431 ");
  // Several requests on one connection, and a body that takes many records.
  std::ofstream(folder_ / "body") << kHealth << std::string(900 * 1024, ' ');
  const std::string url = " https://127.0.0.1:" + std::to_string(port_) + "/api/v1";
  EXPECT_EQ(
      Curl("-u ops:s3cret --data-binary @" + (folder_ / "body").string() + " -o /dev/null" + url),
      "200 200 ");
  // Refused in the midst of a body: the client gets to read why.
  std::ofstream(folder_ / "long") << std::string(8 << 20, ' ');
  EXPECT_HAS(Curl("-u ops:s3cret -H Expect: --data-binary @" + (folder_ / "long").string()),
             "413 ");
  // The page for Prometheus is guarded, too.
  EXPECT_EQ(Shell("curl -sS -o /dev/null -w '%{http_code}' -k https://127.0.0.1:" +
                  std::to_string(port_) + "/metrics")
                .first,
            "401");
  EXPECT_HAS(Err(), "event=rejection reason=credentials");
}

TEST_F(GuardTest, AContainerOverTls) {
  ServeGuarded();
  const auto call = [&](const std::string& body) {
    return Shell("curl -sS -m 20 --cacert " + (folder_ / "cert.pem").string() +
                 " -u ops:s3cret -H 'Content-Type: application/json' -d '" + body +
                 "' https://127.0.0.1:" + std::to_string(port_) + "/api/v1")
        .first;
  };
  EXPECT_EQ(call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {
                   "container_id": {"value": "a"}, "command": {"value": "sleep 0.2; exit 3"}}})"),
            "");
  EXPECT_HAS(call(R"({"type": "WAIT_CONTAINER",
                      "wait_container": {"container_id": {"value": "a"}}})"),
             R"("exit_status":768)");
}

TEST_F(GuardTest, OldTlsIsRefused) {
  ServeGuarded();
  EXPECT_HAS(OpenSsl("-tls1_3"), "TLSv1.3, Cipher is TLS_");
  EXPECT_HAS(OpenSsl("-tls1_2"), "TLSv1.2, Cipher is ECDHE-");
  EXPECT_HAS(OpenSsl("-tls1_1 -cipher ALL:@SECLEVEL=0"), "Cipher is (NONE)");
  EXPECT_HAS(OpenSsl("-tls1_2 -cipher AES128-SHA"), "Cipher is (NONE)");
}

TEST_F(GuardTest, PlainHttpToTls) {
  ServeGuarded();
  Client client(port_);
  client.Send(Request(kHealth));
  // At most an alert of TLS, and the end.
  EXPECT_EQ(client.Read().status, 0);
  EXPECT_TRUE(Eventually(
      [&] { return Err().find("event=rejection reason=handshake") != std::string::npos; }));
  EXPECT_EQ(Curl("-u ops:s3cret"), "200 ");
}

TEST_F(GuardTest, ConnectionsWithoutAHandshakeAreBounded) {
  ServeGuarded();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<Client>(port_));
  EXPECT_EQ(Curl("-u ops:s3cret"), "200 ");
  kill(agent_, SIGTERM);  // and they do not hold up the end
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Join().status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(GuardTest, BeyondLoopback) {
  auto flags = TlsFlags();
  flags.push_back(CredentialsFlag());
  ServeTcp(flags, "0.0.0.0");
  EXPECT_HAS(Err(), "listening on https://0.0.0.0:");
  EXPECT_EQ(Curl("-u ops:s3cret"), "200 ");
}

TEST_F(GuardTest, CredentialsWithoutTlsOnLoopback) {
  ServeTcp({CredentialsFlag()});
  Client client(port_);
  client.Send(Request(kHealth));
  const Reply refused = client.Read();
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.at("www-authenticate"),
            R"(Basic realm="seccomp-agent", charset="UTF-8")");
  EXPECT_TRUE(client.AtEnd());
  Client known(port_);
  known.Send(Request(kHealth, "Content-Type: application/json\r\nAuthorization: Basic " +
                                  std::string(kOps) + "\r\n"));
  EXPECT_EQ(known.Read().status, 200);
}

TEST_F(GuardTest, FilesAreCheckedAtTheStart) {
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> flags = Flags("linux/seccomp");
    flags.insert(flags.end(), {"--ip=127.0.0.1", "--port=0", "--check"});
    flags.insert(flags.end(), more.begin(), more.end());
    return Refused({flags}).err;
  };
  const std::string credentials = folder_ / "credentials.json";
  fs::permissions(credentials, fs::perms(0640));
  EXPECT_HAS(refused({CredentialsFlag()}), "chmod 0600 it");
  fs::permissions(credentials, fs::perms(0600));
  ASSERT_EQ(chown(credentials.c_str(), 65534, 0), 0);
  EXPECT_HAS(refused({CredentialsFlag()}), "must belong to root");
  ASSERT_EQ(chown(credentials.c_str(), 0, 0), 0);
  WriteSecret("credentials.json", R"({"credentials": [{}]})");
  EXPECT_HAS(refused({CredentialsFlag()}), "line 1, column 18: principal is missing");
  EXPECT_HAS(refused({"--http_credentials=/no/such/file"}), "No such file");

  const std::string key = folder_ / "key.pem";
  fs::permissions(key, fs::perms(0644));
  EXPECT_HAS(refused(TlsFlags()), "key.pem: others may read or change it");
  fs::permissions(key, fs::perms(0600));
  auto swapped = TlsFlags();
  swapped[0] = "--ssl_cert_file=" + key;
  EXPECT_HAS(refused(swapped), "--ssl_cert_file=" + key + ": ");
  WriteSecret("key.pem", "no key");
  EXPECT_HAS(refused(TlsFlags()), "--ssl_key_file=" + key + ": ");
}

}  // namespace
}  // namespace runtime::agent
