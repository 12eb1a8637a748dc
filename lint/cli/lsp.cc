#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/file_settings.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/lsp/server.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;

class StandardInput : public lsp::Input {
 public:
  std::size_t Read(std::span<char> into) override {
    ssize_t count = 0;
    do {
      count = read(STDIN_FILENO, into.data(), into.size());
    } while (count < 0 && errno == EINTR);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  bool IsWaiting() override {
    pollfd descriptor{STDIN_FILENO, POLLIN, 0};
    return poll(&descriptor, 1, 0) > 0;
  }
};

bool WriteOut(std::string_view bytes) {
  std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return std::cout.flush().good();
}

// Configs and baselines are read anew each time: somebody may be editing them.
schema::Result<lsp::Settings> SettingsFor(const CommandLineChoices& choices,
                                          const std::string& path,
                                          const std::vector<std::string>& targets) {
  CommandLineChoices with_targets = choices;
  if (!targets.empty()) with_targets.targets = targets;
  const auto source = std::make_shared<FileSettingsSource>(std::move(with_targets));
  const auto found = source->For(path);
  if (!found) return found.error();
  const FileSettings* settings = *found;
  lsp::Settings out{settings->options, [](engine::FileReport&) {}};
  if (settings->baseline != nullptr) {
    out.accept = [source, settings, path](engine::FileReport& report) {
      const std::string name = PathFrom(FolderOf(settings->baseline->path), path);
      settings->baseline->baseline.Accept(name, settings->options.selection, report);
    };
  }
  return out;
}

}  // namespace

po::options_description LspOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("stdio", po::bool_switch(),
       "nothing else is possible: editors say so, and it is taken")  //
      ("target", po::value<std::vector<std::string>>()->composing()->value_name("KEY=VALUE,..."),
       "as for check, unless the editor names targets")  //
      ("config", po::value<std::string>()->default_value("", "")->value_name("FILE"),
       "read FILE instead of the nearest .seccomp-lint.json above each profile");
  return options;
}

int Lsp(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("lsp [OPTION...]", LspOptions(), args, exit_code);
  if (!values) return exit_code;
  if (!Operands(*values).empty()) return Complain("lsp takes no PATH: the editor sends the text");
  CommandLineChoices choices;
  choices.targets = ValuesOf(*values, "target");
  choices.config = (*values)["config"].as<std::string>();
  if (auto any = FileSettingsSource(choices).WithoutConfig(); !any) {
    return Complain(any.error().message);
  }
  StandardInput input;
  lsp::Server server(
      input, &WriteOut,
      [&](const std::string& path, const std::vector<std::string>& targets) {
        return SettingsFor(choices, path, targets);
      },
      std::string(kVersion));
  return server.Run();
}

}  // namespace lint::cli
