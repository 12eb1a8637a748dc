// TLS for the TCP listener.

#pragma once

#include <memory>
#include <string>

#include "schema/error.h"

namespace boost::asio::ssl {
class context;
}

namespace runtime::agent {

// A server's side: TLS 1.2 and newer, the certificate and its chain, no renegotiation.
class Tls {
 public:
  // PEM files: the certificate with its chain, leaf first, and its private key, which others than
  // its owner and group may not be able to read. Errors: kInvalid, naming the file; kSystem.
  static schema::Result<std::shared_ptr<const Tls>> Create(const std::string& cert_file,
                                                           const std::string& key_file);
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls();

  boost::asio::ssl::context& context() const { return *context_; }

 private:
  Tls();

  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace runtime::agent
