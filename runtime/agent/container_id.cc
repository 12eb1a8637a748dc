#include "runtime/agent/container_id.h"

#include <algorithm>
#include <climits>
#include <vector>

namespace runtime::agent {
namespace {

using schema::Error;
using schema::Result;
using schema::json::Kind;
using schema::json::Value;

bool IsOneId(std::string_view id) {
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !id.empty() && id.size() <= NAME_MAX && id != "." && id != ".." &&
         id.find_first_not_of(kCharacters) == std::string_view::npos;
}

}  // namespace

// The text's depth is bounded by the reader of JSON.
Result<std::string> ReadContainerId(const Body& body, const Value& call) {
  const auto found = body.Require(call, "container_id", Kind::kObject);
  if (!found) return Error(found.error());
  const Value& outermost = **found;
  std::string path;
  for (const Value* id = &outermost; id != nullptr;) {
    const auto value = body.Require(*id, "value", Kind::kString);
    if (!value) return Error(value.error());
    if (!IsOneId((*value)->text)) {
      return body.Complain((*value)->span,
                           "a container's id has 1 to " + std::to_string(NAME_MAX) +
                               " of the characters A-Z a-z 0-9 . _ - and is neither . nor ..");
    }
    path.insert(0, (*value)->text + (path.empty() ? "" : "/"));
    const auto parent = body.Find(*id, "parent", Kind::kObject);
    if (!parent) return Error(parent.error());
    id = *parent;
  }
  if (path.size() > NAME_MAX) {
    return body.Complain(outermost.span, "this id with its parents' is longer than " +
                                             std::to_string(NAME_MAX) + " characters");
  }
  return path;
}

std::optional<std::string> ParentOf(std::string_view id) {
  const std::size_t slash = id.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return std::string(id.substr(0, slash));
}

std::string_view OwnIdOf(std::string_view id) { return id.substr(id.rfind('/') + 1); }

bool IsWithin(std::string_view id, std::string_view outer) {
  return id.size() > outer.size() && id.starts_with(outer) && id[outer.size()] == '/';
}

std::string FolderOf(std::string_view id) {
  std::string folder(id);
  std::ranges::replace(folder, '/', '+');
  return folder;
}

}  // namespace runtime::agent
