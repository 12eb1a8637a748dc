#include "runtime/oci/bundle.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "runtime/oci/refusal.h"

namespace runtime::oci {
namespace {

Bundle Parsed(const std::string& text) {
  auto bundle = Bundle::Parse("config.json", text);
  if (!bundle) throw std::runtime_error(bundle.error().message);
  return std::move(*bundle);
}

std::string ErrorOf(const std::string& text) {
  const auto bundle = Bundle::Parse("config.json", text);
  return bundle ? "" : bundle.error().message;
}

TEST(Bundle, WhatDecides) {
  const Bundle bundle = Parsed(R"({ "process": { "capabilities": { "bounding":
      ["CAP_CHOWN", "CAP_KILL", "CAP_OF_TOMORROW"], "effective": ["CAP_SYS_ADMIN"] } },
    "annotations": { "io.seccomp-lint.profile": "a.json" },
    "linux": { "seccomp": { "defaultAction": "SCMP_ACT_ALLOW" } } })");
  EXPECT_EQ(schema::kernel::ToString(bundle.bounding()), "CAP_CHOWN+CAP_KILL");
  ASSERT_TRUE(bundle.profile());
  EXPECT_EQ(bundle.profile()->value, "a.json");
  ASSERT_NE(bundle.seccomp(), nullptr);
  EXPECT_EQ(bundle.seccomp()->members.size(), 1U);

  for (const char* text : {"{}", R"({"linux":null,"annotations":null,"process":null})",
                           R"({"linux":{"seccomp":null},"process":{"capabilities":{}}})"}) {
    const Bundle empty = Parsed(text);
    EXPECT_EQ(empty.seccomp(), nullptr);
    EXPECT_FALSE(empty.profile());
    EXPECT_EQ(empty.bounding(), schema::kernel::CapabilitySet());
  }
}

TEST(Bundle, IsARegularFile) {
  const std::string path = testing::TempDir() + "fifo." + std::to_string(getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto bundle = Bundle::Load(path);  // without a wait for somebody who writes
  unlink(path.c_str());
  ASSERT_FALSE(bundle);
  EXPECT_NE(bundle.error().message.find("is not a regular file"), std::string::npos);
}

TEST(Bundle, WhatRuntimesReadDifferently) {
  EXPECT_NE(ErrorOf(R"({"linux":{},"linux":{}})"), "");
  EXPECT_EQ(ErrorOf(R"({"Linux":{}})"),
            "config.json:1:2: \"Linux\" counts as \"linux\" for some runtimes and as nothing for "
            "others: write \"linux\"");
  EXPECT_NE(ErrorOf(R"({"linux":{"seccomp":{},"SECCOMP":null}})"), "");
  EXPECT_NE(ErrorOf("{\"linux\":{\"\u017Feccomp\":null}}"), "");
  EXPECT_NE(ErrorOf(R"({"process":{"capabilities":{"Bounding":[]}}})"), "");
  EXPECT_NE(ErrorOf(R"({"annotations":{"io.seccomp-lint.profile":1}})"), "");
  EXPECT_NE(ErrorOf(R"({"annotations":[]})"), "");
  EXPECT_NE(ErrorOf("[]"), "");
  EXPECT_NE(ErrorOf("{"), "");
}

TEST(Bundle, With) {
  EXPECT_EQ(Parsed(R"({ "a": 1 })").With("{S}", "P"),
            R"({"annotations":{"run.oci.seccomp_bpf_data":"P"},"linux":{"seccomp":{S}}, "a": 1 })");
  EXPECT_EQ(Parsed(R"({"linux":{"x":[ 1 ]},"annotations":{"y":"z"}})").With("{S}", "P"),
            R"({"linux":{"seccomp":{S},"x":[ 1 ]},)"
            R"("annotations":{"run.oci.seccomp_bpf_data":"P","y":"z"}})");
  EXPECT_EQ(Parsed(R"({"linux":{},"annotations":null})").With("{S}", "P"),
            R"({"linux":{"seccomp":{S}},"annotations":{"run.oci.seccomp_bpf_data":"P"}})");
  EXPECT_EQ(Parsed(R"({"linux":null,"annotations":{}})").With("{S}", "P"),
            R"({"linux":{"seccomp":{S}},"annotations":{"run.oci.seccomp_bpf_data":"P"}})");
  const std::string done =
      R"({"linux":{"seccomp":{"b":1}},"annotations":{"run.oci.seccomp_bpf_data":"P"}})";
  EXPECT_EQ(Parsed(done).With("", "P"), done);
  EXPECT_EQ(Parsed(done).With("{S}", "Q"),
            R"({"linux":{"seccomp":{S}},"annotations":{"run.oci.seccomp_bpf_data":"Q"}})");
}

// Whoever submits a container may not bring a filter along.
TEST(Bundle, AForeignProgramGoes) {
  const auto without = [](const std::string& members) {
    return Parsed("{\"annotations\":{" + members + "}}").With("", "");
  };
  const std::string program = R"("run.oci.seccomp_bpf_data" : "P")";
  EXPECT_EQ(without(program), R"({"annotations":{}})");
  EXPECT_EQ(without(program + R"( , "a":"b")"), R"({"annotations":{"a":"b"}})");
  EXPECT_EQ(without(R"("a":"b", )" + program), R"({"annotations":{"a":"b"}})");
  EXPECT_EQ(without(R"("a":"b",)" + program + R"(,"c":"d")"),
            R"({"annotations":{"a":"b","c":"d"}})");
}

// What a link leads to may be another bundle's, too.
TEST(Bundle, ReplaceKeepsModeAndWritesNothingOutside) {
  std::string folder = (std::filesystem::temp_directory_path() / "oci-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/config.json";
  const std::string link = folder + "/link.json";
  std::ofstream(path) << "{}";
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  ASSERT_EQ(symlink("config.json", link.c_str()), 0);
  auto bundle = Bundle::Load(link);
  ASSERT_TRUE(bundle);
  ASSERT_TRUE(bundle->Replace("{ }"));
  const auto text_of = [](const std::string& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  };
  EXPECT_EQ(text_of(link), "{ }");
  EXPECT_EQ(text_of(path), "{}");
  struct stat status {};
  ASSERT_EQ(lstat(link.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 2U);
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(bundle->Replace("{}"));
}

TEST(Refusal, LineOfJson) {
  EXPECT_EQ(JsonLine("a \"b\" \\\n\tc\x01", "T"),
            "{\"level\":\"error\",\"msg\":\"a \\\"b\\\" \\\\\\n\\tc\\u0001\",\"time\":\"T\"}\n");
}

}  // namespace
}  // namespace runtime::oci
