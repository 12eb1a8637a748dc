#include "runtime/agent/flags.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <vector>

#include "runtime/run/completion.h"
#include "runtime/run/options.h"

namespace runtime::agent {
namespace {

using run::Option;
using run::ParsedOptions;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

constexpr std::array kFlags = {
    Option{"isolation", "LIST",
           "the isolators of every container, with commas between: linux/seccomp,\n"
           "filesystem/linux, namespaces/pid, namespaces/ipc, namespaces/uts, namespaces/net,\n"
           "linux/capabilities, linux/nnp, cgroups/all. As in Mesos, none is on that is not\n"
           "named; default: linux/seccomp, which this agent is for."},
    Option{"seccomp_config_dir", "DIR",
           "where the seccomp profiles lie; required for linux/seccomp"},
    Option{"seccomp_profile_name", "NAME",
           "the profile of a container that asks for none, relative to --seccomp_config_dir.\n"
           "Without it, such a container is refused."},
    Option{"seccomp_enosys_horizon", "true|false",
           "answer system calls newer than the profile with ENOSYS, so that a new C library\n"
           "falls back to older ones; default: true"},
    Option{"seccomp_compiler", "COMPILER",
           "what makes the filters: direct (default) or libseccomp"},
    Option{"work_dir", "DIR", "for the containers' sandboxes; default: /var/lib/seccomp-agent"},
    Option{"runtime_dir", "DIR",
           "for the socket and the lock, not writable by others; default:\n"
           "$RUNTIME_DIRECTORY, else /run/seccomp-agent"},
    Option{"ip", "ADDR",
           "listen by TCP on this address instead of the Unix socket, which root alone can open.\n"
           "Whoever can connect launches containers as root: beyond loopback, TLS and\n"
           "credentials are required; on loopback, without credentials, it is any local user."},
    Option{"port", "N", "with --ip; default: 5051; 0: any that is free"},
    Option{"ssl_cert_file", "FILE",
           "with --ip: speak TLS (1.2 or newer) with this certificate and its chain, in PEM"},
    Option{"ssl_key_file", "FILE", "the certificate's private key, in PEM"},
    Option{"http_credentials", "FILE",
           "with --ip: ask for one of these credentials by HTTP's Basic scheme. Mesos' form,\n"
           "{\"credentials\": [{\"principal\": NAME, \"secret\": SECRET}]}; of mode 0600, root's."},
    Option{"log_format", "text|json",
           "events on standard error as key=value, the default, or as JSON, one a line"},
    Option{"logging_level", "LEVEL", "log events from here on: INFO (default), WARNING or ERROR"},
    Option{"master", "ADDR", "taken for the sake of Mesos' scripts, and not used"},
    Option{"check", "", "validate the flags, the kernel and the profile, and exit: 0 good, 1 bad"},
    Option{"completion", "SHELL", "print what completes this in bash, zsh or fish, and exit"},
    Option{"help", "", "print this and exit"},
    Option{"version", "", "print the version and exit"},
};

constexpr std::string_view kDefaultPort = "5051";  // Mesos': src/slave/constants.hpp

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

std::string VariableOf(std::string_view flag) {
  std::string name = "MESOS_";
  for (const char c : flag) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::optional<std::string> FindVariable(std::span<const std::string> environment,
                                        std::string_view name) {
  for (const std::string& entry : environment) {
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=') {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

using FlagNames = std::vector<std::string_view>;

// Returns the flags that it took from there.
Result<FlagNames> AddEnvironment(std::span<const std::string> environment, ParsedOptions& parsed) {
  FlagNames taken;
  for (const Option& flag : kFlags) {
    const std::string variable = VariableOf(flag.name);
    auto value = FindVariable(environment, variable);
    if (!value || parsed.Get(flag.name)) continue;
    if (flag.value.empty()) {
      if (Status status = run::CheckSwitch(flag.name, *value); !status) {
        return std::move(status).error().While(variable);
      }
    }
    parsed.values.emplace(flag.name, std::move(*value));
    taken.push_back(flag.name);
  }
  return taken;
}

bool Mentions(std::string_view message, std::string_view flag) {
  const std::string option = "--" + std::string(flag);
  const std::size_t place = message.find(option);
  if (place == std::string_view::npos) return false;
  const std::string_view rest = message.substr(place + option.size());
  return rest.empty() || (std::isalnum(static_cast<unsigned char>(rest[0])) == 0 && rest[0] != '_');
}

// Nobody finds a flag on the command line that is a variable.
Error NameVariables(Error error, const FlagNames& from_environment) {
  std::string note;
  for (const std::string_view flag : from_environment) {
    if (!Mentions(error.message, flag)) continue;
    note += (note.empty() ? "; by the environment: " : ", ") + VariableOf(flag);
  }
  error.message += note;
  return error;
}

// systemd gives several directories with colons between; ours is the first.
std::string DefaultRuntimeDir(std::span<const std::string> environment) {
  const std::string given = FindVariable(environment, "RUNTIME_DIRECTORY").value_or("");
  const std::string first = given.substr(0, given.find(':'));
  return first.empty() ? "/run/seccomp-agent" : first;
}

Result<bool> IsLoopback(const std::string& ip) {
  in_addr v4 = {};
  in6_addr v6 = {};
  if (inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24U) == IN_LOOPBACKNET;
  }
  if (inet_pton(AF_INET6, ip.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return Invalid("--ip=" + ip + " is no IP address");
}

// What guards the TCP listener, and whether that suffices for where it listens.
Status FillGuards(const ParsedOptions& parsed, Flags& flags) {
  const std::array<std::pair<std::string_view, std::string*>, 3> files = {{
      {"ssl_cert_file", &flags.ssl_cert_file},
      {"ssl_key_file", &flags.ssl_key_file},
      {"http_credentials", &flags.http_credentials},
  }};
  std::string missing;
  for (const auto& [name, to] : files) {
    *to = parsed.Get(name).value_or("");
    if (!to->empty() && !flags.tcp) {
      return Invalid("--" + std::string(name) +
                     " needs --ip: root alone can connect to the Unix socket");
    }
    if (to->empty()) missing += (missing.empty() ? "--" : ", --") + std::string(name);
  }
  if (!flags.tcp) return {};
  if (flags.ssl_cert_file.empty() != flags.ssl_key_file.empty()) {
    return Invalid("--ssl_cert_file and --ssl_key_file need each other");
  }
  const auto is_loopback = IsLoopback(flags.tcp->ip);
  if (!is_loopback) return Error(is_loopback.error());
  if (*is_loopback || missing.empty()) return {};
  return Invalid("--ip=" + flags.tcp->ip +
                 " is refused: beyond loopback, the agent needs TLS and credentials, or anybody on "
                 "the network could run programs here as root; missing: " +
                 missing);
}

Status FillLogging(const ParsedOptions& parsed, Flags& flags) {
  const std::string format = parsed.Get("log_format").value_or("text");
  if (format != "text" && format != "json") {
    return Invalid("--log_format=" + format + ": text or json");
  }
  flags.log_format = format == "json" ? LogFormat::kJson : LogFormat::kText;
  const std::string name = parsed.Get("logging_level").value_or("INFO");
  const auto level = ParseLevel(name);
  if (!level) return Invalid("--logging_level=" + name + ": INFO, WARNING or ERROR");
  flags.logging_level = *level;
  return {};
}

Result<std::optional<TcpAddress>> ParseAddress(const ParsedOptions& parsed) {
  const auto ip = parsed.Get("ip");
  if (!ip) {
    if (parsed.Get("port")) return Invalid("--port needs --ip; without it, a Unix socket is used");
    return std::optional<TcpAddress>();
  }
  const std::string port = parsed.Get("port").value_or(std::string(kDefaultPort));
  TcpAddress address{*ip, 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return Invalid("--port=" + port + " is no port: 0 to 65535");
  }
  return std::optional(address);
}

Status CheckDirectory(std::string_view flag, const std::string& path) {
  if (path.starts_with('/')) return {};
  return Invalid("--" + std::string(flag) + "=" + path + " is no absolute path");
}

void ListValues(const ParsedOptions& parsed, Flags& flags) {
  for (const Option& flag : kFlags) {
    std::string value = parsed.Get(flag.name).value_or(flag.value.empty() ? "false" : "");
    if (flag.name == "work_dir") value = flags.work_dir;
    if (flag.name == "runtime_dir") value = flags.runtime_dir;
    if (flag.name == "seccomp_enosys_horizon") {
      value = flags.filters.enosys_horizon ? "true" : "false";
    }
    if (flag.name == "seccomp_compiler") value = parsed.Get(flag.name).value_or("direct");
    if (flag.name == "isolation") value = parsed.Get(flag.name).value_or("linux/seccomp");
    if (flag.name == "log_format") value = parsed.Get(flag.name).value_or("text");
    if (flag.name == "logging_level") value = parsed.Get(flag.name).value_or("INFO");
    if (flag.name == "port" && flags.tcp) value = std::to_string(flags.tcp->port);
    flags.values.emplace_back(flag.name, std::move(value));
  }
}

Status Fill(const ParsedOptions& parsed, Flags& flags) {
  auto isolation = run::Isolation::Parse(parsed.Get("isolation").value_or("linux/seccomp"));
  if (!isolation) return std::move(isolation).error().While("--isolation");
  flags.isolation = *isolation;
  flags.seccomp_config_dir = parsed.Get("seccomp_config_dir").value_or("");
  flags.seccomp_profile_name = parsed.Get("seccomp_profile_name");
  const std::string horizon = parsed.Get("seccomp_enosys_horizon").value_or("true");
  if (Status status = run::CheckSwitch("seccomp_enosys_horizon", horizon); !status) return status;
  flags.filters.enosys_horizon = horizon == "true";
  const auto compiler = run::ParseCompiler("seccomp_compiler", parsed.Get("seccomp_compiler"));
  if (!compiler) return Error(compiler.error());
  flags.filters.compiler = *compiler;
  if (Status status = CheckDirectory("work_dir", flags.work_dir); !status) return status;
  if (Status status = CheckDirectory("runtime_dir", flags.runtime_dir); !status) return status;
  if (flags.seccomp_profile_name && !flags.isolation.Has(run::Isolator::kSeccomp)) {
    return Invalid("--seccomp_profile_name needs linux/seccomp in --isolation");
  }
  auto address = ParseAddress(parsed);
  if (!address) return std::move(address).error();
  flags.tcp = *address;
  if (Status status = FillGuards(parsed, flags); !status) return status;
  flags.master = parsed.Get("master").value_or("");
  return FillLogging(parsed, flags);
}

}  // namespace

Result<Flags> ParseFlags(std::span<const std::string> args,
                         std::span<const std::string> environment) {
  auto parsed = run::ParseOptions(kFlags, args);
  if (!parsed) return std::move(parsed).error();
  if (!parsed->operands.empty()) {
    return Invalid("unexpected argument \"" + parsed->operands.front() +
                   "\"; flags are --name=value");
  }
  Flags flags;
  // Before the environment is looked at: help is for whoever got that wrong, too.
  flags.help = parsed->IsOn("help");
  flags.version = parsed->IsOn("version");
  if (flags.help || flags.version) return flags;
  if (const auto shell = parsed->Get("completion")) {
    auto script = run::CompletionScript("seccomp-agent", kFlags, false, *shell);
    if (!script) return std::move(script).error();
    flags.completion = std::move(*script);
    return flags;
  }
  const auto from_environment = AddEnvironment(environment, *parsed);
  if (!from_environment) return Error(from_environment.error());
  flags.check = parsed->IsOn("check");
  flags.work_dir = parsed->Get("work_dir").value_or("/var/lib/seccomp-agent");
  flags.runtime_dir = parsed->Get("runtime_dir").value_or(DefaultRuntimeDir(environment));
  if (Status status = Fill(*parsed, flags); !status) {
    return NameVariables(std::move(status).error(), *from_environment);
  }
  ListValues(*parsed, flags);
  return flags;
}

std::string Help() {
  return "usage: seccomp-agent [--flag=value ...]\n\n"
         "Launches containers under seccomp profiles, by the operator API of Apache Mesos' agent.\n"
         "A flag may also be given as a variable of the environment: MESOS_WORK_DIR for "
         "--work_dir;\n"
         "the command line wins.\n\n" +
         run::OptionHelp(kFlags) +
         "\nTERM or INT: the agent stops listening, kills its containers and exits. They do not\n"
         "outlive it, since nobody could tell how they ended.\n"
         "Exit status: 0 stopped by a signal, or --check found nothing wrong; 1 refused to "
         "start.\n";
}

}  // namespace runtime::agent
