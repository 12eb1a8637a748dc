// From the events of a YAML parser to the tree of a Document.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/json/document.h"
#include "schema/json/reader.h"
#include "schema/span.h"

namespace schema::yaml {

// A problem ends the reading, but for duplicate keys: what gives a Status gives it then.
class TreeBuilder {
 public:
  using Status = std::optional<json::Problem>;

  void BeginDocument() { anchors_.clear(); }
  Status Scalar(json::Value value, std::string_view anchor, bool is_merge_key);
  Status Open(json::Kind kind, Span opening, std::string_view anchor);
  // `end`: behind the closing bracket; std::nullopt: there is none, it ends with what it holds.
  Status Close(std::optional<std::size_t> end);
  Status Alias(std::string_view anchor, Span span);

  // What the documents hold, those without content left out.
  std::vector<json::Value> TakeDocuments() { return std::move(documents_); }
  std::vector<json::Problem> TakeProblems() { return std::move(problems_); }

 private:
  struct Container {
    json::Value value;
    std::string anchor;
    bool has_key = false;                  // the last member waits for its value
    bool is_merge = false;                 // that is merged
    std::vector<json::Value> merged = {};  // what << names, in order
    std::size_t end = 0;                   // of what it holds so far
  };

  Status Attach(json::Value value, std::size_t end);
  Status AddKey(json::Value value, Container& to);
  Status Merge(Container& container);
  Status Remember(std::string_view anchor, const json::Value& value);
  Status Count(const json::Value& value);
  Status CountTree(const json::Value& value, std::size_t depth);
  static void CheckKeys(const json::Value& object, std::vector<json::Problem>& problems);

  std::vector<Container> open_;  // outermost first
  std::unordered_map<std::string, json::Value> anchors_;
  std::vector<json::Value> documents_;
  std::vector<json::Problem> problems_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace schema::yaml
