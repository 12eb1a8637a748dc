#include "schema/yaml/tree_builder.h"

#include <algorithm>
#include <unordered_set>

#include "schema/yaml/reader.h"

namespace schema::yaml {
namespace {

using json::Kind;
using json::Member;
using json::Problem;
using json::ProblemKind;
using json::Value;

Problem TooDeep(Span span) {
  return {ProblemKind::kTooLarge,
          span,
          "lists and mappings nested more than " + std::to_string(json::kMaxDepth) + " deep",
          "a profile needs no more than 8 levels",
          {}};
}

// "10" as a key is "10".
std::optional<std::string> KeyText(const Value& value) {
  switch (value.kind) {
    case Kind::kString:
    case Kind::kNumber:
      return value.text;
    case Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case Kind::kNull:
      return "null";
    case Kind::kArray:
    case Kind::kObject:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

TreeBuilder::Status TreeBuilder::Count(const Value& value) {
  bytes_ += value.text.size();
  if (++values_ <= json::kMaxValues && bytes_ <= kMaxTreeBytes) return std::nullopt;
  return Problem{ProblemKind::kTooLarge,
                 {value.span.begin, value.span.begin},
                 values_ > json::kMaxValues
                     ? "more than " + std::to_string(json::kMaxValues) + " values"
                     : "more than " + std::to_string(kMaxTreeBytes) + " bytes of text",
                 "what aliases repeat counts, too: write out what the profile needs",
                 {}};
}

// A copy like that of an alias: anchors within each other would multiply.
TreeBuilder::Status TreeBuilder::Remember(std::string_view anchor, const Value& value) {
  if (anchor.empty()) return std::nullopt;
  if (auto problem = CountTree(value, 0)) return problem;
  anchors_.insert_or_assign(std::string(anchor), value);
  return std::nullopt;
}

// What an alias repeats: counted before it is copied.
TreeBuilder::Status TreeBuilder::CountTree(const Value& value, std::size_t depth) {
  const bool is_container = value.kind == Kind::kArray || value.kind == Kind::kObject;
  if (is_container && depth >= json::kMaxDepth) return TooDeep(value.span);
  if (auto problem = Count(value)) return problem;
  for (const Value& item : value.items) {
    if (auto problem = CountTree(item, depth + 1)) return problem;
  }
  for (const Member& member : value.members) {
    bytes_ += member.key.value.size();
    if (auto problem = CountTree(member.value, depth + 1)) return problem;
  }
  return std::nullopt;
}

TreeBuilder::Status TreeBuilder::Scalar(Value value, std::string_view anchor, bool is_merge_key) {
  if (auto problem = Count(value)) return problem;
  if (auto problem = Remember(anchor, value)) return problem;
  const bool is_key =
      !open_.empty() && open_.back().value.kind == Kind::kObject && !open_.back().has_key;
  if (is_key && is_merge_key) open_.back().is_merge = true;
  const std::size_t end = value.span.end;
  return Attach(std::move(value), end);
}

TreeBuilder::Status TreeBuilder::Open(Kind kind, Span opening, std::string_view anchor) {
  if (open_.size() >= json::kMaxDepth) return TooDeep(opening);
  Container container;
  container.value.kind = kind;
  container.value.span = opening;
  container.anchor = anchor;
  container.end = opening.end;
  if (auto problem = Count(container.value)) return problem;
  open_.push_back(std::move(container));
  return std::nullopt;
}

TreeBuilder::Status TreeBuilder::Close(std::optional<std::size_t> end) {
  Container container = std::move(open_.back());
  open_.pop_back();
  container.value.span.end = end.value_or(container.end);
  CheckKeys(container.value, problems_);
  if (auto problem = Merge(container)) return problem;
  // Known only now: an anchor within itself would have no end.
  if (auto problem = Remember(container.anchor, container.value)) return problem;
  const std::size_t stop = container.value.span.end;
  return Attach(std::move(container.value), stop);
}

TreeBuilder::Status TreeBuilder::Alias(std::string_view anchor, Span span) {
  const auto known = anchors_.find(std::string(anchor));
  if (known == anchors_.end()) {
    return Problem{ProblemKind::kSyntax,
                   span,
                   "no anchor &" + std::string(anchor) + " stands before this alias",
                   "an anchor holds within its own document, behind the place where it is set",
                   {}};
  }
  if (auto problem = CountTree(known->second, open_.size())) {
    problem->span = span;
    return problem;
  }
  return Attach(known->second, span.end);
}

TreeBuilder::Status TreeBuilder::AddKey(Value value, Container& to) {
  auto key = KeyText(value);
  if (!key) {
    return Problem{ProblemKind::kSyntax,
                   {value.span.begin, value.span.begin + 1},
                   "a key is a list or a mapping, which JSON does not have",
                   "write a word as the key",
                   {}};
  }
  Member member;
  member.key = {std::move(*key), value.span};
  to.value.members.push_back(std::move(member));
  to.has_key = true;
  return std::nullopt;
}

TreeBuilder::Status TreeBuilder::Attach(Value value, std::size_t end) {
  if (open_.empty()) {
    if (value.kind != Kind::kNull) documents_.push_back(std::move(value));
    return std::nullopt;
  }
  Container& to = open_.back();
  to.end = std::max(to.end, end);
  if (to.value.kind == Kind::kArray) {
    to.value.items.push_back(std::move(value));
  } else if (!to.has_key) {
    return AddKey(std::move(value), to);
  } else if (to.is_merge) {
    to.merged.push_back(std::move(value));
    to.value.members.pop_back();
    to.has_key = to.is_merge = false;
  } else {
    to.value.members.back().value = std::move(value);
    to.has_key = false;
  }
  return std::nullopt;
}

// https://yaml.org/type/merge.html: a mapping or a list of some; what stands before wins.
TreeBuilder::Status TreeBuilder::Merge(Container& container) {
  std::vector<Value> sources;
  for (Value& merged : container.merged) {
    if (merged.kind == Kind::kArray) {
      for (Value& item : merged.items) sources.push_back(std::move(item));
    } else {
      sources.push_back(std::move(merged));
    }
  }
  if (sources.empty()) return std::nullopt;
  std::unordered_set<std::string> present;
  for (const Member& member : container.value.members) present.insert(member.key.value);
  for (Value& source : sources) {
    if (source.kind != Kind::kObject) {
      return Problem{ProblemKind::kSyntax,
                     source.span,
                     "<< merges a mapping, this is " + std::string(json::KindName(source.kind)),
                     "write << : *ANCHOR, with the anchor on a mapping",
                     {}};
    }
    for (Member& member : source.members) {
      if (!present.insert(member.key.value).second) continue;
      container.value.members.push_back(std::move(member));
    }
  }
  return std::nullopt;
}

void TreeBuilder::CheckKeys(const Value& object, std::vector<Problem>& problems) {
  std::unordered_map<std::string_view, Span> seen;
  for (const Member& member : object.members) {
    const auto [first, added] = seen.emplace(member.key.value, member.key.span);
    if (added) continue;
    problems.push_back({ProblemKind::kDuplicateKey,
                        member.key.span,
                        "duplicate key \"" + member.key.value +
                            "\": kubectl refuses the file, other programs keep the last one in "
                            "silence",
                        "remove one of them, or merge the two values",
                        {{first->second, "first defined here"}}});
  }
}

}  // namespace schema::yaml
