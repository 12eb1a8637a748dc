#include "lint/cli/node_inventory.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "lint/engine/placed_error.h"
#include "schema/kernel/target.h"
#include "schema/profile/form.h"

namespace lint::cli {
namespace {

using schema::json::Kind;
using schema::json::Value;
using schema::profile::Find;

bool HasKind(const Value& value, std::string_view kind) {
  const Value* found = Find(value, "kind");
  return found != nullptr && found->text == kind;
}

// "5.15.0-91-generic" -> "5.15".
std::string ReleaseOf(std::string_view version) {
  const auto digits = [&](std::size_t from) {
    std::size_t end = from;
    while (end < version.size() && std::isdigit(static_cast<unsigned char>(version[end])) != 0) {
      ++end;
    }
    return end;
  };
  const std::size_t dot = digits(0);
  if (dot == 0 || dot >= version.size() || version[dot] != '.') return std::string(version);
  return std::string(version.substr(0, digits(dot + 1)));
}

class Reading {
 public:
  Reading(const std::string& path, const schema::json::Document& document)
      : path_(path), document_(document) {}

  schema::Status Take(const Value& node) {
    const Value* info = &node;
    for (const std::string_view key : {"status", "nodeInfo"}) {
      const Value* inner = Find(*info, key);
      if (inner == nullptr || inner->kind != Kind::kObject) {
        return Wrong(*info, "this node has no " + std::string(key) +
                                ": expected what `kubectl get nodes -o json` prints");
      }
      info = inner;
    }
    const Value* system = Find(*info, "operatingSystem");
    if (system != nullptr && system->text != "linux") return {};
    const Value* architecture = Find(*info, "architecture");
    const Value* kernel = Find(*info, "kernelVersion");
    if (architecture == nullptr || kernel == nullptr) {
      return Wrong(*info, architecture == nullptr ? "this node has no architecture"
                                                  : "this node has no kernelVersion");
    }
    const std::string arch_text = "arch=" + architecture->text;
    const std::string kernel_text = "kernel=" + ReleaseOf(kernel->text);
    // Each on its own, for its place. Not ParseTargets(): a node is one machine.
    if (auto parsed = schema::kernel::ParseTarget(arch_text, {}); !parsed) {
      return Wrong(*architecture, parsed.error().message);
    }
    if (auto parsed = schema::kernel::ParseTarget(kernel_text, {}); !parsed) {
      return Wrong(*kernel, parsed.error().message);
    }
    std::string target = arch_text + "," + kernel_text + ",engine=oci";
    if (std::ranges::find(targets_, target) == targets_.end()) {
      targets_.push_back(std::move(target));
    }
    return {};
  }

  const std::vector<std::string>& targets() const { return targets_; }
  schema::Error Wrong(const Value& value, const std::string& message) const {
    return engine::PlacedError(path_, document_.text, value.span, message);
  }

 private:
  const std::string& path_;
  const schema::json::Document& document_;
  std::vector<std::string> targets_;
};

}  // namespace

bool IsNodeList(const Value& root) {
  return HasKind(root, "Node") || HasKind(root, "NodeList") ||
         (HasKind(root, "List") && Find(root, "items") != nullptr);
}

schema::Result<std::vector<std::string>> NodeTargets(const std::string& path,
                                                     const schema::json::Document& document) {
  Reading reading(path, document);
  const Value& root = document.root;
  if (HasKind(root, "Node")) {
    if (auto status = reading.Take(root); !status) return std::move(status).error();
  } else if (const Value* items = Find(root, "items"); items != nullptr) {
    for (const Value& item : items->items) {
      if (HasKind(item, "Node")) {
        if (auto status = reading.Take(item); !status) return std::move(status).error();
      }
    }
  }
  if (reading.targets().empty()) {
    return reading.Wrong(root, "no node of Linux in this list: nothing to check");
  }
  return reading.targets();
}

}  // namespace lint::cli
