#include "runtime/agent/tls.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <utility>

namespace runtime::agent {
namespace {

namespace ssl = boost::asio::ssl;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

// Of TLS 1.2: forward secrecy and authenticated encryption alone. TLS 1.3 has no others.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

Status CheckKeyFile(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return schema::SystemError("--ssl_key_file=" + path, errno);
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) == 0) return {};
  return Error{ErrorCode::kInvalid,
               "--ssl_key_file=" + path + ": others may read or change it; chmod 0600 it", 0};
}

Error Unusable(const std::string& what, const boost::system::error_code& error) {
  return {ErrorCode::kInvalid, what + ": " + error.message(), 0};
}

}  // namespace

Tls::Tls() : context_(std::make_unique<ssl::context>(ssl::context::tls_server)) {}

Tls::~Tls() = default;

Result<std::shared_ptr<const Tls>> Tls::Create(const std::string& cert_file,
                                               const std::string& key_file) {
  if (Status status = CheckKeyFile(key_file); !status) return std::move(status).error();
  std::shared_ptr<Tls> tls(new Tls);
  SSL_CTX* const native = tls->context_->native_handle();
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(native, kCiphers) != 1) {
    return Error{ErrorCode::kUnsupported,
                 "this OpenSSL lacks TLS 1.2 with " + std::string(kCiphers), 0};
  }
  boost::system::error_code error;
  tls->context_->use_certificate_chain_file(cert_file, error);
  if (error) return Unusable("--ssl_cert_file=" + cert_file, error);
  tls->context_->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) return Unusable("--ssl_key_file=" + key_file, error);
  if (SSL_CTX_check_private_key(native) != 1) {
    return Error{ErrorCode::kInvalid,
                 "--ssl_key_file=" + key_file + " is not the key of --ssl_cert_file=" + cert_file,
                 0};
  }
  return std::shared_ptr<const Tls>(std::move(tls));
}

}  // namespace runtime::agent
