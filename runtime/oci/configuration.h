// /etc/seccomp-lint/oci.json: how containers on this machine get their filters. JSON, in which //
// and /* */ comments may stand:
//
//     configuration = { runtime?, runtime_kind?, profiles?, default_profile?, allow_annotation?,
//                       unconfined?, enosys_horizon?, cache? }

#pragma once

#include <optional>
#include <string>

#include "schema/error.h"

namespace runtime::oci {

// What the runtime takes.
enum class RuntimeKind {
  kRunc,  // rules, of which it makes a filter by libseccomp
  kCrun,  // a program, in the annotation run.oci.seccomp_bpf_data
};

// A container for which the engine wrote no linux.seccomp.
enum class Unconfined { kAllow, kRefuse, kDefault };

struct Configuration {
  std::string runtime;  // its path
  RuntimeKind kind = RuntimeKind::kCrun;
  std::string profiles;                        // a directory; empty: none
  std::optional<std::string> default_profile;  // a name in it
  bool allow_annotation = true;
  Unconfined unconfined = Unconfined::kRefuse;
  bool enosys_horizon = true;              // of programs; runc has its own
  std::string cache = "/run/seccomp-oci";  // a directory; empty: none
};

inline constexpr const char* kConfigurationPath = "/etc/seccomp-lint/oci.json";

// What was read. A configuration that is wrong still has the runtime, as far as it can be told: it
// is needed to delete what runs.
struct ReadConfiguration {
  Configuration configuration;
  schema::Status status;  // kInvalid, with FILE:LINE:COLUMN; kNotFound, kSystem
};

// std::nullopt: kConfigurationPath, where no file means the defaults.
ReadConfiguration LoadConfiguration(const std::optional<std::string>& path);
ReadConfiguration ParseConfiguration(const std::string& path, const std::string& text);

}  // namespace runtime::oci
