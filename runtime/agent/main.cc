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
#include "runtime/agent/folders.h"
#include "runtime/agent/log.h"
#include "runtime/agent/service_manager.h"
#include "runtime/launch/descriptors.h"
#include "runtime/run/isolation.h"
#include "schema/write_file.h"

namespace {

namespace agent = runtime::agent;

constexpr int kRefused = 1;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Said(std::string message) {
  while (message.ends_with('\n')) message.pop_back();
  return "seccomp-agent: " + message + "\n";
}

int Refuse(std::string message) {
  std::cerr << Said(std::move(message)) << std::flush;
  return kRefused;
}

// About the start and the end: to people in words, to programs as lines of the log.
class Voice {
 public:
  explicit Voice(const agent::Log& log) : log_(log) {}

  int Refuse(const std::string& message) const {
    Tell(agent::Level::kError, "refusal_to_start", message, "");
    return kRefused;
  }
  void Warn(const std::string& message) const {
    Tell(agent::Level::kWarning, "warning", message, "warning: ");
  }
  void Inform(const std::string& message) const {
    Tell(agent::Level::kInfo, "information", message, "");
  }
  void Listening(const std::string& address) const {
    if (IsForPeople()) return log_.Say(Said("listening on " + address));
    log_.Write(agent::Level::kInfo, "listening", {{"address", address}});
  }

 private:
  bool IsForPeople() const { return log_.format() == agent::LogFormat::kText; }
  void Tell(agent::Level level, std::string_view event, const std::string& message,
            const std::string& prefix) const {
    if (IsForPeople()) return log_.Say(Said(prefix + message));
    log_.Write(level, event, {agent::Field::Whole("message", message)});
  }

  const agent::Log& log_;
};

void WarnOf(const agent::Flags& flags, const Voice& voice) {
  if (!flags.master.empty()) {
    voice.Warn("--master=" + flags.master + " is ignored: this agent has no master");
  }
  if (flags.tcp && flags.http_credentials.empty()) {
    voice.Warn("any local user can connect to " + flags.tcp->ip + " and run programs as root");
  }
  if (flags.isolation.Has(runtime::run::Isolator::kSeccomp) && !flags.seccomp_profile_name) {
    voice.Warn(
        "without --seccomp_profile_name, a task must name a profile or ask to be unconfined");
  }
}

// What the launcher and the children rely on.
void PrepareProcess() {
  std::signal(SIGPIPE, SIG_IGN);  // a closed standard error must not end the agent
  std::signal(SIGCHLD, SIG_DFL);  // an ignored one would lose the containers' exit statuses
  umask(022);
}

// Tells the service manager, if there is one, and `voice` of what goes wrong with that.
agent::Events EventsFor(const Voice& voice) {
  const auto notify = [&voice, socket = Variable("NOTIFY_SOCKET")](std::string_view state) {
    if (auto status = agent::Notify(socket, state); !status) voice.Warn(status.error().message);
  };
  return {.ready =
              [&voice, notify](const std::string& address) {
                voice.Listening(address);
                notify("READY=1");
                notify("STATUS=listening on " + address);
              },
          .stopping =
              [notify] {
                notify("STOPPING=1");
                notify("STATUS=ending the containers");
              },
          .alive_every = agent::WatchdogInterval(Variable("WATCHDOG_USEC"),
                                                 Variable("WATCHDOG_PID"), getpid()),
          .alive =
              [notify](std::size_t running) {
                notify("WATCHDOG=1\nSTATUS=containers running: " + std::to_string(running));
              }};
}

int Run(const agent::Flags& flags) {
  agent::Log log(flags.log_format, flags.logging_level,
                 !agent::IsJournal(STDERR_FILENO, Variable("JOURNAL_STREAM")));
  const Voice voice(log);
  WarnOf(flags, voice);
  const auto guards = agent::LoadGuards(flags);
  if (!guards) return voice.Refuse(guards.error().message);
  auto composer = agent::Composer::Create(flags);
  if (!composer) return voice.Refuse(composer.error().message);
  if (flags.check) {
    const auto folders = agent::CheckFolders(flags.work_dir, flags.runtime_dir);
    if (!folders) return voice.Refuse(folders.error().message);
    voice.Inform("flags, kernel and profile are good");
    return 0;
  }
  const auto served = agent::Serve(flags, *guards, std::move(*composer), SECCOMP_LINT_VERSION, log,
                                   EventsFor(voice));
  if (!served) return voice.Refuse(served.error().message);
  return 0;
}

// What is asked of the program itself; empty: to be an agent.
std::string AnswerTo(const agent::Flags& flags) {
  if (flags.help) return agent::Help();
  if (flags.version) return "seccomp-agent " SECCOMP_LINT_VERSION "\n";
  return flags.completion;
}

int Main(const std::vector<std::string>& args, const std::vector<std::string>& environment) {
  // Opens nothing, so that an answer has the standard output as it was.
  const auto flags = agent::ParseFlags(args, environment);
  if (!flags) return Refuse(flags.error().message);
  if (const std::string answer = AnswerTo(*flags); !answer.empty()) {
    const auto status = schema::WriteStandardOutput(answer);
    return status ? 0 : Refuse(status.error().message);
  }
  if (auto status = runtime::launch::FillStandardStreams(); !status) {
    return Refuse(status.error().message);
  }
  PrepareProcess();
  if (auto status = runtime::launch::MarkInheritedCloseOnExec(); !status) {
    return Refuse(status.error().message);
  }
  return Run(*flags);
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
