// The flags of seccomp-agent, with Mesos' names.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/agent/log.h"
#include "runtime/isolator/isolator.h"
#include "runtime/run/isolation.h"
#include "schema/error.h"

namespace runtime::agent {

struct TcpAddress {
  std::string ip;  // as given
  std::uint16_t port = 0;
};

struct Flags {
  bool help = false;
  bool version = false;
  bool check = false;
  std::string completion;  // the script that was asked for
  run::Isolation isolation;
  std::string seccomp_config_dir;
  std::optional<std::string> seccomp_profile_name;
  isolator::FilterOptions filters;  // --seccomp_enosys_horizon, --seccomp_compiler
  std::string work_dir;
  std::string runtime_dir;
  std::optional<TcpAddress> tcp;  // absent: a Unix socket in runtime_dir
  std::string ssl_cert_file;      // of TCP, empty: no TLS; then ssl_key_file is, too
  std::string ssl_key_file;
  std::string http_credentials;  // of TCP, empty: none are asked for
  LogFormat log_format = LogFormat::kText;
  Level logging_level = Level::kInfo;
  std::string master;  // taken, for the sake of scripts, and not used
  // Every flag with its value in force, for GET_FLAGS; in the order of --help.
  std::vector<std::pair<std::string, std::string>> values;
};

// `args` without the program's name; `environment`: "NAME=VALUE". MESOS_WORK_DIR stands for
// --work_dir, which wins where both are given; a MESOS_ variable that is no flag of ours is left
// alone, since other programs of Mesos have flags too.
// Errors: kInvalid, an unknown flag (with the known ones), a bad value, an address beyond loopback
// without TLS and credentials; kUnsupported, an isolator that this build lacks.
schema::Result<Flags> ParseFlags(std::span<const std::string> args,
                                 std::span<const std::string> environment);

std::string Help();

}  // namespace runtime::agent
