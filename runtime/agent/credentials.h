// Who may speak to the agent over TCP: HTTP's Basic scheme, with Mesos' file of credentials.
// Source: RFC 7617; docs/authentication.md of Mesos.

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace runtime::agent {

class Credentials {
 public:
  // {"credentials": [{"principal": "NAME", "secret": "SECRET"}, ...]}. The file must belong to
  // root, and be readable and writable by nobody else: mode 0600 or less. Errors: kInvalid, such a
  // mode or owner, or another form, with its place; kSystem.
  static schema::Result<std::shared_ptr<const Credentials>> Load(const std::string& path);

  // As Load, of the text. Errors: kInvalid.
  static schema::Result<Credentials> Read(std::string text);

  // Whether the value of the header Authorization names one of them. Takes as long for each.
  bool Admit(std::string_view authorization) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest DigestOf(std::string_view user_pass);

  std::vector<Digest> known_;  // SHA-256 of "principal:secret"
};

// "dXNlcjpwYXNz" -> "user:pass"; std::nullopt where it is not base64 with its padding (RFC 4648).
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace runtime::agent
