#include "lint/lsp/workspace.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "lint/lsp/code_actions.h"
#include "lint/lsp/completion.h"
#include "lint/lsp/diagnostics.h"
#include "lint/lsp/hover.h"
#include "lint/lsp/json_access.h"
#include "lint/lsp/markup.h"
#include "lint/lsp/symbols.h"
#include "lint/lsp/uri.h"
#include "lint/report/printable.h"

namespace lint::lsp {
namespace {

namespace json = boost::json;
using schema::kernel::Architecture;

constexpr int kErrorMessage = 1;  // LSP 3.17, "MessageType"

schema::Error Invalid(std::string message) {
  return {schema::ErrorCode::kInvalid, std::move(message), 0};
}

bool Contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// The first that we know, in the client's order of preference.
PositionEncoding ChooseEncoding(const json::value& capabilities) {
  for (const std::string& name : StringsAt(capabilities, {"general", "positionEncodings"})) {
    if (const auto encoding = ParseEncoding(name)) return *encoding;
  }
  return PositionEncoding::kUtf16;
}

ClientAbilities ReadAbilities(const json::value& capabilities) {
  ClientAbilities client;
  client.encoding = ChooseEncoding(capabilities);
  const json::value nothing;
  const json::value* found = Find(capabilities, {"textDocument"});
  const json::value& text = found == nullptr ? nothing : *found;
  client.markdown = Contains(StringsAt(text, {"hover", "contentFormat"}), "markdown");
  client.related_information = IsTrueAt(text, {"publishDiagnostics", "relatedInformation"});
  const json::value* tags = Find(text, {"publishDiagnostics", "tagSupport"});
  client.tags = tags != nullptr && (tags->is_object() || (tags->is_bool() && tags->get_bool()));
  client.diagnostic_version = IsTrueAt(text, {"publishDiagnostics", "versionSupport"});
  client.code_action_literals = Find(text, {"codeAction", "codeActionLiteralSupport"}) != nullptr;
  client.resolves_edits =
      Contains(StringsAt(text, {"codeAction", "resolveSupport", "properties"}), "edit") &&
      IsTrueAt(text, {"codeAction", "dataSupport"});
  client.symbol_tree = IsTrueAt(text, {"documentSymbol", "hierarchicalDocumentSymbolSupport"});
  client.document_changes =
      IsTrueAt(capabilities, {"workspace", "workspaceEdit", "documentChanges"});
  client.watches_files =
      IsTrueAt(capabilities, {"workspace", "didChangeWatchedFiles", "dynamicRegistration"});
  return client;
}

// Of the targets, and of the ABIs that the profile names.
std::vector<Architecture> ArchitecturesOf(const Analysis& analysis) {
  std::vector<Architecture> all;
  const auto add = [&](Architecture one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  };
  for (const auto& target : analysis.settings.options.targets) add(target.architecture);
  if (!analysis.profile) return all;
  if (analysis.profile->architectures) {
    for (const auto& one : analysis.profile->architectures->value) add(one.value);
  }
  if (analysis.profile->arch_map) {
    for (const auto& entry : analysis.profile->arch_map->value) {
      const bool is_targets =
          entry.architecture && std::ranges::find(all, entry.architecture->value) != all.end();
      if (!is_targets) continue;
      for (const auto& one : entry.subarchitectures) add(one.value);
    }
  }
  return all;
}

std::optional<LinePosition> PositionIn(const json::value& params) {
  const json::value* position = Find(params, {"position"});
  return position == nullptr ? std::nullopt : ReadPosition(*position);
}

}  // namespace

void Workspace::Initialize(const json::value& params) {
  if (const json::value* capabilities = Find(params, {"capabilities"})) {
    client_ = ReadAbilities(*capabilities);
  }
  if (const json::value* options = Find(params, {"initializationOptions"})) ReadTargets(*options);
}

void Workspace::ReadTargets(const json::value& settings) {
  const json::value* own = Find(settings, {"seccomp-lint"});
  const json::value& from = own == nullptr ? settings : *own;
  if (Find(from, {"targets"}) != nullptr) targets_ = StringsAt(from, {"targets"});
}

Document* Workspace::Named(const json::value& params) {
  const auto uri = StringAt(params, {"textDocument", "uri"});
  const auto found = uri ? documents_.find(*uri) : documents_.end();
  return found == documents_.end() ? nullptr : &found->second;
}

schema::Status Workspace::DidOpen(const json::value& params) {
  const auto uri = StringAt(params, {"textDocument", "uri"});
  auto text = StringAt(params, {"textDocument", "text"});
  if (!uri || !text) return Invalid("didOpen needs a textDocument with uri and text");
  Document document;
  document.uri = *uri;
  document.path = PathOfUri(*uri).value_or("-");
  document.language = StringAt(params, {"textDocument", "languageId"}).value_or("");
  document.version = IntegerAt(params, {"textDocument", "version"});
  document.text = std::move(*text);
  document.is_due = true;
  documents_.insert_or_assign(*uri, std::move(document));
  return {};
}

schema::Status Workspace::DidChange(const json::value& params) {
  Document* document = Named(params);
  if (document == nullptr) return Invalid("didChange is of a document that is not open");
  const json::value* changes = Find(params, {"contentChanges"});
  if (changes == nullptr || !changes->is_array()) {
    return Invalid("didChange needs contentChanges");
  }
  document->version = IntegerAt(params, {"textDocument", "version"});
  document->analysis.reset();
  document->is_due = true;
  for (const json::value& change : changes->get_array()) {
    if (auto status = ApplyChange(change, client_.encoding, document->text); !status) {
      return status;
    }
  }
  return {};
}

schema::Status Workspace::DidSave(const json::value& params) {
  const auto uri = StringAt(params, {"textDocument", "uri"});
  if (!uri) return Invalid("didSave needs a textDocument with uri");
  // What is saved may be the config of the others; and the config of this one may be another now.
  if (uri->ends_with(".seccomp-lint.json")) {
    CheckAllAgain();
  } else if (Document* document = Named(params)) {
    document->analysis.reset();
    document->is_due = true;
  }
  return {};
}

schema::Status Workspace::DidClose(const json::value& params) {
  Document* document = Named(params);
  if (document == nullptr) return Invalid("didClose is of a document that is not open");
  if (document->has_findings) {
    document->version.reset();
    Publish(*document, {});
  }
  documents_.erase(std::string(document->uri));
  return {};
}

schema::Status Workspace::DidChangeConfiguration(const json::value& params) {
  if (const json::value* settings = Find(params, {"settings"})) ReadTargets(*settings);
  CheckAllAgain();
  return {};
}

schema::Status Workspace::DidChangeWatchedFiles(const json::value&) {
  CheckAllAgain();
  return {};
}

void Workspace::CheckAllAgain() {
  complaints_.clear();
  for (auto& [uri, document] : documents_) {
    document.analysis.reset();
    document.architectures.clear();
    document.is_due = true;
  }
}

bool Workspace::IsDue() const {
  return std::ranges::any_of(documents_, [](const auto& item) { return item.second.is_due; });
}

void Workspace::CheckNext() {
  const auto found =
      std::ranges::find_if(documents_, [](const auto& item) { return item.second.is_due; });
  if (found == documents_.end()) return;
  Document& document = found->second;
  document.is_due = false;  // whatever becomes of it: not again and again
  if (!IsProfile(document)) {
    if (document.has_findings) Publish(document, {});
    return;
  }
  if (auto status = Prepare(document); !status) {
    Complain(status.error().message);
    return Publish(document, {SettingsDiagnostic(status.error().message)});
  }
  const LineIndex index(document.text, client_.encoding);
  Publish(document, DiagnosticsOf(document, *document.analysis, index, client_));
}

void Workspace::Publish(Document& document, json::array diagnostics) {
  document.has_findings = !diagnostics.empty();
  json::object params = {{"uri", document.uri}, {"diagnostics", std::move(diagnostics)}};
  if (document.version && client_.diagnostic_version) params["version"] = *document.version;
  notify_("textDocument/publishDiagnostics", std::move(params));
}

void Workspace::Complain(const std::string& message) {
  if (!complaints_.insert(message).second) return;
  notify_("window/showMessage",
          json::object{{"type", kErrorMessage},
                       {"message", "seccomp-lint: " + report::Printable(message)}});
}

schema::Status Workspace::Prepare(Document& document) {
  if (document.analysis) return {};
  auto analysis = Analyse(document, settings_, targets_);
  if (!analysis) return std::move(analysis).error();
  document.analysis = std::move(*analysis);
  document.architectures = ArchitecturesOf(*document.analysis);
  return {};
}

Analysis* Workspace::AnalysisOf(Document& document) {
  return Prepare(document) ? &*document.analysis : nullptr;
}

Workspace::Answer Workspace::Hover(const json::value& params) {
  const auto position = PositionIn(params);
  if (!position) return Invalid("a hover needs a position");
  Document* document = Named(params);
  if (document == nullptr || !IsProfile(*document) || IsYaml(*document)) return json::value();
  const LineIndex index(document->text, client_.encoding);
  const auto hover = HoverAt(document->text, index.OffsetOf(*position), AnalysisOf(*document));
  if (!hover) return json::value();
  return json::value(
      json::object{{"contents", json::object{{"kind", client_.markdown ? "markdown" : "plaintext"},
                                             {"value", Rendered(hover->facts, client_.markdown)}}},
                   {"range", RangeValue(index, hover->span)}});
}

Workspace::Answer Workspace::Completion(const json::value& params) {
  const auto position = PositionIn(params);
  if (!position) return Invalid("a completion needs a position");
  Document* document = Named(params);
  if (document == nullptr || !IsProfile(*document) || IsYaml(*document)) return json::value();
  if (document->architectures.empty()) static_cast<void>(Prepare(*document));
  const LineIndex index(document->text, client_.encoding);
  return json::value(
      CompletionsAt(document->text, index.OffsetOf(*position), index, document->architectures));
}

Workspace::Answer Workspace::CodeAction(const json::value& params) {
  const json::value* start = Find(params, {"range", "start"});
  const json::value* end = Find(params, {"range", "end"});
  const auto from = start == nullptr ? std::nullopt : ReadPosition(*start);
  const auto to = end == nullptr ? std::nullopt : ReadPosition(*end);
  if (!from || !to) return Invalid("codeAction needs a range");
  Document* document = Named(params);
  if (document == nullptr || !IsProfile(*document) || !client_.code_action_literals) {
    return json::value();
  }
  Analysis* analysis = AnalysisOf(*document);
  if (analysis == nullptr) return json::value();
  const LineIndex index(document->text, client_.encoding);
  const ActionQuestion question{{index.OffsetOf(*from), index.OffsetOf(*to)},
                                StringsAt(params, {"context", "only"})};
  return json::value(CodeActions(*document, *analysis, index, client_, question));
}

Workspace::Answer Workspace::ResolveCodeAction(const json::value& params) {
  const json::object* action = params.if_object();
  const auto uri = StringAt(params, {"data", "uri"});
  if (action == nullptr || !uri) return Invalid("this action is none of ours");
  const auto found = documents_.find(*uri);
  if (found == documents_.end()) return json::value(*action);
  Document& document = found->second;
  // The edit would be of a text that is no more: as it is, the action does nothing.
  if (IntegerAt(params, {"data", "version"}) != document.version) return json::value(*action);
  Analysis* analysis = AnalysisOf(document);
  if (analysis == nullptr) return json::value(*action);
  const LineIndex index(document.text, client_.encoding);
  json::object resolved = *action;
  resolved["edit"] = FixAllEdit(document, *analysis, index, client_);
  return json::value(std::move(resolved));
}

Workspace::Answer Workspace::DocumentSymbol(const json::value& params) {
  Document* document = Named(params);
  if (document == nullptr || !IsProfile(*document)) return json::value();
  const Analysis* analysis = AnalysisOf(*document);
  if (analysis == nullptr) return json::value();
  const LineIndex index(document->text, client_.encoding);
  return json::value(SymbolsOf(*document, *analysis, index, client_));
}

}  // namespace lint::lsp
