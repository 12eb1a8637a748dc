// The documents that the client has open, and the answers to what it asks about them.

#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint/lsp/document.h"
#include "schema/error.h"

namespace lint::lsp {

class Workspace {
 public:
  // `notify`: sends the client a notification.
  using Notify = std::function<void(std::string_view method, boost::json::value params)>;
  using Answer = schema::Result<boost::json::value>;

  Workspace(SettingsSource settings, Notify notify)
      : settings_(std::move(settings)), notify_(std::move(notify)) {}

  // From initialize's params.
  void Initialize(const boost::json::value& params);
  const ClientAbilities& client() const { return client_; }

  // Notifications, by their params. Errors: kInvalid, what is missing in them.
  schema::Status DidOpen(const boost::json::value& params);
  schema::Status DidChange(const boost::json::value& params);
  schema::Status DidSave(const boost::json::value& params);
  schema::Status DidClose(const boost::json::value& params);
  schema::Status DidChangeConfiguration(const boost::json::value& params);
  schema::Status DidChangeWatchedFiles(const boost::json::value& params);

  // Requests. A document that is not open has no answer: null. Errors: as above.
  Answer Hover(const boost::json::value& params);
  Answer Completion(const boost::json::value& params);
  Answer CodeAction(const boost::json::value& params);
  Answer ResolveCodeAction(const boost::json::value& params);
  Answer DocumentSymbol(const boost::json::value& params);

  // Whether a document waits to be checked.
  bool IsDue() const;
  // Checks one of them and publishes its diagnostics.
  void CheckNext();

 private:
  Document* Named(const boost::json::value& params);  // by textDocument.uri; nullptr: not open
  // Checks it, where that is not done yet. Errors: its settings cannot be read.
  schema::Status Prepare(Document& document);
  // nullptr: its settings cannot be read.
  Analysis* AnalysisOf(Document& document);
  void Publish(Document& document, boost::json::array diagnostics);
  void Complain(const std::string& message);
  void ReadTargets(const boost::json::value& settings);
  void CheckAllAgain();

  SettingsSource settings_;
  Notify notify_;
  ClientAbilities client_;
  std::vector<std::string> targets_;  // that the client chose; empty: those of the settings
  std::map<std::string, Document> documents_;  // by URI
  std::set<std::string> complaints_;           // each is shown once
};

}  // namespace lint::lsp
