#include "runtime/agent/credentials.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "runtime/agent/body.h"
#include "schema/descriptor.h"
#include "schema/json/read_file.h"

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::json::Kind;
using schema::json::Value;

Status CheckOwner(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return schema::SystemError("fstat", errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kInvalid, "is no regular file", 0};
  if (status.st_uid != 0) return Error{ErrorCode::kInvalid, "must belong to root", 0};
  if ((status.st_mode & 07077U) != 0) {
    return Error{ErrorCode::kInvalid, "others than root may read or change it; chmod 0600 it", 0};
  }
  return {};
}

// Compared without regard to case (RFC 7617); the value after it.
std::optional<std::string_view> AfterBasic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (authorization.size() < kScheme.size() ||
      !std::equal(kScheme.begin(), kScheme.end(), authorization.begin(),
                  [&](char a, char b) { return a == lower(b); })) {
    return std::nullopt;
  }
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

std::optional<std::uint32_t> Sextet(char c) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t index = kAlphabet.find(c);
  if (index == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(index);
}

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string decoded;
  std::uint32_t bits = 0;
  unsigned count = 0;  // of the bits that are not yet written
  for (const char c : text) {
    const auto sextet = Sextet(c);
    if (!sextet) return std::nullopt;
    bits = bits << 6U | *sextet;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded += static_cast<char>(bits >> count & 0xffU);
  }
  return decoded;
}

Credentials::Digest Credentials::DigestOf(std::string_view user_pass) {
  Digest digest = {};
  SHA256(reinterpret_cast<const unsigned char*>(user_pass.data()), user_pass.size(), digest.data());
  return digest;
}

Result<Credentials> Credentials::Read(std::string text) {
  const auto body = Body::Read(std::move(text), Body::Origin::kFile);
  if (!body) return Error(body.error());
  const auto list = body->Require(body->root(), "credentials", Kind::kArray);
  if (!list) return Error(list.error());
  Credentials credentials;
  for (const Value& item : (*list)->items) {
    if (item.kind != Kind::kObject) return body->Complain(item.span, "a credential is an object");
    const auto principal = body->Require(item, "principal", Kind::kString);
    if (!principal) return Error(principal.error());
    const auto secret = body->Require(item, "secret", Kind::kString);
    if (!secret) return Error(secret.error());
    const std::string& name = (*principal)->text;
    if (name.empty() || name.find(':') != std::string::npos) {
      return body->Complain((*principal)->span, "a principal is not empty, and has no colon");
    }
    if ((*secret)->text.empty()) return body->Complain((*secret)->span, "the secret is empty");
    credentials.known_.push_back(DigestOf(name + ':' + (*secret)->text));
  }
  if (credentials.known_.empty()) {
    return body->Complain((*list)->span, "there are no credentials in it");
  }
  return credentials;
}

Result<std::shared_ptr<const Credentials>> Credentials::Load(const std::string& path) {
  const std::string flag = "--http_credentials=" + path;
  const schema::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return schema::SystemError(flag, errno);
  if (Status status = CheckOwner(file.number()); !status) {
    return std::move(status).error().While(flag);
  }
  auto text = schema::json::ReadDescriptor(file.number());
  if (!text) return std::move(text).error().While(flag);
  auto credentials = Read(std::move(*text));
  if (!credentials) return std::move(credentials).error().While(flag);
  return std::make_shared<const Credentials>(std::move(*credentials));
}

bool Credentials::Admit(std::string_view authorization) const {
  const auto encoded = AfterBasic(authorization);
  if (!encoded) return false;
  const auto user_pass = DecodeBase64(*encoded);
  if (!user_pass) return false;
  const Digest given = DigestOf(*user_pass);
  bool is_known = false;
  for (const Digest& known : known_) {
    is_known |= CRYPTO_memcmp(given.data(), known.data(), known.size()) == 0;
  }
  return is_known;
}

}  // namespace runtime::agent
