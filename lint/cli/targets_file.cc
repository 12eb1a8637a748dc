#include "lint/cli/targets_file.h"

#include <utility>

#include "lint/cli/node_inventory.h"
#include "lint/engine/placed_error.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/kernel/target.h"

namespace lint::cli {
namespace {

// Kubernetes says some 30 kB of a node: two thousand of them.
constexpr schema::json::Bounds kMaxInventory{std::size_t{64} << 20U, 4'000'000};

}  // namespace

schema::Result<std::vector<std::string>> ReadTargetsFile(const std::string& path) {
  auto content = schema::json::ReadFile(path, kMaxInventory.bytes);
  if (!content) return std::move(content).error();
  const schema::json::ReadResult json = schema::json::Read(std::move(*content), kMaxInventory);
  const std::string& text = json.document.text;
  if (!json.problems.empty()) {
    return engine::PlacedError(path, text, json.problems.front().span,
                               json.problems.front().message);
  }
  const schema::json::Value& root = json.document.root;
  if (IsNodeList(root)) return NodeTargets(path, json.document);
  if (root.kind != schema::json::Kind::kArray || root.items.empty()) {
    return engine::PlacedError(
        path, text, root.span,
        "expected a list of targets, such as [\"arch=arm64,kernel=6.1\"], or "
        "what `kubectl get nodes -o json` prints");
  }
  std::vector<std::string> targets;
  for (const schema::json::Value& item : root.items) {
    if (item.kind != schema::json::Kind::kString) {
      return engine::PlacedError(path, text, item.span,
                                 "a target is a string of KEY=VALUE[,...], not " +
                                     std::string(schema::json::KindName(item.kind)));
    }
    if (auto parsed = schema::kernel::ParseTargets(item.text, {}); !parsed) {
      return engine::PlacedError(path, text, item.span, parsed.error().message);
    }
    targets.push_back(item.text);
  }
  return targets;
}

}  // namespace lint::cli
