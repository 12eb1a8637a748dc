// The language server. An input that begins with "Content-Length" is the client's bytes as they
// are; one whose first line begins with {"jsonrpc" is a message a line, behind an initialize; any
// other is a document, which is opened, changed in its middle and asked about at places that its
// bytes choose.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/require.h"
#include "lint/lsp/json_access.h"
#include "lint/lsp/server.h"
#include "schema/kernel/target.h"

namespace {

namespace json = boost::json;
namespace lsp = lint::lsp;

class Bytes : public lsp::Input {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}

  std::size_t Read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size() - at_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  // As if the client waited for what it is sent.
  bool IsWaiting() override { return false; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

// No proofs of filters: `filter` and `profile` fuzz those, and they take the time.
schema::Result<lsp::Settings> TwoTargets(const std::string&, const std::vector<std::string>&) {
  lsp::Settings settings;
  for (const char* text : {"arch=x86_64,kernel=6.1,libseccomp=2.5.4,caps=docker,engine=isolator",
                           "arch=s390x,kernel=5.10,libseccomp=2.5.4,caps=all,engine=docker"}) {
    settings.options.targets.push_back(*schema::kernel::ParseTarget(text, {}));
  }
  for (const char* rule : {"SL207", "SL509"}) REQUIRE(settings.options.selection.Ignore(rule));
  return settings;
}

std::string Request(int id, std::string_view method, json::value params) {
  return lsp::Framed(
      json::serialize(json::object{{"id", id}, {"method", method}, {"params", std::move(params)}}));
}

std::string Notification(std::string_view method, json::value params) {
  return lsp::Framed(
      json::serialize(json::object{{"method", method}, {"params", std::move(params)}}));
}

std::string Initialize(bool utf8) {
  return Request(0, "initialize",
                 json::parse(std::string(R"({"capabilities": {
    "general": {"positionEncodings": [")") +
                             (utf8 ? "utf-8" : "utf-16") + R"("]},
    "textDocument": {"hover": {"contentFormat": ["markdown"]},
                     "publishDiagnostics": {"relatedInformation": true, "tagSupport": {}},
                     "codeAction": {"codeActionLiteralSupport": {}},
                     "documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}}})"));
}

json::object Place(std::size_t line, std::size_t character) {
  return {{"line", line}, {"character", character}};
}

// `text` goes into the message as it is, but for what JSON escapes.
std::string DocumentBytes(const std::string& text) {
  const json::object name = {{"uri", "file:///f.json"}};
  std::uint32_t hash = 2166136261;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  std::string bytes = Initialize(hash % 2 == 0);
  bytes += Notification("textDocument/didOpen",
                        json::object{{"textDocument", json::object{{"uri", "file:///f.json"},
                                                                   {"languageId", "seccomp"},
                                                                   {"version", 1},
                                                                   {"text", text}}}});
  int id = 1;
  for (int i = 0; i < 6; ++i) {
    hash = hash * 1664525U + 1013904223U;
    const json::object place = Place(hash % lines, (hash >> 8U) % 90U);
    const json::object range = {{"start", Place(0, 0)}, {"end", place}};
    const json::object at = {{"textDocument", name}, {"position", place}};
    bytes += Request(id++, "textDocument/hover", at);
    bytes += Request(id++, "textDocument/completion", at);
    if (i % 3 != 0) continue;
    bytes += Request(id++, "textDocument/documentSymbol", json::object{{"textDocument", name}});
    bytes += Request(id++, "textDocument/codeAction",
                     json::object{{"textDocument", name}, {"range", range}});
    const json::object change = {{"range", json::object{{"start", place}, {"end", place}}},
                                 {"text", "\""}};
    bytes +=
        Notification("textDocument/didChange",
                     json::object{{"textDocument", name}, {"contentChanges", json::array{change}}});
  }
  return bytes + Request(id, "shutdown", nullptr) + Notification("exit", nullptr);
}

std::string ConversationBytes(std::string_view lines) {
  std::string bytes = Initialize(false);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    bytes += lsp::Framed(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return bytes;
}

// Ranges of ours start before they end.
void CheckRanges(const json::value& value) {
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) CheckRanges(item);
  }
  if (!value.is_object()) return;
  const auto number = [&](std::string_view end, std::string_view what) {
    return lsp::UnsignedAt(value, {"range", end, what});
  };
  if (lsp::Find(value, {"range", "start"}) != nullptr) {
    const auto begins = std::pair(number("start", "line"), number("start", "character"));
    const auto ends = std::pair(number("end", "line"), number("end", "character"));
    REQUIRE(begins.first && begins.second && ends.first && ends.second && begins <= ends);
  }
  for (const auto& member : value.get_object()) CheckRanges(member.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool is_raw = text.starts_with("Content-Length");
  const bool is_conversation = text.starts_with(R"({"jsonrpc")");
  if (!is_raw && !is_conversation && size > 20000) return 0;
  Bytes input(is_raw ? text : is_conversation ? ConversationBytes(text) : DocumentBytes(text));
  std::string sent;
  lsp::Server server(
      input,
      [&](std::string_view bytes) {
        sent += bytes;
        return true;
      },
      &TwoTargets, "0");
  const int code = server.Run();
  REQUIRE(code == 0 || code == 1);
  if (!is_raw && !is_conversation) REQUIRE(code == 0);
  Bytes output(std::move(sent));
  lsp::FrameReader frames(output);
  std::map<std::int64_t, int> answers;
  lsp::Frame frame = frames.Next();
  for (; frame.kind == lsp::Frame::Kind::kBody; frame = frames.Next()) {
    boost::json::error_code error;
    const json::value message = json::parse(frame.text, error);
    REQUIRE(!error);
    CheckRanges(message);
    REQUIRE(lsp::IntegerAt(message, {"error", "code"}) != -32603);  // a bug of ours
    if (is_raw || is_conversation) continue;
    if (const auto id = lsp::IntegerAt(message, {"id"})) ++answers[*id];
    REQUIRE(lsp::Find(message, {"error"}) == nullptr);
  }
  REQUIRE(frame.kind == lsp::Frame::Kind::kEnd);
  if (!is_raw && !is_conversation) {
    REQUIRE(answers.size() == 18);  // initialize, 6 times 2, 2 times 2, shutdown
    for (const auto& [id, count] : answers) REQUIRE(count == 1);
  }
  return 0;
}
