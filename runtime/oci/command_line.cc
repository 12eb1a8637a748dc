#include "runtime/oci/command_line.h"

#include <algorithm>
#include <array>

namespace runtime::oci {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

constexpr std::array kOwn = {
    Option{"--seccomp-oci-config", "FILE", "the configuration (/etc/seccomp-lint/oci.json)"},
    Option{"--seccomp-oci-check", "",
           "check the configuration, the default profile and the runtime, and exit: 0 or 1"},
    Option{"--seccomp-oci-version", "", "print the version of seccomp-oci"},
    Option{"--seccomp-oci-help", "", "print this; --help is the runtime's"},
};

// An option of the runtimes.
struct Known {
  std::string_view name;
  bool has_value;
  std::string CommandLine::*keep = nullptr;
};

constexpr std::array kGlobal = {
    Known{"--debug", false},    Known{"--systemd-cgroup", false},
    Known{"--root", true},      Known{"--criu", true},
    Known{"--rootless", true},  Known{"--cgroup-manager", true},
    Known{"--log", true},       Known{"--log-format", true},
    Known{"--log-level", true}, Known{"--version", false},
    Known{"-v", false},         Known{"-V", false},
    Known{"--help", false},     Known{"-h", false},
    Known{"-?", false},         Known{"--usage", false},
};

constexpr std::array kOfCommand = {
    Known{"--bundle", true, &CommandLine::bundle},
    Known{"-b", true, &CommandLine::bundle},
    Known{"--config", true, &CommandLine::config_name},
    Known{"-f", true, &CommandLine::config_name},
    Known{"--console-socket", true},
    Known{"--pid-file", true},
    Known{"--preserve-fds", true},
    Known{"--pidfd-socket", true},
    Known{"--no-pivot", false},
    Known{"--no-new-keyring", false},
    Known{"--no-subreaper", false},
    Known{"--detach", false},
    Known{"-d", false},
    Known{"--keep", false},
    Known{"--help", false},
    Known{"-h", false},
    Known{"-?", false},
    Known{"--usage", false},
};

struct KnownCommand {
  std::string_view name;
  Effect effect;
};
constexpr std::array kCommands = {
    KnownCommand{"create", Effect::kStart},
    KnownCommand{"run", Effect::kStart},
    KnownCommand{"restore", Effect::kRestore},
};

Effect EffectOf(std::string_view command) {
  const auto* known = std::ranges::find(kCommands, command, &KnownCommand::name);
  return known == kCommands.end() ? Effect::kOther : known->effect;
}

bool IsOption(std::string_view argument) {
  return argument.size() > 1 && argument.front() == '-' && argument != "--";
}

// An argument that is an option, taken apart: --name, --name=value.
struct Written {
  std::string_view name;
  std::optional<std::string_view> value;
};

Written TakeApart(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (!argument.starts_with("--") || equals == std::string_view::npos) return {argument, {}};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

// Reads arguments from the front.
class Reader {
 public:
  explicit Reader(std::span<const std::string> args) : rest_(args) {}

  bool done() const { return rest_.empty(); }
  const std::string& front() const { return rest_.front(); }
  std::span<const std::string> rest() const { return rest_; }
  std::string Take() {
    std::string taken = rest_.front();
    rest_ = rest_.subspan(1);
    return taken;
  }

 private:
  std::span<const std::string> rest_;
};

Error Missing(std::string_view option) {
  return {ErrorCode::kInvalid, std::string(option) + " takes a value", 0};
}

// Whether `written`, the front of `args`, was ours; it is taken then.
Result<bool> TakeOwn(const Written& written, Reader& args, CommandLine& line) {
  const auto* own = std::ranges::find(kOwn, written.name, &Option::name);
  if (own == kOwn.end()) return false;
  if (own->value.empty()) {
    if (written.value) {
      return Error{ErrorCode::kInvalid, std::string(own->name) + " takes no value", 0};
    }
    line.check = line.check || own->name == "--seccomp-oci-check";
    line.version = line.version || own->name == "--seccomp-oci-version";
    line.help = line.help || own->name == "--seccomp-oci-help";
    args.Take();
    return true;
  }
  std::optional<std::string> value;
  if (written.value) value = std::string(*written.value);
  args.Take();
  if (!value && !args.done()) value = args.Take();
  if (!value || value->empty()) return Missing(own->name);
  line.configuration = std::move(value);
  return true;
}

// Takes an option of the runtime, and its value; false: we do not know it.
bool TakeKnown(std::span<const Known> options, const Written& written, Reader& args,
               CommandLine& line) {
  const auto known = std::ranges::find(options, written.name, &Known::name);
  if (known == options.end()) return false;
  std::optional<std::string> value;
  if (written.value) value = std::string(*written.value);
  line.for_runtime.push_back(args.Take());
  if (known->has_value && !value && !args.done()) {
    line.for_runtime.push_back(args.Take());
    value = line.for_runtime.back();
  }
  if (!known->has_value || !value) return true;  // it is the runtime's to complain
  if (known->keep != nullptr) line.*known->keep = *value;
  if (known->name == "--log") line.log = *value;
  if (known->name == "--log-format") line.log_is_json = *value == "json";
  return true;
}

Error Unknown(std::string_view option) {
  return {ErrorCode::kInvalid,
          "unknown option " + std::string(option) +
              ": seccomp-oci cannot tell which bundle is meant, and starts no container",
          0};
}

void TakeRest(Reader& args, CommandLine& line) {
  while (!args.done()) line.for_runtime.push_back(args.Take());
}

// What stands behind create or run.
Status ParseStart(Reader& args, CommandLine& line) {
  while (!args.done()) {
    if (args.front() == "--") break;
    if (!IsOption(args.front())) {  // the ID
      line.for_runtime.push_back(args.Take());
      continue;
    }
    const std::string argument = args.front();
    if (!TakeKnown(kOfCommand, TakeApart(argument), args, line)) return Unknown(argument);
  }
  TakeRest(args, line);
  return {};
}

}  // namespace

std::span<const Option> OwnOptions() { return kOwn; }

Result<CommandLine> ParseCommandLine(std::span<const std::string> arguments) {
  CommandLine line;
  Reader args(arguments);
  while (!args.done() && (IsOption(args.front()) || args.front() == "--")) {
    const std::string argument = args.front();
    const Written written = TakeApart(argument);
    const auto own = TakeOwn(written, args, line);
    if (!own) return Error(own.error());
    if (*own || TakeKnown(kGlobal, written, args, line)) continue;
    const bool may_start = std::ranges::any_of(
        args.rest(), [](const std::string& word) { return EffectOf(word) != Effect::kOther; });
    if (may_start) return Unknown(argument);
    TakeRest(args, line);
  }
  if (args.done()) return line;
  line.command = args.front();
  line.effect = EffectOf(line.command);
  line.for_runtime.push_back(args.Take());
  if (line.effect == Effect::kStart) {
    if (auto status = ParseStart(args, line); !status) return std::move(status).error();
  }
  TakeRest(args, line);
  return line;
}

std::string Help() {
  std::string help =
      "seccomp-oci [OPTION...] [GLOBAL...] COMMAND [ARGUMENT...]\n"
      "An OCI runtime in front of runc or crun: no container starts on an invalid seccomp\n"
      "profile or an unproved filter. All commands and options are the runtime's, but:\n";
  for (const Option& option : kOwn) {
    std::string head = "  " + std::string(option.name);
    if (!option.value.empty()) head += " " + std::string(option.value);
    help += head + "\n        " + std::string(option.help) + "\n";
  }
  return help;
}

}  // namespace runtime::oci
