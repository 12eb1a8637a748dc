#include "runtime/run/command_line.h"

#include <array>
#include <string_view>
#include <utility>

#include "runtime/launch/resource.h"
#include "runtime/run/completion.h"
#include "runtime/run/identity.h"
#include "runtime/run/options.h"
#include "schema/kernel/capability.h"

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

constexpr std::string_view kDefaultCache = "/run/seccomp-run";

constexpr std::array kOptions = {
    Option{"profile", "FILE", "the seccomp profile; default: the one built in"},
    Option{"unconfined", "", "no seccomp filter"},
    Option{"record", "FILE",
           "no profile, but write one that allows what the command calls; FILE is replaced.\n"
           "The command is slower meanwhile. Needs Linux 5.5."},
    Option{"rootfs", "DIR",
           "a directory that becomes /, with /dev and /proc of its own; default: the\n"
           "host's files"},
    Option{"workdir", "DIR",
           "where the command starts; default: / of a rootfs, else this directory"},
    Option{"hostname", "NAME", "the container's host name; needs namespaces/uts"},
    Option{"user", "U[:G]", "run as this user and group, names or numbers of this host"},
    Option{"bounding", "CAPS",
           "the capabilities that it may hold: docker (default), all, none, or\n"
           "CAP_A+CAP_B. The profile's conditions are decided by them."},
    Option{"isolation", "LIST",
           "what the container is put under, with commas between; default: linux/seccomp,\n"
           "filesystem/linux,namespaces/pid,namespaces/ipc,namespaces/uts,\n"
           "linux/capabilities; also: namespaces/net, linux/nnp, cgroups/all"},
    Option{"rlimit", "LIST",
           "resource limits, NAME=SOFT[:HARD] with commas between: nofile=1024:4096,stack=8m.\n"
           "Names are those of setrlimit(2) in small letters; a number may be unlimited, and\n"
           "one of bytes have a unit as that of --memory."},
    Option{"memory", "BYTES",
           "at most so much memory for the whole container; k, m, g and t, as in 64m, 64M or\n"
           "64MiB, count by 1024. Needs cgroup v2."},
    Option{"cpus", "N",
           "at most so much processor time: 0.5 is half a processor. Needs cgroup v2."},
    Option{"pids", "N", "at most so many processes and threads. Needs cgroup v2."},
    Option{"no-init", "",
           "the command is process 1 of its pid namespace: it must reap orphans, and gets\n"
           "no signal that it has no handler for. Else process 1 is a small init."},
    Option{"no-tty", "",
           "no terminal of its own. Else the command gets one when this runs in the\n"
           "foreground of a terminal and neither input nor output is redirected."},
    Option{"no-new-privs", "", "the same as linux/nnp: no set-user-ID program gains privileges"},
    Option{"no-enosys-horizon", "",
           "refuse system calls newer than the profile as it says, instead of with ENOSYS"},
    Option{"compiler", "COMPILER", "what makes the filter: direct (default) or libseccomp"},
    Option{"cache", "DIR",
           "where proved filters are kept for the next launch; default: /run/seccomp-run;\n"
           "empty: nowhere"},
    Option{"completion", "SHELL", "print what completes this in bash, zsh or fish, and exit"},
    Option{"help", "", "print this and exit"},
    Option{"version", "", "print the version and exit"},
};

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

// A number of at most 15 characters with at most three behind a point, in thousandths: exact.
std::optional<std::uint64_t> ParseThousandths(std::string_view text) {
  std::uint64_t value = 0;
  int decimals = -1;  // -1: before the point
  if (text.empty() || text.size() > 15) return std::nullopt;
  for (const char c : text) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9' || decimals == 3) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (decimals >= 0) ++decimals;
  }
  for (int i = decimals < 0 ? 0 : decimals; i < 3; ++i) value *= 10;
  return value;
}

std::optional<std::uint64_t> ParseCount(std::string_view text) {
  const auto thousandths = ParseThousandths(text);
  if (!thousandths || text.find('.') != text.npos) return std::nullopt;
  return *thousandths / 1000;
}

