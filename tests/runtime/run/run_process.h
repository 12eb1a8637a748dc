// For the tests of seccomp-run: the program in a folder of its own, and what came of it.

#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace runtime::run {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class RunTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    std::string pattern = std::filesystem::temp_directory_path() / "run_test.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    std::ofstream(folder_ / "deny.json") << Denying("SCMP_ACT_ERRNO");
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  static std::string Denying(const std::string& action, const std::string& rule = "") {
    return R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["uname"], "action": ")" +
           action + '"' + rule + "}]}";
  }

  std::string Profile() const { return "--profile=" + (folder_ / "deny.json").string(); }

  std::string Slurp(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  pid_t Start(std::vector<std::string> words, const std::function<void()>& before_exec = nullptr) {
    const std::string out = folder_ / "out";
    const std::string err = folder_ / "err";
    const pid_t pid = fork();
    if (pid != 0) return pid;
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 1);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
    words.insert(words.begin(), SECCOMP_RUN);
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (before_exec) before_exec();
    execv(argv[0], argv.data());
    _exit(99);
  }

  Outcome Finish(pid_t pid) const {
    int status = 0;
    pid_t ended = 0;
    for (int i = 0; i < 3000 && ended == 0; ++i) {
      ended = waitpid(pid, &status, WNOHANG);
      if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (ended == 0) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
    }
    EXPECT_EQ(ended, pid) << "it does not end";
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -status, Slurp("out"), Slurp("err")};
  }

  Outcome Run(std::vector<std::string> words, const std::function<void()>& before_exec = nullptr) {
    return Finish(Start(std::move(words), before_exec));
  }

  // Waits until the command has written "ready", or `part`.
  void AwaitReady() const { AwaitOutput("ready"); }
  void AwaitOutput(const std::string& part) const {
    for (int i = 0; i < 3000 && Slurp("out").find(part) == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_HAS(Slurp("out"), part);
  }

  std::filesystem::path folder_;
};

}  // namespace runtime::run
