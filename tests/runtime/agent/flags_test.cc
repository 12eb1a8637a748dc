#include "runtime/agent/flags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace runtime::agent {
namespace {

using Words = std::vector<std::string>;

std::string ErrorOf(const Words& args, const Words& environment = {}) {
  const auto flags = ParseFlags(args, environment);
  EXPECT_FALSE(flags);
  return flags ? "" : flags.error().message;
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(FlagsTest, Defaults) {
  const auto flags = ParseFlags(Words{}, Words{});
  ASSERT_TRUE(flags);
  EXPECT_TRUE(flags->isolation.Has(run::Isolator::kSeccomp));
  EXPECT_FALSE(flags->isolation.Has(run::Isolator::kPid));
  EXPECT_EQ(flags->work_dir, "/var/lib/seccomp-agent");
  EXPECT_EQ(flags->runtime_dir, "/run/seccomp-agent");
  EXPECT_TRUE(flags->filters.enosys_horizon);
  EXPECT_EQ(flags->filters.compiler, schema::filter::Compiler::kDirect);
  EXPECT_FALSE(flags->tcp);
  EXPECT_EQ(ParseFlags(Words{}, Words{"RUNTIME_DIRECTORY=/run/a:/run/b"})->runtime_dir, "/run/a");
}

TEST(FlagsTest, BothForms) {
  const auto flags = ParseFlags(
      Words{"--work_dir=/a", "--isolation", "linux/seccomp,namespaces/pid", "--check"}, Words{});
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->work_dir, "/a");
  EXPECT_TRUE(flags->isolation.Has(run::Isolator::kPid));
  EXPECT_TRUE(flags->check);
  EXPECT_FALSE(ParseFlags(Words{"--check=false"}, Words{})->check);
}

TEST(FlagsTest, Cgroups) {
  const auto flags = ParseFlags(Words{"--isolation=linux/seccomp,cgroups/all"}, Words{});
  ASSERT_TRUE(flags);
  EXPECT_TRUE(flags->isolation.Has(run::Isolator::kCgroups));
  EXPECT_FALSE(ParseFlags(Words{}, Words{})->isolation.Has(run::Isolator::kCgroups));
  EXPECT_HAS(ErrorOf({"--isolation=cgroups/all,cgroups/all"}), "given twice");
  EXPECT_HAS(ErrorOf({"--isolation=cgroups/cpu"}), "not supported by this build");
  EXPECT_HAS(ErrorOf({"--isolation=cgroups/cpu"}), "linux/nnp, cgroups/all");
}

TEST(FlagsTest, CommandLineWinsOverTheEnvironment) {
  const Words environment = {"MESOS_WORK_DIR=/b", "MESOS_RUNTIME_DIR=/c", "MESOS_QUORUM=2",
                             "WORK_DIR=/d"};
  const auto flags = ParseFlags(Words{"--work_dir=/a"}, environment);
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->work_dir, "/a");
  EXPECT_EQ(flags->runtime_dir, "/c");
}

TEST(FlagsTest, AMistakeInTheEnvironmentIsToldAsItsOwn) {
  const Words environment = {"MESOS_IP=127.0.0.1", "MESOS_PORT=x"};
  EXPECT_EQ(ErrorOf({}, environment),
            "--port=x is no port: 0 to 65535; by the environment: MESOS_PORT");
  EXPECT_EQ(ErrorOf({"--port=y"}, environment), "--port=y is no port: 0 to 65535");
  EXPECT_EQ(ErrorOf({}, {"MESOS_PORT=80"}),
            "--port needs --ip; without it, a Unix socket is used; by the environment: MESOS_PORT");
}

