// The socket that the agent listens on.

#pragma once

#include <string>

#include "runtime/agent/flags.h"
#include "runtime/launch/descriptors.h"
#include "schema/error.h"

namespace runtime::agent {

class Listener {
 public:
  // A Unix socket of mode 0600 in --runtime_dir, which is made with mode 0700 if it is not there;
  // or a TCP socket on --ip. Holds the lock RUNTIME_DIR/agent.lock for as long as it lives; a
  // socket's file without a listener, left by a dead agent, is replaced.
  // Errors: kInvalid, somebody else listens, or others may write to the directory; kSystem. No
  // socket is left on any.
  static schema::Result<Listener> Open(const Flags& flags);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener() { Close(); }

  int descriptor() const { return socket_.number(); }  // listening, non-blocking
  bool is_unix() const { return is_unix_; }
  // "unix:/run/seccomp-agent/agent.sock", "http://127.0.0.1:5051" or "https://10.0.0.1:5051".
  const std::string& address() const { return address_; }

  // Stops listening and removes the socket's file; the lock is kept.
  void Close();

 private:
  Listener() = default;

  schema::Status OpenUnix(const std::string& directory);
  schema::Status OpenTcp(const TcpAddress& tcp, bool tcp_is_tls);

  launch::Descriptor lock_;
  launch::Descriptor socket_;
  std::string address_;
  std::string path_;  // of the socket's file, to be removed
  bool is_unix_ = false;
};

}  // namespace runtime::agent
