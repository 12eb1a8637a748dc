// The command line of an OCI runtime, as engines write it, with a few options of our own:
//
//     seccomp-oci [OURS] [GLOBAL...] COMMAND [OPTION...] [ID] [ARGUMENT...]
//
// Everything but what is ours goes to the runtime as it came.
// Source: https://github.com/opencontainers/runtime-tools, docs/command-line-interface.md; the
// manual pages of runc 1.1 and crun 1.8.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace runtime::oci {

// What a command means to us.
enum class Effect {
  kOther,    // starts no container, or runs a process under the filter that one has already
  kStart,    // create, run: reads a bundle and loads the filter
  kRestore,  // brings back processes with the filters that they had
};

struct CommandLine {
  std::vector<std::string> for_runtime;  // in order, without ours
  std::string command;                   // empty: none
  Effect effect = Effect::kOther;
  std::string bundle = ".";                 // of create and run
  std::string config_name = "config.json";  // relative to the bundle
  std::optional<std::string> log;           // where the engine looks for the reason of a failure
  bool log_is_json = false;

  // Ours.
  std::optional<std::string> configuration;  // --seccomp-oci-config
  bool check = false;
  bool version = false;
  bool help = false;
};

struct Option {
  std::string_view name;   // with its dashes
  std::string_view value;  // what --help calls it; empty: a switch
  std::string_view help;
};
std::span<const Option> OwnOptions();

// Errors: kInvalid, where `create`, `run` or `restore` may be meant and an option stands there of
// which we do not know whether a value follows: the bundle might be another one than we read.
schema::Result<CommandLine> ParseCommandLine(std::span<const std::string> args);

std::string Help();

}  // namespace runtime::oci