TEST(FlagsTest, Mistakes) {
  EXPECT_HAS(ErrorOf({"--wrok_dir=/a"}), "unknown option --wrok_dir, did you mean \"work_dir\"?");
  EXPECT_HAS(ErrorOf({"--wrok_dir=/a"}), "known: --isolation, --seccomp_config_dir");
  EXPECT_HAS(ErrorOf({"--work_dir"}), "needs a value");
  EXPECT_HAS(ErrorOf({"--work_dir=/a", "--work_dir=/b"}), "given twice");
  EXPECT_HAS(ErrorOf({"--work_dir=a"}), "no absolute path");
  EXPECT_HAS(ErrorOf({"operand"}), "unexpected argument");
  EXPECT_HAS(ErrorOf({"--check=yes"}), "true or false");
  EXPECT_HAS(ErrorOf({}, {"MESOS_CHECK=1"}), "MESOS_CHECK");
  EXPECT_HAS(ErrorOf({"--isolation=linux/seccomp,linux/seccomp"}), "given twice");
  EXPECT_HAS(ErrorOf({"--isolation=linux/seccomp,,linux/nnp"}), "unknown isolation \"\"");
  EXPECT_HAS(ErrorOf({"--seccomp_compiler=gcc"}), "a compiler is direct or libseccomp");
  EXPECT_HAS(ErrorOf({"--isolation=linux/nnp", "--seccomp_profile_name=a"}), "needs linux/seccomp");
}

TEST(FlagsTest, Addresses) {
  EXPECT_EQ(ParseFlags(Words{"--ip=127.0.0.1"}, Words{})->tcp->port, 5051);
  EXPECT_EQ(ParseFlags(Words{"--ip=::1", "--port=80"}, Words{})->tcp->port, 80);
  EXPECT_HAS(ErrorOf({"--ip=localhost"}), "no IP address");
  EXPECT_HAS(ErrorOf({"--port=80"}), "--port needs --ip");
  EXPECT_HAS(ErrorOf({"--ip=127.0.0.1", "--port=65536"}), "no port");
  EXPECT_HAS(ErrorOf({"--ip=127.0.0.1", "--port="}), "no port");
}

TEST(FlagsTest, BeyondLoopbackNeedsTlsAndCredentials) {
  const std::string cert = "--ssl_cert_file=/c";
  const std::string key = "--ssl_key_file=/k";
  const std::string credentials = "--http_credentials=/h";
  for (const std::string ip :
       {"--ip=0.0.0.0", "--ip=192.168.0.1", "--ip=::", "--ip=::ffff:7f00:1"}) {
    EXPECT_HAS(ErrorOf({ip}), "missing: --ssl_cert_file, --ssl_key_file, --http_credentials");
    EXPECT_HAS(ErrorOf({ip, cert, key}), "missing: --http_credentials");
    EXPECT_HAS(ErrorOf({ip, credentials}), "missing: --ssl_cert_file, --ssl_key_file");
    EXPECT_TRUE(ParseFlags(Words{ip, cert, key, credentials}, Words{})) << ip;
  }
  EXPECT_HAS(ErrorOf({"--ip=127.0.0.1", cert}), "need each other");
  EXPECT_HAS(ErrorOf({"--ip=127.0.0.1", key}), "need each other");
  EXPECT_TRUE(ParseFlags(Words{"--ip=127.0.0.1", credentials}, Words{}));
  EXPECT_HAS(ErrorOf({credentials}), "needs --ip");
  EXPECT_HAS(ErrorOf({cert, key}), "needs --ip");
}

TEST(FlagsTest, Logging) {
  EXPECT_EQ(ParseFlags(Words{}, Words{})->log_format, LogFormat::kText);
  EXPECT_EQ(ParseFlags(Words{"--log_format=json"}, Words{})->log_format, LogFormat::kJson);
  EXPECT_EQ(ParseFlags(Words{"--logging_level=ERROR"}, Words{})->logging_level, Level::kError);
  EXPECT_HAS(ErrorOf({"--log_format=xml"}), "text or json");
  EXPECT_HAS(ErrorOf({"--logging_level=info"}), "INFO, WARNING or ERROR");
}

}  // namespace
}  // namespace runtime::agent
