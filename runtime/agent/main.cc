// seccomp-agent: launches containers under seccomp profiles, with the flags and the operator API of
// Apache Mesos' agent.

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/agent/agent.h"
#include "runtime/agent/composer.h"
#include "runtime/agent/flags.h"
#include "runtime/agent/service_manager.h"
#include "runtime/launch/descriptors.h"
#include "runtime/run/isolation.h"

namespace {

namespace agent = runtime::agent;

constexpr int kRefused = 1;

// One write, so that lines of several threads do not mix.
void Say(std::string message) {
  while (message.ends_with('\n')) message.pop_back();
  std::cerr << ("seccomp-agent: " + message + "\n") << std::flush;
}

int Refuse(std::string message) {
  Say(std::move(message));
  return kRefused;
}

void Warn(const agent::Flags& flags) {
  if (!flags.master.empty()) {
    Say("warning: --master=" + flags.master + " is ignored: this agent has no master");
  }
  if (flags.tcp) {
    Say("warning: any local user can connect to " + flags.tcp->ip + " and run programs as root");
  }
  if (flags.isolation.Has(runtime::run::Isolator::kSeccomp) && !flags.seccomp_profile_name) {
    Say("warning: without --seccomp_profile_name, a task must name a profile or ask to be unconfined");
  }
}

// What the launcher and the children rely on.
void PrepareProcess() {
  std::signal(SIGPIPE, SIG_IGN);  // a closed standard error must not end the agent
  std::signal(SIGCHLD, SIG_DFL);  // an ignored one would lose the containers' exit statuses
  umask(022);
}

int Main(const std::vector<std::string>& args, const std::vector<std::string>& environment) {
  PrepareProcess();
  if (auto status = runtime::launch::MarkInheritedCloseOnExec(); !status) {
    return Refuse(status.error().message);
  }
  const auto flags = agent::ParseFlags(args, environment);
  if (!flags) return Refuse(flags.error().message);
  if (flags->help) {
    std::cout << agent::Help();
    return 0;
  }
  if (flags->version) {
    std::cout << "seccomp-agent " << SECCOMP_LINT_VERSION << "\n";
    return 0;
  }
  if (!flags->completion.empty()) {
    std::cout << flags->completion;
    return 0;
  }
  Warn(*flags);
  auto composer = agent::Composer::Create(*flags);
  if (!composer) return Refuse(composer.error().message);
  if (flags->check) {
    Say("flags, kernel and profile are good");
    return 0;
  }
  const char* const variable = std::getenv("NOTIFY_SOCKET");
  const std::string notify_socket = variable == nullptr ? "" : variable;
  const auto notify = [&notify_socket](std::string_view state) {
    if (auto status = agent::Notify(notify_socket, state); !status) {
      Say("warning: " + status.error().message);
    }
  };
  const auto served = agent::Serve(*flags, std::move(*composer), SECCOMP_LINT_VERSION,
                                   {.ready =
                                        [&](const std::string& address) {
                                          Say("listening on " + address);
                                          notify("READY=1");
                                        },
                                    .stopping = [&] { notify("STOPPING=1"); }});
  if (!served) return Refuse(served.error().message);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> args(argv + 1, argv + argc);
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    return Main(args, environment);
  } catch (const std::exception& exception) {
    return Refuse(std::string("internal error, please report it: ") + exception.what());
  }
}
