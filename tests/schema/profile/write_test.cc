#include "schema/profile/write.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "schema/json/reader.h"
#include "schema/profile/parser.h"

namespace schema::profile {
namespace {

std::string Rewritten(const std::string& text) {
  const auto json = json::Read(text);
  EXPECT_TRUE(json.valid);
  return ToJson(*Parse(json.document).profile);
}

// They hold nearly all that a profile can, laid out the same way by hand.
TEST(Write, ShippedProfilesAsTheyAre) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PROFILES)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(Rewritten(text), text) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST(Write, EveryKey) {
  const std::string text = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "defaultErrno": "ENOSYS",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "flags": ["SECCOMP_FILTER_FLAG_LOG"],
  "listenerPath": "/run/\u0001\"\\é",
  "listenerMetadata": "m",
  "syscalls": [
    {
      "comment": "tab\u0009",
      "names": ["a_name_that_is_so_long_that_it_and_the_next_one_do_not_fit_into_one_line_of_such_a_file_at_all"],
      "action": "SCMP_ACT_ERRNO",
      "errnoRet": 1,
      "errno": "EPERM",
      "args": [
        { "index": 0, "value": 18446744073709551615, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" },
        { "index": 5, "value": 0, "op": "SCMP_CMP_NE" }
      ],
      "includes": { "caps": ["CAP_BPF"], "arches": ["amd64"], "minKernel": "4.8" },
      "excludes": {}
    }
  ]
}
)";
  const std::string once = Rewritten(text);
  EXPECT_EQ(Rewritten(once), once);
  EXPECT_NE(once.find("\"names\": [\n        \"a_name"), std::string::npos) << once;
  for (const char* part :
       {R"("/run/\u0001\"\\é")", R"("tab\t")", "18446744073709551615", R"("excludes": {})",
        R"("defaultErrno": "ENOSYS")", R"("minKernel": "4.8")"}) {
    EXPECT_NE(once.find(part), std::string::npos) << part;
  }
}

TEST(Write, TheOldFormOfANameBecomesTheNewOne) {
  const std::string text = Rewritten(
      R"({"defaultAction": "SCMP_ACT_KILL", "syscalls": [{"name": "read", "action": "SCMP_ACT_ALLOW"}]})");
  EXPECT_NE(text.find(R"("names": ["read"])"), std::string::npos) << text;
}

TEST(Write, NoRules) {
  EXPECT_EQ(Rewritten(R"({"defaultAction": "SCMP_ACT_ALLOW"})"),
            "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\",\n  \"syscalls\": []\n}\n");
}

}  // namespace
}  // namespace schema::profile
