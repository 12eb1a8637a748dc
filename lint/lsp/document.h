// A document that is open in the editor, and what is known of it.

#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/lsp/line_index.h"
#include "schema/error.h"
#include "schema/kernel/architecture.h"
#include "schema/profile/profile.h"

namespace lint::lsp {

// What holds for a document: as for a file of `seccomp-lint check`.
struct Settings {
  engine::Options options;
  // Takes the findings that a baseline knows out of FileReport::reports.
  std::function<void(engine::FileReport&)> accept = [](engine::FileReport&) {};
};

// `path`: - for a document that is no file. `targets`: in --target's form; where there are some
// they take the place of the config's. Errors: a config cannot be read, or is wrong; the message
// says where.
using SettingsSource = std::function<schema::Result<Settings>(
    const std::string& path, const std::vector<std::string>& targets)>;

// What the client can take. Source: LSP 3.17, "ClientCapabilities".
struct ClientAbilities {
  PositionEncoding encoding = PositionEncoding::kUtf16;
  bool markdown = false;  // in hovers
  bool related_information = false;
  bool tags = false;  // of diagnostics
  bool diagnostic_version = false;
  bool code_action_literals = false;
  bool resolves_edits = false;    // asks for an action's edit once it is chosen
  bool document_changes = false;  // edits of a version of a document
  bool symbol_tree = false;
  bool watches_files = false;  // when asked to by client/registerCapability
};

// One version of a document, checked.
struct Analysis {
  Settings settings;
  engine::FileReport report;
  std::optional<schema::profile::Profile> profile;
  std::optional<std::string> fixed;  // the text after all safe fixes, once it was asked for
};

struct Document {
  std::string uri;
  std::string path;      // - where the URI is no file's
  std::string language;  // the client's languageId
  std::optional<std::int64_t> version;
  std::string text;
  bool is_due = false;               // to be checked
  bool has_findings = false;         // the client was sent some
  std::optional<Analysis> analysis;  // std::nullopt: not of this text
  // Whose calls are offered for completion: of the last analysis, for somebody is typing and should
  // not wait for the next one. Empty: there was none.
  std::vector<schema::kernel::Architecture> architectures;
};

// Editors send all JSON there is. A document is taken for a profile where its languageId is
// "seccomp"; or where it is "json" or "jsonc" and the object at its root has the key defaultAction
// or syscalls, be the rest as broken as it may; or where it is "yaml" with the words of a
// SeccompProfile.
bool IsYaml(const Document& document);
bool IsProfile(const Document& document);

// {"range": ...} of LSP.
boost::json::value RangeValue(const LineIndex& index, schema::Span span);

// std::nullopt: it is no position of LSP.
std::optional<LinePosition> ReadPosition(const boost::json::value& value);

// One of didChange's contentChanges, made. Errors: kInvalid, it is none.
schema::Status ApplyChange(const boost::json::value& change, PositionEncoding encoding,
                           std::string& text);

// Checks the text. Errors: the source's.
schema::Result<Analysis> Analyse(const Document& document, const SettingsSource& source,
                                 const std::vector<std::string>& targets);

// `analysis.fixed`, made where it was not.
const std::string& FixedText(const Document& document, Analysis& analysis);

}  // namespace lint::lsp
