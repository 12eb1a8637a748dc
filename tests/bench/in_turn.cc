// in_turn RUNS NAME COMMAND [ARG...] [--- NAME COMMAND [ARG...]]...: runs the commands in turn,
// RUNS times (and once before, to warm up), and prints for each the median of its wall time from
// spawn to end, in milliseconds, its ratio to the first's, and the 99th percentile. A command that
// fails ends it all with 1. The commands get /dev/null as standard input, and no more of this
// process than vfork(2) costs.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::chrono::milliseconds kPause(20);

struct Command {
  std::string name;
  std::vector<char*> argv;  // with a null at its end
  std::vector<double> milliseconds;
};

std::vector<Command> ParseCommands(char** words, char** end) {
  std::vector<Command> commands;
  for (char** word = words; word != end; ++word) {
    if (word == words || std::strcmp(*word, "---") == 0) {
      if (word != words && ++word == end) break;
      commands.push_back({*word, {}, {}});
      continue;
    }
    commands.back().argv.push_back(*word);
  }
  for (Command& command : commands) command.argv.push_back(nullptr);
  return commands;
}

// The wall time in milliseconds, or less than 0 where it failed.
double Run(const Command& command, const posix_spawn_file_actions_t& actions) {
  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = 0;
  if (posix_spawnp(&pid, command.argv[0], &actions, nullptr, command.argv.data(), environ) != 0) {
    return -1;
  }
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status != 0) return -1;
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  return taken.count();
}

double Percentile(std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void Print(std::vector<Command>& commands) {
  std::printf("%-24s %10s %8s %10s\n", "program", "median ms", "ratio", "p99 ms");
  double first = 0;
  for (Command& command : commands) {
    std::sort(command.milliseconds.begin(), command.milliseconds.end());
    const double median = Percentile(command.milliseconds, 0.5);
    if (first == 0) first = median;
    std::printf("%-24s %10.2f %8.2f %10.2f\n", command.name.c_str(), median, median / first,
                Percentile(command.milliseconds, 0.99));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc < 4 ? 0 : std::atoi(argv[1]);
  if (runs < 1) {
    std::fputs("usage: in_turn RUNS NAME COMMAND [ARG...] [--- NAME COMMAND [ARG...]]...\n",
               stderr);
    return 2;
  }
  std::vector<Command> commands = ParseCommands(argv + 2, argv + argc);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (int run = 0; run <= runs; ++run) {
    for (Command& command : commands) {
      std::this_thread::sleep_for(kPause);
      const double taken = Run(command, actions);
      if (taken < 0) {
        std::fprintf(stderr, "in_turn: %s failed\n", command.name.c_str());
        return 1;
      }
      if (run > 0) command.milliseconds.push_back(taken);
    }
  }
  Print(commands);
  return 0;
}
