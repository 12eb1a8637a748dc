// In which form a document holds profiles, and where.
//
//   Docker's form     the document itself: profile.h
//   OCI               a container's config.json: the object linux.seccomp, already resolved, so
//   without
//                     includes, excludes and archMap
//   SeccompProfile    a resource of Kubernetes' security-profiles-operator: the object spec, with
//   the
//                     same keys but defaultErrnoRet; each of them in a stream, a List or alone
//
// Sources: https://github.com/opencontainers/runtime-spec, config-linux.md;
// https://github.com/kubernetes-sigs/security-profiles-operator, api/seccompprofile.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/json/document.h"

namespace schema::profile {

enum class Form : std::uint8_t { kDocker, kOci, kSeccompProfile };

struct Place {
  Form form = Form::kDocker;
  const json::Value* around = nullptr;   // the config, the resource, or the profile itself
  const json::Value* profile = nullptr;  // nullptr: `around` has none
  std::string name = {};                 // of a resource, metadata.name

  bool no_new_privileges = false;  // of a config
};

// The places point into the document. JSON that is neither a config nor a resource counts as
// Docker's form, whatever it is; of YAML the SeccompProfiles alone are taken, since engines read
// profiles as JSON: there may be none.
std::vector<Place> FindProfiles(const json::Document& document);

// The document as Docker's form.
Place AsDocker(const json::Document& document);

// The last member called so, which is the one that engines keep; nullptr: there is none.
const json::Value* Find(const json::Value& object, std::string_view key);

}  // namespace schema::profile