Result<launch::CgroupLimits> ParseCgroupLimits(const ParsedOptions& options) {
  launch::CgroupLimits limits;
  if (const auto text = options.Get("memory")) {
    limits.memory_bytes = launch::ParseBytes(*text);
    if (!limits.memory_bytes) {
      return Invalid("--memory=" + *text + ": not a size, which is " +
                     std::string(launch::kByteForms));
    }
  }
  if (const auto text = options.Get("cpus")) {
    limits.cpu_millis = ParseThousandths(*text);
    if (limits.cpu_millis.value_or(0) < 10) {
      return Invalid("--cpus=" + *text + ": not a number from 0.01 on, of at most three decimals");
    }
  }
  if (const auto text = options.Get("pids")) {
    limits.processes = ParseCount(*text);
    if (limits.processes.value_or(0) == 0)
      return Invalid("--pids=" + *text + ": not a number from 1 on");
  }
  return limits;
}

Status CheckTogether(const CommandLine& line) {
  const bool filters = line.isolation.Has(Isolator::kSeccomp);
  if (line.profile && line.unconfined) {
    return Invalid("--profile and --unconfined exclude each other");
  }
  if (line.record && (line.profile || line.unconfined)) {
    return Invalid(
        "--record runs the command without a profile: leave out --profile and "
        "--unconfined");
  }
  if (line.record && line.record->empty()) return Invalid("--record is empty");
  if (line.record && !filters) return Invalid("--record needs linux/seccomp in --isolation");
  if (line.record && !line.isolation.Has(Isolator::kPid)) {
    return Invalid(
        "--record needs namespaces/pid in --isolation: a process that outlived the "
        "recording would find no system call implemented");
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
  if (!line.host_name.empty() && !line.isolation.Has(Isolator::kUts)) {
    return Invalid("--hostname needs namespaces/uts in --isolation");
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
  line.record = parsed->Get("record");
  line.filters.enosys_horizon = !parsed->IsOn("no-enosys-horizon");
  const auto compiler = ParseCompiler("compiler", parsed->Get("compiler"));
  if (!compiler) return schema::Error(compiler.error());
  line.filters.compiler = *compiler;
  line.cache = parsed->Get("cache").value_or(std::string(kDefaultCache));
  line.user = parsed->Get("user");
  line.rootfs = parsed->Get("rootfs").value_or("");
  if (parsed->Get("rootfs") == "") return Invalid("--rootfs is empty");
  line.working_directory = parsed->Get("workdir").value_or("");
  line.host_name = parsed->Get("hostname").value_or("");
  line.init = !parsed->IsOn("no-init");
  line.terminal = !parsed->IsOn("no-tty");
  if (const auto list = parsed->Get("rlimit")) {
    auto limits = launch::ParseLimits(*list);
    if (!limits) return std::move(limits).error().While("--rlimit");
    line.limits = std::move(*limits);
  }
  auto cgroup = ParseCgroupLimits(*parsed);
  if (!cgroup) return std::move(cgroup).error();
  line.cgroup = *cgroup;
  auto isolation =
      Isolation::Parse(parsed->Get("isolation").value_or(std::string(kDefaultIsolation)));
  if (!isolation) return std::move(isolation).error().While("--isolation");
  line.isolation = *isolation;
  if (parsed->IsOn("no-new-privs")) line.isolation.Add(Isolator::kNoNewPrivs);
  if (const auto text = parsed->Get("bounding")) {
    auto bounding = schema::kernel::ParseCapabilities(*text);
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
         "error in. The command gets this environment, standard input, output and error, and the\n"
         "signals that are sent here.\n\n" +
         OptionHelp(kOptions) +
         "\nExit status: the command's; 128+N when signal N killed it; 125 when the container "
         "could\n"
         "not be set up, 126 when COMMAND is there but cannot be executed, 127 when it is not\n"
         "found.\n";
}

}  // namespace runtime::run
