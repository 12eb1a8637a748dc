// Runs the program within a folder of its own.

#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fs = std::filesystem;

constexpr const char* kGood = R"({"defaultAction": "SCMP_ACT_ALLOW"})";
constexpr const char* kBad = R"({"defaultAction": "SCMP_ACT_DENY"})";

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class CliTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "cli_test.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return directory_ / name;
  }

  static std::string Slurp(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Runs `seccomp-lint COMMAND_LINE` by the shell, within the test's directory.
  Outcome Run(const std::string& command_line) {
    const std::string command =
        "cd " + directory_.string() + " && " + SECCOMP_LINT + " " + command_line + " >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Slurp(directory_ / "out"),
            Slurp(directory_ / "err")};
  }

  fs::path directory_;
};
