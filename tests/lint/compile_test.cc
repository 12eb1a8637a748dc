// `seccomp-lint compile`, as a person or a script meets it.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <iterator>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

constexpr const char* kReads = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}
  ]
})";

class CompileTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("p.json", kReads);
  }

  // `seccomp-lint compile COMMAND_LINE` for x86_64.
  Outcome Compile(const std::string& command_line) {
    return Run("compile --target arch=x86_64,kernel=6.1 " + command_line);
  }

  // The files of the test's directory.
  std::size_t Files() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }
};

TEST_F(CompileTest, InCItIsTheSameProgram) {
  // A name that would end a comment, or go on in the next line.
  fs::create_directory(directory_ / "*");
  Write("*/ \\", kReads);
  ASSERT_EQ(Compile("'*/ \\' -o p.c --emit c").exit_code, 0);
  EXPECT_TRUE(Text("p.c").starts_with("// \"*/ \\\"\n// on arch=x86_64,kernel=6.1,"))
      << Text("p.c");
  const Outcome alone = Shell(COMPILER " -Wall -Werror -c p.c -o p.o");
  EXPECT_EQ(alone.exit_code, 0) << alone.err;
  Write("main.c",
        "#include <stdio.h>\n#include \"p.c\"\n"
        "int main(void) { fwrite(filter, sizeof filter, 1, stdout); return 0; }\n");
  const Outcome program = Shell(COMPILER " -Wall -Werror main.c -o main && ./main");
  ASSERT_EQ(program.exit_code, 0) << program.err;
  EXPECT_FALSE(program.out.empty());
  EXPECT_EQ(program.out, Compile("p.json -o -").out);
}

TEST_F(CompileTest, AsAssemblyItHasComments) {
  const Outcome outcome = Compile("p.json -o - --emit asm");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("; \"p.json\"\n; on arch=x86_64,kernel=6.1,")) << outcome.out;
  EXPECT_NE(outcome.out.find(" instructions by compiler direct, flags of seccomp(2) 0x0\n"),
            std::string::npos);
  for (const char* part : {"arch == x86_64", "nr of x86_64", "arg0 low of personality",
                           "; 0: arch\n", "SCMP_ACT_ALLOW\n", "SCMP_ACT_ERRNO(EPERM)\n"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
}

TEST_F(CompileTest, ByEitherCompiler) {
  const Outcome direct = Compile("p.json -o -");
  const Outcome libseccomp = Compile("p.json -o - --compiler libseccomp");
  EXPECT_EQ(direct.exit_code, 0) << direct.err;
  EXPECT_EQ(libseccomp.exit_code, 0) << libseccomp.err;
  EXPECT_NE(direct.out, libseccomp.out);
  EXPECT_EQ(Compile("p.json -o - --compiler direct").out, direct.out);
  EXPECT_NE(
      Compile("p.json -o - --compiler libseccomp --emit c").out.find("by compiler libseccomp"),
      std::string::npos);
  EXPECT_NE(Compile("p.json -o - --horizon").out, direct.out);
  // What libseccomp compiles wrongly is not written; we compile it right.
  Write("q.json", R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
      {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
       "args": [{"index": 1, "value": 4096, "op": "SCMP_CMP_LT"}]},
      {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
       "args": [{"index": 1, "value": 4294967296, "op": "SCMP_CMP_GT"}]}]})");
  EXPECT_EQ(Compile("q.json -o q.bpf").exit_code, 0);
  const Outcome wrong = Compile("q.json -o wrong.bpf --compiler libseccomp");
  if (wrong.exit_code != 0) {  // libseccomp before 2.6.1
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_NE(wrong.err.find("libseccomp compiles this profile wrongly"), std::string::npos);
    EXPECT_FALSE(fs::exists(directory_ / "wrong.bpf"));
  }
}

TEST_F(CompileTest, WritesAWholeFileOrNone) {
  const std::string program = Compile("p.json -o -").out;
  ASSERT_EQ(program.size() % 8, 0U);
  ASSERT_GE(program.size(), 16U);
  EXPECT_EQ(Compile("p.json -o -").err, "");
  Write("old.bpf", "old");
  fs::permissions(directory_ / "old.bpf", fs::perms(0640));
  // Who has the old one open keeps it: the new one is another file.
  const Outcome kept =
      Shell("exec 3<old.bpf; " + std::string(SECCOMP_LINT) +
            " compile p.json -o old.bpf --target arch=x86_64,kernel=6.1 && cat <&3");
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_EQ(kept.out, "old");
  EXPECT_EQ(Text("old.bpf"), program);
  EXPECT_EQ(fs::status(directory_ / "old.bpf").permissions(), fs::perms(0640));
  // A link stays one.
  fs::create_symlink("linked.bpf", directory_ / "link.bpf");
  Write("linked.bpf", "old");
  EXPECT_EQ(Compile("p.json -o link.bpf").exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(directory_ / "link.bpf"));
  EXPECT_EQ(Text("linked.bpf"), program);
  // A pipe is written to.
  EXPECT_EQ(Compile("p.json -o /dev/null").exit_code, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(Compile("p.json -o /dev/stdout | cat").out, program);
  // Where it fails: 2, the old file, and nothing beside it.
  fs::create_directory(directory_ / "folder");
  const std::size_t files = Files();
  for (const char* path : {"nowhere/p.bpf", "folder"}) {
    const Outcome outcome = Compile(std::string("p.json -o ") + path);
    EXPECT_EQ(outcome.exit_code, 2) << path;
    EXPECT_NE(outcome.err.find(std::string("cannot write ") + path), std::string::npos)
        << outcome.err;
  }
  EXPECT_EQ(Shell("ulimit -f 0; trap '' XFSZ; " + std::string(SECCOMP_LINT) +
                  " compile p.json -o old.bpf --target arch=x86_64 >/dev/null 2>/dev/null")
                .exit_code,
            2);
  EXPECT_EQ(Text("old.bpf"), program);
  EXPECT_EQ(Files(), files);
  EXPECT_EQ(Compile("p.json -o /dev/full").exit_code, 2);
}

TEST_F(CompileTest, UsageErrorsAreTwo) {
  for (const char* arguments :
       {"p.json", "-o p.bpf", "p.json p.json -o p.bpf", "p.json -o p.bpf --emit elf",
        "p.json -o p.bpf --compiler gcc", "nowhere.json -o p.bpf"}) {
    const Outcome outcome = Compile(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
  }
  EXPECT_FALSE(fs::exists(directory_ / "p.bpf"));
}

}  // namespace
