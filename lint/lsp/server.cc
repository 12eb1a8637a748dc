#include "lint/lsp/server.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <exception>
#include <utility>

#include "lint/lsp/code_actions.h"
#include "lint/report/printable.h"

namespace lint::lsp {
namespace {

namespace json = boost::json;

constexpr int kIncrementalSync = 2;  // LSP 3.17, "TextDocumentSyncKind"
constexpr int kErrorMessage = 1;     // "MessageType"

struct RequestHandler {
  std::string_view method;
  Workspace::Answer (Workspace::*answer)(const json::value& params);
};
constexpr std::array kRequests = {
    RequestHandler{"textDocument/hover", &Workspace::Hover},
    RequestHandler{"textDocument/completion", &Workspace::Completion},
    RequestHandler{"textDocument/codeAction", &Workspace::CodeAction},
    RequestHandler{"codeAction/resolve", &Workspace::ResolveCodeAction},
    RequestHandler{"textDocument/documentSymbol", &Workspace::DocumentSymbol},
};

struct NotificationHandler {
  std::string_view method;
  schema::Status (Workspace::*take)(const json::value& params);
};
constexpr std::array kNotifications = {
    NotificationHandler{"textDocument/didOpen", &Workspace::DidOpen},
    NotificationHandler{"textDocument/didChange", &Workspace::DidChange},
    NotificationHandler{"textDocument/didSave", &Workspace::DidSave},
    NotificationHandler{"textDocument/didClose", &Workspace::DidClose},
    NotificationHandler{"workspace/didChangeConfiguration", &Workspace::DidChangeConfiguration},
    NotificationHandler{"workspace/didChangeWatchedFiles", &Workspace::DidChangeWatchedFiles},
};

RpcError CodeOf(const schema::Error& error) {
  return error.code == schema::ErrorCode::kInvalid ? RpcError::kInvalidParams
                                                   : RpcError::kInternalError;
}

json::object CapabilitiesWith(const ClientAbilities& client) {
  return {{"positionEncoding", EncodingName(client.encoding)},
          {"textDocumentSync", json::object{{"openClose", true},
                                            {"change", kIncrementalSync},
                                            {"save", json::object{{"includeText", false}}}}},
          {"hoverProvider", true},
          {"completionProvider", json::object{{"triggerCharacters", json::array{"\""}}}},
          {"codeActionProvider", json::object{{"codeActionKinds", json::array{kQuickFix, kFixAll}},
                                              {"resolveProvider", client.resolves_edits}}},
          {"documentSymbolProvider", true}};
}

}  // namespace

Server::Server(Input& input, Output output, SettingsSource settings, std::string version)
    : frames_(input),
      output_(std::move(output)),
      version_(std::move(version)),
      workspace_(std::move(settings), [this](std::string_view method, json::value params) {
        Send(NotificationBody(method, std::move(params)));
      }) {}

int Server::Run() {
  while (!is_over_) {
    // While the client is still talking, only the last version that it tells is worth a check.
    if (state_ == State::kReady && workspace_.IsDue() && !frames_.IsWaiting()) {
      try {
        workspace_.CheckNext();
      } catch (const std::exception& exception) {
        Log(std::string("a check failed, please report it: ") + exception.what());
      }
      continue;
    }
    Frame frame = frames_.Next();
    switch (frame.kind) {
      case Frame::Kind::kBody:
        Take(std::move(frame.text));
        break;
      case Frame::Kind::kLost:
        Reject(nullptr, RpcError::kInvalidRequest, frame.text);
        break;
      case Frame::Kind::kBroken:
        Reject(nullptr, RpcError::kParseError, frame.text);
        is_over_ = true;
        break;
      case Frame::Kind::kEnd:
        is_over_ = true;
        break;
    }
  }
  return state_ == State::kShutDown ? 0 : 1;
}

void Server::Take(std::string body) {
  const ParsedMessage parsed = ParseMessage(std::move(body));
  if (!parsed.message) {
    return Reject(parsed.malformed.id, parsed.malformed.code, parsed.malformed.reason);
  }
  const Message& message = *parsed.message;
  if (message.method.empty()) return;  // the answer to a request of ours: nothing depends on it
  try {
    message.id ? Request(message) : Notification(message);
  } catch (const std::exception& exception) {
    const std::string reason = std::string("internal error, please report it: ") + exception.what();
    message.id ? Reject(*message.id, RpcError::kInternalError, reason) : Log(reason);
  }
}

void Server::Request(const Message& message) {
  const json::value& id = *message.id;
  if (state_ == State::kShutDown) {
    return Reject(id, RpcError::kInvalidRequest, "the server is shut down");
  }
  if (message.method == "initialize") {
    if (state_ != State::kNew) {
      return Reject(id, RpcError::kInvalidRequest, "the server is initialized already");
    }
    state_ = State::kReady;
    return Send(ResultBody(id, Initialize(message.params)));
  }
  if (state_ == State::kNew) {
    return Reject(id, RpcError::kServerNotInitialized, "initialize comes first");
  }
  if (message.method == "shutdown") {
    state_ = State::kShutDown;
    return Send(ResultBody(id, nullptr));
  }
  const auto* handler = std::ranges::find(kRequests, message.method, &RequestHandler::method);
  if (handler == kRequests.end()) {
    return Reject(id, RpcError::kMethodNotFound, "no method \"" + message.method + "\"");
  }
  auto answer = (workspace_.*handler->answer)(message.params);
  if (!answer) return Reject(id, CodeOf(answer.error()), answer.error().message);
  Send(ResultBody(id, std::move(*answer)));
}

void Server::Notification(const Message& message) {
  if (message.method == "exit") {
    is_over_ = true;
    return;
  }
  if (state_ != State::kReady) return;
  if (message.method == "initialized") return WatchConfigs();
  const auto* handler =
      std::ranges::find(kNotifications, message.method, &NotificationHandler::method);
  if (handler == kNotifications.end()) return;  // $/cancelRequest: answers come in order
  if (auto status = (workspace_.*handler->take)(message.params); !status) {
    Log(status.error().message);
  }
}

json::value Server::Initialize(const json::value& params) {
  workspace_.Initialize(params);
  return json::object{
      {"capabilities", CapabilitiesWith(workspace_.client())},
      {"serverInfo", json::object{{"name", "seccomp-lint"}, {"version", version_}}}};
}

void Server::WatchConfigs() {
  if (!workspace_.client().watches_files) return;
  const json::object watchers = {
      {"watchers", json::array{json::object{{"globPattern", "**/.seccomp-lint.json"}}}}};
  const json::object registration = {{"id", "configs"},
                                     {"method", "workspace/didChangeWatchedFiles"},
                                     {"registerOptions", watchers}};
  Send(RequestBody("watch-configs", "client/registerCapability",
                   json::object{{"registrations", json::array{registration}}}));
}

void Server::Reject(const json::value& id, RpcError code, std::string_view reason) {
  Send(ErrorBody(id, code, report::Printable(reason)));
}

void Server::Log(std::string_view text) {
  Send(NotificationBody("window/logMessage",
                        json::object{{"type", kErrorMessage},
                                     {"message", "seccomp-lint: " + report::Printable(text)}}));
}

void Server::Send(const std::string& body) {
  if (!output_(Framed(body))) is_over_ = true;
}

}  // namespace lint::lsp
