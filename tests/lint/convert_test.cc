// seccomp-lint convert, and the other commands on SeccompProfiles and OCI configs.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

namespace json = boost::json;

constexpr const char* kTarget = " --target arch=amd64,kernel=6.1,libseccomp=2.5.4";

constexpr const char* kDocker = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
  "syscalls": [
    {"names": ["read", "write", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 4294967295, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
    {"names": ["chown"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_CHOWN"]}}
  ]
})";

class ConvertTest : public CliTest {
 protected:
  Outcome Convert(const std::string& arguments) { return Run("convert " + arguments + kTarget); }

  std::string Refusal(const std::string& profile) {
    Write("refused.json", profile);
    const Outcome outcome = Convert("refused.json --to seccompprofile");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }
};

TEST_F(ConvertTest, ThereAndBackIsTheSame) {
  Write("docker.json", kDocker);
  Outcome outcome = Convert("docker.json --to seccompprofile --name tight -o made.yaml");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("note: this holds for arch=x86_64,kernel=6.1"), std::string::npos);
  outcome = Run(std::string("diff docker.json made.yaml") + kTarget);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  outcome = Convert("made.yaml --to docker -o back.json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  outcome = Run(std::string("diff docker.json back.json") + kTarget);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  outcome = Convert("made.yaml --to oci");
  EXPECT_EQ(outcome.out, Text("back.json"));
  EXPECT_EQ(Text("back.json").find("bpf"), std::string::npos);
  EXPECT_NE(Text("back.json").find("chown"), std::string::npos);
}

TEST_F(ConvertTest, ARuleWithoutNamesStaysOne) {
  Write("docker.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": [], "action": "SCMP_ACT_ALLOW"}, {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})");
  const Outcome outcome = Convert("docker.json --to seccompprofile");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("names: []\n"), std::string::npos) << outcome.out;
}

TEST_F(ConvertTest, TheYamlIsReadByOthersAsByUs) {
  Write("docker.json", kDocker);
  Convert("docker.json --to seccompprofile -o made.yaml");
  const Outcome python = Shell(
      "python3 -c 'import json, yaml; print(json.dumps(yaml.safe_load(open(\"made.yaml\"))))'");
  if (python.exit_code != 0) GTEST_SKIP() << "python3-yaml is not installed";
  const json::value made = json::parse(python.out);
  EXPECT_EQ(made.at("kind"), "SeccompProfile");
  EXPECT_EQ(made.at("metadata").at("name"), "docker");
  const Outcome oci = Convert("docker.json --to oci");
  json::value spec = made.at("spec");
  spec.as_object()["defaultErrnoRet"] = 1;
  EXPECT_EQ(spec, json::parse(oci.out)) << json::serialize(spec) << oci.out;
}

TEST_F(ConvertTest, WhatTheFormCannotSayIsRefusedWithItsPlace) {
  EXPECT_EQ(
      Refusal(R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
    "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ALLOW"}]})"),
      "seccomp-lint: refused.json:1:56: a SeccompProfile has no defaultErrnoRet: its default can "
      "fail with EPERM alone\n");
  EXPECT_EQ(
      Refusal(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"],
    "action": "SCMP_ACT_ERRNO", "errnoRet": 0}]})"),
      "seccomp-lint: refused.json:2:45: the operator drops an errnoRet of 0, and the call would "
      "get EPERM\n");
  EXPECT_EQ(
      Refusal(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mmap"], "args":
    [{"index": 0, "op": "SCMP_CMP_EQ", "value": 9223372036854775808}], "action": "SCMP_ACT_KILL"}]})"),
      "seccomp-lint: refused.json:2:49: 9223372036854775808 is beyond 2^63-1, and integers in the "
      "Kubernetes API are signed\n");
  EXPECT_EQ(
      Refusal(
          R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"]})"),
      "seccomp-lint: refused.json:1:47: the operator does not know the flag "
      "SECCOMP_FILTER_FLAG_NEW_LISTENER\n");
  Write("Big Name.json", kGood);
  EXPECT_EQ(Convert("'Big Name.json' --to seccompprofile").exit_code, 1);
  EXPECT_EQ(Convert("'Big Name.json' --to seccompprofile --name good").exit_code, 0);
}

TEST_F(ConvertTest, AContradictionIsNotConverted) {
  Write("both.json", R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["bpf"], "action": "SCMP_ACT_ERRNO"}, {"names": ["bpf"], "action": "SCMP_ACT_KILL"}]})");
  const Outcome outcome = Convert("both.json --to oci");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ConvertTest, Usage) {
  Write("good.json", kGood);
  EXPECT_EQ(Convert("good.json").exit_code, 2);
  EXPECT_EQ(Convert("good.json --to podman").exit_code, 2);
  EXPECT_EQ(Convert("--to oci").exit_code, 2);
  EXPECT_EQ(Convert("missing.json --to oci").exit_code, 2);
  EXPECT_EQ(Convert("good.json --to oci -o missing/folder").exit_code, 2);
}

constexpr const char* kTwo = R"(
apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
metadata: {name: open}
spec: {defaultAction: SCMP_ACT_ALLOW}
---
apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
metadata: {name: closed}
spec:
  defaultAction: SCMP_ACT_ALLOW
  syscalls:
  - names: [mount]
    action: SCMP_ACT_ERRNO
)";

