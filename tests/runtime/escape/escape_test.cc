// The program `attempts` in containers of seccomp-run, under profiles/default.json with all of our
// isolation: no way out succeeds, and each fails for the reason that its table gives.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "schema/descriptor.h"

namespace {

namespace fs = std::filesystem;
using schema::Descriptor;

constexpr char kAll[] =
    "--isolation=linux/seccomp,filesystem/linux,namespaces/pid,namespaces/ipc,namespaces/uts,"
    "namespaces/net,linux/capabilities";

struct Ended {
  int exit_code = -1;
  std::string output;
};

Descriptor Listen(const sockaddr_un& address, socklen_t length) {
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  EXPECT_EQ(listen(listener.number(), 1), 0);
  return listener;
}

class EscapeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    std::string name = testing::TempDir() + "escape_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::permissions(folder_, fs::perms(0755));
    rootfs_ = folder_ / "rootfs";
    fs::create_directory(rootfs_);
    fs::copy_file(ATTEMPTS, rootfs_ / "attempts");
    std::ofstream(folder_ / "secret") << "of the host";
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (folder_ / "agent.sock").string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    listener_ = Listen(address, sizeof(address));
    address.sun_path[0] = '\0';
    abstract_ = "escape-" + std::to_string(getpid());
    abstract_.copy(address.sun_path + 1, sizeof(address.sun_path) - 2);
    abstract_listener_ = Listen(
        address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + abstract_.size()));
    shared_memory_ = shmget(IPC_PRIVATE, 4096, 0666);
    ASSERT_GE(shared_memory_, 0);
  }
  void TearDown() override {
    if (shared_memory_ >= 0) shmctl(shared_memory_, IPC_RMID, nullptr);
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  std::vector<std::string> HostArguments() const {
    return {folder_ / "secret", folder_ / "agent.sock", abstract_, std::to_string(getpid()),
            std::to_string(shared_memory_)};
  }

  // seccomp-run with `options`, and `command` in the rootfs; its descriptors are `standard`.
  pid_t Start(std::vector<std::string> options, const std::vector<std::string>& command,
              const std::array<int, 3>& standard) const {
    options.insert(options.begin(), SECCOMP_RUN);
    options.insert(options.end(), {"--rootfs=" + rootfs_.string(), "--"});
    options.insert(options.end(), command.begin(), command.end());
    const pid_t pid = fork();
    if (pid != 0) return pid;
    // What a careless parent leaves open: a folder of the host, and a file.
    (void)!dup2(open("/", O_RDONLY | O_DIRECTORY), 77);
    (void)!dup2(open((folder_ / "secret").c_str(), O_RDWR), 78);
    for (int i = 0; i < 3; ++i) dup2(standard.at(static_cast<std::size_t>(i)), i);
    std::vector<char*> argv;
    for (std::string& word : options) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(99);
  }

  Ended Run(const std::vector<std::string>& options,
            const std::vector<std::string>& command) const {
    const std::string path = folder_ / "output";
    const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
    const Descriptor output(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    int status = 0;
    const pid_t pid = Start(options, command, {null.number(), output.number(), output.number()});
    waitpid(pid, &status, 0);
    std::ifstream file(path);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            std::string(std::istreambuf_iterator<char>(file), {})};
  }

  void TryAll(std::vector<std::string> options) const {
    std::vector<std::string> command = HostArguments();
    command.insert(command.begin(), "/attempts");
    options.insert(options.end(), {kAll, std::string("--profile=") + PROFILE});
    const Ended ended = Run(options, command);
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    RecordProperty("attempts", ended.output);
    fs::remove(rootfs_ / "mine");
  }

  fs::path folder_;
  fs::path rootfs_;
  Descriptor listener_;
  Descriptor abstract_listener_;
  std::string abstract_;
  int shared_memory_ = -1;
};

TEST_F(EscapeTest, AsRoot) { TryAll({}); }
TEST_F(EscapeTest, AsAUser) { TryAll({"--user=1234:1234"}); }
TEST_F(EscapeTest, WithoutNewPrivileges) { TryAll({"--user=1234:1234", "--no-new-privs"}); }

// Docker's profile lets TIOCSTI pass: what keeps it from typing into the terminal that seccomp-run
// was started from is that the container has another one, and a session of its own.
TEST_F(EscapeTest, TheTerminalIsTheContainersOwn) {
  for (const std::string init : {"--no-init", "--no-init=false"}) {
    int master = -1;
    int slave = -1;
    ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      setsid();
      ioctl(slave, TIOCSCTTY, 0);
      const pid_t run =
          Start({"--unconfined", kAll, init}, {"/attempts", "--type"}, {slave, slave, slave});
      int status = 0;
      waitpid(run, &status, 0);
      _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
    }
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    int typed = -1;
    EXPECT_EQ(ioctl(slave, FIONREAD, &typed), 0);
    EXPECT_EQ(typed, 0) << "it has typed into the host's terminal";
    close(master);
    close(slave);
  }
}

}  // namespace
