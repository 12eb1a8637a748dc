// A client of the language server, within the process: what it says is written down first, in
// bursts, and then the server runs over it.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/lsp/frames.h"
#include "lint/lsp/json_access.h"
#include "lint/lsp/server.h"
#include "schema/kernel/target.h"

namespace lint::lsp {

namespace json = boost::json;

// Each burst is there at once; the next one comes when somebody waits for it.
class Bursts : public Input {
 public:
  explicit Bursts(std::deque<std::string> bursts, std::size_t most = 65536)
      : bursts_(std::move(bursts)), most_(most) {}

  std::size_t Read(std::span<char> into) override {
    while (at_ == now_.size()) {
      if (bursts_.empty()) return 0;
      now_ = std::move(bursts_.front());
      bursts_.pop_front();
      at_ = 0;
    }
    const std::size_t count = std::min({into.size(), now_.size() - at_, most_});
    std::copy_n(now_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  bool IsWaiting() override { return at_ < now_.size(); }

 private:
  std::deque<std::string> bursts_;
  std::size_t most_;  // bytes a call
  std::string now_;
  std::size_t at_ = 0;
};

inline schema::kernel::Target TestTarget(std::string_view text = "") {
  schema::kernel::Target host;
  host.kernel = {6, 1};
  host.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  host.capabilities = schema::kernel::CapabilitySet::Docker();
  return text.empty() ? host : *schema::kernel::ParseTarget(text, host);
}

inline schema::Result<Settings> TestSettings(const std::string&,
                                             const std::vector<std::string>& targets) {
  Settings settings;
  settings.options.all_forms = true;
  for (const std::string& text : targets) {
    auto target = schema::kernel::ParseTarget(text, TestTarget());
    if (!target) return std::move(target).error();
    settings.options.targets.push_back(*target);
  }
  if (targets.empty()) settings.options.targets.push_back(TestTarget());
  return settings;
}

inline json::value Parsed(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(text, error);
  EXPECT_FALSE(error) << text;
  return value;
}

class Conversation {
 public:
  Conversation& Raw(std::string_view bytes) {
    bursts_.back() += bytes;
    return *this;
  }
  Conversation& Body(std::string_view body) { return Raw(Framed(body)); }
  Conversation& Request(int id, std::string_view method, json::value params) {
    return Body(json::serialize(json::object{
        {"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}));
  }
  Conversation& Notify(std::string_view method, json::value params) {
    return Body(json::serialize(
        json::object{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}));
  }
  // What follows comes once the server has done all that it can do.
  Conversation& Pause() {
    bursts_.emplace_back();
    return *this;
  }

  Conversation& Initialize(std::string_view capabilities = "{}", std::string_view options = "{}") {
    return Request(0, "initialize",
                   json::object{{"processId", nullptr},
                                {"rootUri", nullptr},
                                {"capabilities", Parsed(capabilities)},
                                {"initializationOptions", Parsed(options)}})
        .Notify("initialized", json::object());
  }
  Conversation& Open(std::string_view text, std::string_view uri = kUri,
                     std::string_view language = "json") {
    const json::object document = {
        {"uri", uri}, {"languageId", language}, {"version", 1}, {"text", text}};
    return Notify("textDocument/didOpen", json::object{{"textDocument", document}});
  }
  Conversation& Change(int version, json::array changes) {
    const json::object document = {{"uri", kUri}, {"version", version}};
    return Notify("textDocument/didChange",
                  json::object{{"textDocument", document}, {"contentChanges", std::move(changes)}});
  }
  // A request about a place of the document.
  Conversation& Ask(int id, std::string_view what, std::size_t line, std::size_t character) {
    const json::object position = {{"line", line}, {"character", character}};
    return Request(
        id, "textDocument/" + std::string(what),
        json::object{{"textDocument", json::object{{"uri", kUri}}}, {"position", position}});
  }
  Conversation& AskActions(int id, std::size_t line, json::array only = {}) {
    const json::object start = {{"line", line}, {"character", 0}};
    const json::object end = {{"line", line}, {"character", 1000}};
    json::object context = {{"diagnostics", json::array()}};
    if (!only.empty()) context["only"] = std::move(only);
    return Request(id, "textDocument/codeAction",
                   json::object{{"textDocument", json::object{{"uri", kUri}}},
                                {"range", json::object{{"start", start}, {"end", end}}},
                                {"context", std::move(context)}});
  }
  Conversation& ShutDown() {
    return Pause().Request(999, "shutdown", nullptr).Notify("exit", nullptr);
  }

  // Returns the exit code. `most`: bytes that a read gets.
  int Run(SettingsSource settings = &TestSettings, std::size_t most = 65536) {
    Bursts input(bursts_, most);
    std::string bytes;
    Server server(
        input,
        [&](std::string_view some) {
          bytes += some;
          return true;
        },
        std::move(settings), "1.2.3");
    const int code = server.Run();
    ReadSent(std::move(bytes));
    return code;
  }

  // The message that answers the request; null where none does, or more than one.
  json::value Answer(const json::value& id) const {
    json::value answer;
    for (const json::value& message : sent) {
      const json::value* of = Find(message, {"id"});
      if (of == nullptr || *of != id || Find(message, {"method"}) != nullptr) continue;
      EXPECT_TRUE(answer.is_null()) << "answered twice: " << id;
      answer = message;
    }
    return answer;
  }
  json::value Result(int id) const {
    const json::value answer = Answer(id);
    const json::value* result = Find(answer, {"result"});
    EXPECT_NE(result, nullptr) << "request " << id << ": " << answer;
    return result == nullptr ? json::value() : *result;
  }
  std::int64_t ErrorCode(const json::value& id) const {
    return IntegerAt(Answer(id), {"error", "code"}).value_or(0);
  }
  // The params of the notifications with this method.
  std::vector<json::value> Notified(std::string_view method) const {
    std::vector<json::value> params;
    for (const json::value& message : sent) {
      if (StringAt(message, {"method"}) == method) params.push_back(*Find(message, {"params"}));
    }
    return params;
  }
  std::vector<json::value> Published() const { return Notified("textDocument/publishDiagnostics"); }

  static constexpr std::string_view kUri = "file:///profiles/a.json";
  std::vector<json::value> sent;

 private:
  void ReadSent(std::string bytes) {
    Bursts sent_bytes({std::move(bytes)});
    FrameReader frames(sent_bytes);
    for (Frame frame = frames.Next(); frame.kind == Frame::Kind::kBody; frame = frames.Next()) {
      sent.push_back(Parsed(frame.text));
    }
  }

  std::deque<std::string> bursts_ = {""};
};

}  // namespace lint::lsp
