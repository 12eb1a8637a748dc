// Listeners that are not there, that end, or do not answer.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launch/listener.h"
#include "runtime/launch/prepare.h"
#include "tests/runtime/launch/launched.h"
#include "tests/runtime/launch/notify_handler.h"
#include "tests/runtime/launch/notify_ways.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using schema::filter::Filter;
using std::chrono::milliseconds;

class NotifyFailureTest : public KernelTest {};

TEST_F(NotifyFailureTest, ACommandThatIsMissingIsToldAsWithoutAListener) {
  const NotifyHandler handler;
  Spec spec = Command({"no-such-command"});
  spec.filter = AskingAboutAll(handler.path());
  InEveryWay(spec, [](const Spec& way) {
    const LaunchError error = FailedLaunch(way);
    EXPECT_EQ(error.failure, Failure::kNotFound) << error.error.message;
  });
}

TEST_F(NotifyFailureTest, NothingStartsWhereNobodyListens) {
  std::string folder = testing::TempDir() + "nobody_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const auto bound = [&](const std::string& name, int type) {
    Descriptor socket_descriptor(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (folder + name).copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_descriptor.number(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)),
              0);
    return socket_descriptor;
  };
  const Descriptor silent = bound("/silent", SOCK_STREAM);
  const Descriptor datagram = bound("/datagram", SOCK_DGRAM);
  std::ofstream(folder + "/file") << "";
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"/missing", "No such file or directory"},
      {"/file", "Socket operation on non-socket"},
      {"/silent", "Connection refused"},
      {"/datagram", "Protocol wrong type for socket"}};
  for (const auto& [name, words] : cases) {
    Spec spec = Shell("touch " + folder + "/started");
    spec.filter = AskingAbout({SYS_uname}, folder + name);
    const std::string message = "connect to the seccomp listener " + folder + name + ": " + words +
                                ": the profile gives calls SCMP_ACT_NOTIFY; start the program that "
                                "answers them, which listens on this Unix stream socket "
                                "(listenerPath)";
    InEveryWay(spec, [&](const Spec& way) {
      const LaunchError error = FailedLaunch(way);
      EXPECT_EQ(error.error.message, message);
      EXPECT_EQ(error.failure, Failure::kSetup);
    });
  }
  EXPECT_FALSE(fs::exists(folder + "/started"));
  fs::remove_all(folder);
}

// With a message that no socket holds whole.
// What is amiss here is nothing that the listener's owner could do.
TEST_F(NotifyFailureTest, WantOfDescriptorsIsToldAsSuch) {
  const NotifyHandler handler;
  EXPECT_TRUE(InFork([&] {
    const rlimit none = {0, 0};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) return false;
    const auto connection = ConnectListener(handler.path(), std::chrono::seconds(1));
    return !connection && connection.error().message == "connect to the seccomp listener " +
                                                            handler.path() +
                                                            ": Too many open files";
  }));
}

TEST_F(NotifyFailureTest, AMessageMayBeLongAndItsReaderMayFail) {
  const std::string metadata(std::size_t{2} << 20U, 'm');
  {
    const NotifyHandler handler;
    Spec spec = Command({"uname", "-s"});
    spec.filter = AskingAbout({SYS_uname}, handler.path());
    spec.filter->listener->metadata = metadata;
    EXPECT_EQ(RunToEnd(spec).output, "Linux\n");
    EXPECT_EQ(json::parse(handler.Messages().at(0)).at("metadata").as_string(), metadata);
  }
  const NotifyHandler handler(Continue, false);
  Spec spec = Command({"uname", "-s"});
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  spec.filter->listener->metadata = metadata;
  spec.listener_patience = milliseconds(100);
  InEveryWay(spec, [&](const Spec& way) {
    const LaunchError error = FailedLaunch(way);
    EXPECT_EQ(error.error.message, "send the container's state to the seccomp listener " +
                                       handler.path() + ": Connection timed out");
    EXPECT_EQ(error.step, Step::kListener);
  });
}

milliseconds ProcessorTimeOfChildren() {
  rusage usage = {};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto in_ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
  return milliseconds(in_ms(usage.ru_utime) + in_ms(usage.ru_stime));
}

// It waits by a page that is missing.
TEST_F(NotifyFailureTest, WaitingForTheListenerTakesNoProcessorTime) {
  const Descriptor probe(
      static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY)));
  if (!probe) GTEST_SKIP() << "no userfaultfd(2) here";
  const NotifyHandler handler(Continue, false);
  Spec spec = Command({"true"});
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  spec.filter->listener->metadata.assign(std::size_t{2} << 20U, 'm');
  spec.listener_patience = milliseconds(500);
  const milliseconds before = ProcessorTimeOfChildren();
  EXPECT_EQ(FailedLaunch(spec).step, Step::kListener);
  EXPECT_LT(ProcessorTimeOfChildren() - before, milliseconds(100));
}