TEST_F(ConvertTest, OneOfSeveralByItsName) {
  Write("two.yaml", kTwo);
  EXPECT_NE(Run("query two.yaml mount").err.find("say two.yaml#NAME, with one of open, closed"),
            std::string::npos);
  EXPECT_NE(Run("query two.yaml#closed mount").out.find("SCMP_ACT_ERRNO(EPERM)"),
            std::string::npos);
  EXPECT_NE(Run("query two.yaml#closed mount").out.find("two.yaml#closed:13:5, rule 0"),
            std::string::npos);
  EXPECT_NE(Run("query two.yaml#open mount").out.find("SCMP_ACT_ALLOW"), std::string::npos);
  EXPECT_NE(Run("query two.yaml#none mount").err.find("no profile called none"), std::string::npos);
  EXPECT_EQ(Run("diff two.yaml#open two.yaml#closed").exit_code, 1);
  EXPECT_EQ(Run("prove two.yaml#closed").exit_code, 0);
}

TEST_F(ConvertTest, TablesStandBesideYamlToo) {
  Write("one.yaml", std::string(kTwo).substr(0, std::string(kTwo).find("---")));
  Write("one.verdicts", "target arch=x86_64,kernel=6.1,caps=docker\nmount(...) -> allow\n");
  EXPECT_EQ(Run("test one.yaml").exit_code, 0) << Run("test one.yaml").err;
  EXPECT_EQ(Run("test .").exit_code, 0);
}

TEST_F(ConvertTest, AFolderHoldsOtherYamlInSilence) {
  Write("all/two.yaml", kTwo);
  Write("all/pod.yml", "apiVersion: v1\nkind: Pod\n");
  Write("all/chart.yaml", "a: {{ .Values.b }}\n");
  Write("all/good.json", kGood);
  Outcome outcome = Run("check --isolated all");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out.find("pod.yml"), std::string::npos);
  EXPECT_NE(outcome.out.find("2 files checked"), std::string::npos) << outcome.out;
  EXPECT_EQ(Run("check --isolated all/pod.yml").exit_code, 1);
  outcome = Shell("cat all/two.yaml | " SECCOMP_LINT " check --isolated -");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
}

TEST_F(ConvertTest, AConfigIsAProfileToOtherEnginesAlone) {
  Write("config.json",
        std::string("{\"ociVersion\": \"1.0.2\", \"linux\": {\"seccomp\": ") + kGood + "}}");
  EXPECT_EQ(Run("query config.json mount").exit_code, 0);
  EXPECT_EQ(Run("check --isolated config.json").exit_code, 0);
  for (const char* command : {"query config.json mount", "check --isolated config.json"}) {
    const Outcome outcome = Run(std::string(command) + " --target engine=docker");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_NE((outcome.out + outcome.err).find("UNCONFINED"), std::string::npos) << command;
  }
}

TEST_F(ConvertTest, FixLeavesYamlAlone) {
  const std::string text = std::string(kTwo) + "  - names: [mount]\n    action: SCMP_ACT_ERRNO\n";
  Write("two.yaml", text);
  EXPECT_NE(Run("check --isolated two.yaml").out.find("SL504"), std::string::npos);
  Run("check --isolated --fix --unsafe-fixes two.yaml");
  EXPECT_EQ(Text("two.yaml"), text);
}

constexpr const char* kNodes = R"({"kind": "List", "items": [
  {"kind": "Node", "status": {"nodeInfo": {"architecture": "amd64", "operatingSystem": "linux",
    "kernelVersion": "4.4.0-210-generic"}}},
  {"kind": "Node", "status": {"nodeInfo": {"architecture": "amd64", "kernelVersion": "4.4.0-211"}}},
  {"kind": "Node", "status": {"nodeInfo": {"architecture": "arm64", "kernelVersion": "6.1.0-18"}}},
  {"kind": "Node", "status": {"nodeInfo": {"architecture": "amd64", "operatingSystem": "windows",
    "kernelVersion": "10.0.17763"}}}]})";

TEST_F(ConvertTest, NodesOfAClusterAreTargets) {
  Write("nodes.json", kNodes);
  Write("log.json", R"({"defaultAction": "SCMP_ACT_LOG"})");
  const Outcome outcome =
      Run("check --isolated --select SL202 --format json --targets nodes.json log.json");
  const json::value report = json::parse(outcome.out);
  const auto& targets = report.at("findings").at(0).at("targets").as_array();
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_NE(std::string(targets[0].as_string()).find("arch=x86_64,kernel=4.4"), std::string::npos);
  EXPECT_NE(std::string(targets[0].as_string()).find("engine=oci"), std::string::npos);
}

TEST_F(ConvertTest, NodesThatCannotBeReadHaveAPlace) {
  const auto error = [&](const std::string& what, const std::string& with) {
    std::string text = kNodes;
    text.replace(text.find(what), what.size(), with);
    Write("nodes.json", text);
    Write("good.json", kGood);
    const Outcome outcome = Run("check --targets nodes.json good.json");
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.err;
  };
  EXPECT_NE(error("\"arm64\"", "\"vax\"").find("nodes.json:5:60: target arch=vax"),
            std::string::npos)
      << error("\"arm64\"", "\"vax\"");
  EXPECT_NE(error("6.1.0-18", "next").find("is no kernel version"), std::string::npos);
  EXPECT_NE(error("\"amd64\"", "\"amd64+arm64\"").find("one is wanted"), std::string::npos);
  EXPECT_NE(error("\"nodeInfo\"", "\"nodeinfo\"").find("no nodeInfo"), std::string::npos);
}

}  // namespace
