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

  // A file of the test's directory.
  std::string Text(const std::string& name) { return Slurp(directory_ / name); }

  // Runs the commands by the shell, within the test's directory.
  Outcome Shell(const std::string& commands) {
    const std::string command = "cd " + directory_.string() + " && (" + commands + ") >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Text("out"), Text("err")};
  }

  // The same with `seccomp-lint COMMAND_LINE`.
  Outcome Run(const std::string& command_line) {
    return Shell(std::string(SECCOMP_LINT) + " " + command_line);
  }

  fs::path directory_;
};
