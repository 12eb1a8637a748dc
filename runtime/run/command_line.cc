#include "runtime/run/command_line.h"

#include <array>
#include <string_view>
#include <utility>

#include "runtime/run/completion.h"
#include "runtime/run/identity.h"
#include "runtime/run/options.h"

namespace runtime::run {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

// All of it works without a rootfs: filesystem/linux then gives mounts of its own, and
// namespaces/pid a /proc of its own. No namespaces/net: a command from the shell expects a network.
constexpr std::string_view kDefaultIsolation =
    "linux/seccomp,filesystem/linux,namespaces/pid,namespaces/ipc,namespaces/uts,"
    "linux/capabilities";

constexpr std::array kOptions = {
    Option{"profile", "FILE", "the seccomp profile; default: the one built in"},
    Option{"unconfined", "", "no seccomp filter"},
    Option{"rootfs", "DIR",
           "a directory that becomes /, with /dev and /proc of its own; default: the\n"
           "host's files"},
    Option{"user", "U[:G]", "run as this user and group, names or numbers of this host"},
    Option{"bounding", "CAPS",
           "the capabilities that it may hold: docker (default), all, none, or\n"
           "CAP_A+CAP_B. The profile's conditions are decided by them."},
    Option{"isolation", "LIST",
           "what the container is put under, with commas between; default: linux/seccomp,\n"
           "filesystem/linux,namespaces/pid,namespaces/ipc,namespaces/uts,\n"
           "linux/capabilities; also: namespaces/net, linux/nnp"},
    Option{"no-new-privs", "", "the same as linux/nnp: no set-user-ID program gains privileges"},
    Option{"no-enosys-horizon", "",
           "refuse system calls newer than the profile as it says, instead of with ENOSYS"},
    Option{"compiler", "COMPILER", "what makes the filter: direct (default) or libseccomp"},
    Option{"completion", "SHELL", "print what completes this in bash, zsh or fish, and exit"},
    Option{"help", "", "print this and exit"},
    Option{"version", "", "print the version and exit"},
};

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

Status CheckTogether(const CommandLine& line) {
  const bool filters = line.isolation.Has(Isolator::kSeccomp);
  if (line.profile && line.unconfined) {
    return Invalid("--profile and --unconfined exclude each other");
  }
  if (line.profile && !filters) {
    return Invalid("--profile needs linux/seccomp in --isolation");
  }
  if (!filters && !line.unconfined) {
    return Invalid("without linux/seccomp in --isolation there is no filter: say --unconfined");
  }
  if (line.bounding && !line.isolation.Has(Isolator::kCapabilities)) {
    return Invalid("--bounding needs linux/capabilities in --isolation");
  }
  if (!line.rootfs.empty() && !line.isolation.Has(Isolator::kFilesystem)) {
    return Invalid("--rootfs needs filesystem/linux in --isolation");
  }
  if (line.command.empty()) return Invalid("no COMMAND given; --help tells how to use it");
  return {};
}

}  // namespace

Result<CommandLine> ParseCommandLine(std::span<const std::string> args) {
  auto parsed = ParseOptions(kOptions, args);
  if (!parsed) return std::move(parsed).error();
  CommandLine line;
  line.help = parsed->IsOn("help");
  line.version = parsed->IsOn("version");
  if (line.help || line.version) return line;
  if (const auto shell = parsed->Get("completion")) {
    auto script = CompletionScript("seccomp-run", kOptions, true, *shell);
    if (!script) return std::move(script).error();
    line.completion = std::move(*script);
    return line;
  }
  line.profile = parsed->Get("profile");
  line.unconfined = parsed->IsOn("unconfined");
  line.filters.enosys_horizon = !parsed->IsOn("no-enosys-horizon");
  const auto compiler = ParseCompiler("compiler", parsed->Get("compiler"));
  if (!compiler) return schema::Error(compiler.error());
  line.filters.compiler = *compiler;
  line.user = parsed->Get("user");
  line.rootfs = parsed->Get("rootfs").value_or("");
  if (parsed->Get("rootfs") == "") return Invalid("--rootfs is empty");
  auto isolation =
      Isolation::Parse(parsed->Get("isolation").value_or(std::string(kDefaultIsolation)));
  if (!isolation) return std::move(isolation).error().While("--isolation");
  line.isolation = *isolation;
  if (parsed->IsOn("no-new-privs")) line.isolation.Add(Isolator::kNoNewPrivs);
  if (const auto text = parsed->Get("bounding")) {
    auto bounding = ParseCapabilities(*text);
    if (!bounding) return std::move(bounding).error().While("--bounding");
    line.bounding = *bounding;
  }
  line.command = std::move(parsed->operands);
  if (Status status = CheckTogether(line); !status) return std::move(status).error();
  return line;
}

std::string Help() {
  return "usage: seccomp-run [OPTION...] [--] COMMAND [ARG...]\n\n"
         "Runs COMMAND in a container of its own, under a seccomp profile that seccomp-lint finds "
         "no\n"
         "error in. The command gets this environment, standard input, output and error.\n\n" +
         OptionHelp(kOptions) +
         "\nExit status: the command's; 128+N when signal N killed it; 125 when the container "
         "could\n"
         "not be set up, 126 when COMMAND cannot be executed, 127 when it is not found.\n";
}

}  // namespace runtime::run
