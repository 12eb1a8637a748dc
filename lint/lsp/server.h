// A language server for profiles: LSP 3.17, for one client, by two streams.
//
//     diagnostics       findings, of the latest version once no message waits
//     hover             facts about the word, and what the profile gives a call
//     completion        calls, actions, keys, ...
//     codeAction        fixes: quickfix, source.fixAll.seccomp-lint
//     documentSymbol    the rules
//
// The targets are those of the nearest .seccomp-lint.json, or those that the client names:
// {"targets":
// ["arch=arm64,kernel=6.1"]} in initializationOptions, or in settings (there also under
// "seccomp-lint") of workspace/didChangeConfiguration.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lint/lsp/document.h"
#include "lint/lsp/frames.h"
#include "lint/lsp/message.h"
#include "lint/lsp/workspace.h"

namespace lint::lsp {

// Takes all of the bytes. False: nobody reads any more.
using Output = std::function<bool(std::string_view bytes)>;

class Server {
 public:
  Server(Input& input, Output output, SettingsSource settings, std::string version);

  // Until exit, or the input or output ends. Returns the exit code: 0 after shutdown, else 1.
  // No message makes it throw.
  int Run();

 private:
  enum class State { kNew, kReady, kShutDown };

  void Take(std::string body);
  void Request(const Message& message);
  void Notification(const Message& message);
  void Reject(const boost::json::value& id, RpcError code, std::string_view reason);
  boost::json::value Initialize(const boost::json::value& params);
  void WatchConfigs();
  void Log(std::string_view text);
  void Send(const std::string& body);

  FrameReader frames_;
  Output output_;
  std::string version_;
  State state_ = State::kNew;
  bool is_over_ = false;  // exit came, or nobody reads
  Workspace workspace_;
};

}  // namespace lint::lsp
