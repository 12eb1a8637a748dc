// seccomp-run: one container from the shell.

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/report/printable.h"
#include "runtime/launch/cgroup.h"
#include "runtime/launch/descriptors.h"
#include "runtime/launch/launch.h"
#include "runtime/launch/wait.h"
#include "runtime/run/command_line.h"
#include "runtime/run/container.h"
#include "runtime/run/recording.h"
#include "runtime/run/supervise.h"
#include "runtime/run/terminal.h"
#include "schema/write_file.h"

namespace {

namespace launch = runtime::launch;
namespace run = runtime::run;

constexpr int kSetupFailed = static_cast<int>(launch::Failure::kSetup);

int Complain(std::string_view message, int exit_code) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  std::cerr << "seccomp-run: " << lint::report::PrintableLines(message) << "\n";
  return exit_code;
}

int ExitCode(const run::Ending& ending, bool is_filtered) {
  if (WIFEXITED(ending.status)) return WEXITSTATUS(ending.status);
  const int signal = WTERMSIG(ending.status);
  if (signal == SIGSYS && is_filtered) {
    return Complain(launch::DescribeFilteredExit(ending.status), 128 + SIGSYS);
  }
  if (signal == SIGKILL && ending.replaced_signal != 0) return 128 + ending.replaced_signal;
  return 128 + signal;
}

// Its name is another's where that has our pid, too, in a pid namespace of its own, or was killed
// and has left processes in it.
schema::Result<std::optional<launch::Cgroup>> MakeCgroup(const launch::CgroupLimits& limits) {
  launch::Cgroup::RemoveAbandoned(std::string(run::kContainerIdPrefix), std::chrono::minutes(1));
  std::string name = run::ContainerId();
  for (int next = 2;; ++next) {
    auto made = launch::Cgroup::CreateWhereMounted(name, limits);
    if (made || made.error().system_errno != EEXIST) return made;
    name = run::ContainerId() + "-" + std::to_string(next);
  }
}

// Until it ends. Our terminal is as it was again before anything is said about the end.
schema::Result<run::Ending> Attend(launch::Process& process, bool is_process_1) {
  std::optional<run::RawTerminal> terminal;
  if (process.terminal()) {
    auto raw = run::RawTerminal::Start(std::move(process.terminal()));
    if (!raw) return std::move(raw).error();
    terminal.emplace(std::move(*raw));
  }
  return run::Supervise(process, is_process_1, terminal ? &*terminal : nullptr);
}

// The command has run to its end, however that was: the profile is written, and the exit code of
// the command stays.
int WriteProfile(run::Recording& recording, int exit_code) {
  const auto notes = recording.Write();
  if (!notes) return Complain(notes.error().message, kSetupFailed);
  for (const std::string& note : *notes) Complain("note: " + note, 0);
  return exit_code;
}

int RunContainer(const run::CommandLine& line, const std::vector<std::string>& environment) {
  auto spec = run::MakeSpec(line, environment);
  if (!spec) return Complain(spec.error().message, kSetupFailed);
  std::optional<run::Recording> recording;
  if (line.record) {
    auto started = run::Recording::Start(line);
    if (!started) return Complain(started.error().message, kSetupFailed);
    recording.emplace(std::move(*started));
    recording->Attach(*spec);
  }
  if (auto status = run::BlockForwardedSignals(); !status) {
    return Complain(status.error().message, kSetupFailed);
  }
  std::optional<launch::Cgroup> cgroup;  // goes last, with all that is still in it
  if (line.cgroup.any() || line.isolation.Has(run::Isolator::kCgroups)) {
    auto made = MakeCgroup(line.cgroup);
    if (!made) return Complain(made.error().message, kSetupFailed);
    if (*made) spec->cgroup = cgroup.emplace(std::move(**made)).folder();
  }
  auto process = launch::Launch(*spec);
  if (!process) {
    return Complain(process.error().error.message, static_cast<int>(process.error().failure));
  }
  const bool is_process_1 = spec->namespaces.pid && !spec->init;
  const auto ending = Attend(*process, is_process_1);
  run::UnblockForwardedSignals();
  if (!ending) return Complain(ending.error().message, kSetupFailed);
  const int exit_code = ExitCode(*ending, !line.unconfined && !line.record);
  return recording ? WriteProfile(*recording, exit_code) : exit_code;
}

// What is asked of the program itself; empty: a container is.
std::string AnswerTo(const run::CommandLine& line) {
  if (line.help) return run::Help();
  if (line.version) return "seccomp-run " SECCOMP_LINT_VERSION "\n";
  return line.completion;
}

int Main(const std::vector<std::string>& args, const std::vector<std::string>& environment) {
  // Opens nothing, so that an answer has the standard output as it was.
  const auto line = run::ParseCommandLine(args);
  if (!line) return Complain(line.error().message, kSetupFailed);
  if (const std::string answer = AnswerTo(*line); !answer.empty()) {
    const auto status = schema::WriteStandardOutput(answer);
    return status ? 0 : Complain(status.error().message, kSetupFailed);
  }
  if (auto status = launch::FillStandardStreams(); !status) {
    return Complain(status.error().message, kSetupFailed);
  }
  std::signal(SIGCHLD, SIG_DFL);  // an ignored one would lose the exit status
  std::signal(SIGXFSZ, SIG_IGN);  // beyond RLIMIT_FSIZE a write is to fail (EFBIG)
  if (auto status = launch::MarkInheritedCloseOnExec(); !status) {
    return Complain(status.error().message, kSetupFailed);
  }
  return RunContainer(*line, environment);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> args(argv + 1, argv + argc);
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    return Main(args, environment);
  } catch (const std::exception& exception) {
    return Complain(std::string("internal error, please report it: ") + exception.what(),
                    kSetupFailed);
  }
}