TEST_F(NotifyFailureTest, AListenerThatEndsBeforeItAnswersExecve) {
  const std::string words = " has ended before it answered execve";
  const auto die = [](const seccomp_notif& call) {
    return Answer{call.data.nr == SYS_execve ? Answer::Kind::kDie : Answer::Kind::kContinue};
  };
  std::optional<NotifyHandler> handler;
  const auto asking = [&](Filter (*about)(const std::string&)) {
    return [&, about] {
      handler.emplace(die);  // the last one is dead
      Spec spec = Command({"true"});
      spec.filter = about(handler->path());
      return spec;
    };
  };
  InEveryWay(asking([](const std::string& path) { return AskingAbout({SYS_execve}, path); }),
             [&](const Spec& way) {
               const std::string message = FailedLaunch(way).error.message;
               EXPECT_NE(message.find(handler->path() + words), std::string::npos) << message;
             });
  // Nor can it say so then: write and exit_group get ENOSYS, too.
  InEveryWay(asking(AskingAboutAll), [&](const Spec& way) {
    const LaunchError error = FailedLaunch(way);
    EXPECT_EQ(error.failure, Failure::kSetup);
    EXPECT_NE(error.error.message.find("answered by " + handler->path()), std::string::npos)
        << error.error.message;
  });
}

TEST_F(NotifyFailureTest, AListenerThatNeverAnswersExecve) {
  const NotifyHandler handler([](const seccomp_notif&) { return Answer{Answer::Kind::kSilence}; });
  Spec spec = Command({"true"});
  spec.filter = AskingAbout({SYS_execve}, handler.path());
  spec.listener_patience = milliseconds(200);
  InEveryWay(spec, [&](const Spec& way) {
    const LaunchError error = FailedLaunch(way);
    EXPECT_EQ(error.error.message,
              "execute true (execve): Connection timed out: the seccomp "
              "listener " +
                  handler.path() + " does not answer it within 200 ms");
    EXPECT_EQ(error.failure, Failure::kSetup);
  });
}

TEST_F(NotifyFailureTest, AListenerThatAnswersExecveItself) {
  for (const auto& [number, words] :
       {std::pair(EPERM, "denies execve; allow it"),
        std::pair(0, "it returned success, and nothing is executed")}) {
    const NotifyHandler handler([number = number](const seccomp_notif&) {
      return Answer{Answer::Kind::kReturn, number, 0};
    });
    Spec spec = Command({"true"});
    spec.filter = AskingAbout({SYS_execve}, handler.path());
    InEveryWay(spec, [&, words = words](const Spec& way) {
      const std::string message = FailedLaunch(way).error.message;
      EXPECT_NE(message.find(words), std::string::npos) << message;
      EXPECT_NE(message.find(handler.path()), std::string::npos) << message;
    });
  }
}

TEST_F(NotifyFailureTest, TheSecondThreadCounts) {
  const NotifyHandler handler;
  Spec spec = Command({"true"});
  // Who has no other process.
  spec.user = User{2000000 + static_cast<uid_t>(getpid()), kNobody, {}};
  spec.bounding = schema::kernel::CapabilitySet();
  spec.no_new_privs = true;
  spec.limits = {{RLIMIT_NPROC, 1, 1}};
  EXPECT_EQ(RunToEnd(spec).status, 0) << "without a listener";
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  const LaunchError error = FailedLaunch(spec);
  EXPECT_EQ(error.step, Step::kListener);
  EXPECT_NE(error.error.message.find("RLIMIT_NPROC or pids.max"), std::string::npos)
      << error.error.message;
}

TEST_F(NotifyFailureTest, OneListenerIsAllThatTheKernelAllows) {
  const NotifyHandler handler;
  EXPECT_TRUE(InFork([&] {
    Filter around = FilterOn({SYS_uname}, SECCOMP_RET_USER_NOTIF);
    const sock_fprog program = {static_cast<unsigned short>(around.program.size()),
                                around.program.data()};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) <
        0) {
      return false;
    }
    Spec spec = Command({"true"});
    spec.filter = AskingAbout({SYS_geteuid}, handler.path());
    const LaunchResult process = Launch(spec);
    return !process && process.error().step == Step::kFilter &&
           process.error().error.message.find("has a listener already") != std::string::npos;
  }));
}

TEST_F(NotifyFailureTest, RefusesWhatDoesNotGoTogether) {
  const NotifyHandler handler;
  Filter filter = AskingAbout({SYS_uname}, handler.path());
  EXPECT_TRUE(CheckFilter(filter));
  filter.flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  EXPECT_TRUE(CheckFilter(filter));
  filter.flags |= SECCOMP_FILTER_FLAG_TSYNC;
  EXPECT_EQ(CheckFilter(filter).error().message,
            "a filter with a listener cannot have the flag TSYNC");
  filter.flags = 0;
  EXPECT_NE(CheckFilter(filter).error().message.find("without SECCOMP_FILTER_FLAG_NEW_LISTENER"),
            std::string::npos);
  filter.flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  filter.listener->path.clear();
  EXPECT_NE(CheckFilter(filter).error().message.find("needs a listenerPath"), std::string::npos);
}

}  // namespace
}  // namespace runtime::launch
