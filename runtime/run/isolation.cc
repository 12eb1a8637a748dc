#include "runtime/run/isolation.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "schema/kernel/suggestion.h"

namespace runtime::run {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;

constexpr std::array kIsolators = {
    std::pair{std::string_view("linux/seccomp"), Isolator::kSeccomp},
    std::pair{std::string_view("filesystem/linux"), Isolator::kFilesystem},
    std::pair{std::string_view("namespaces/pid"), Isolator::kPid},
    std::pair{std::string_view("namespaces/ipc"), Isolator::kIpc},
    std::pair{std::string_view("namespaces/uts"), Isolator::kUts},
    std::pair{std::string_view("namespaces/net"), Isolator::kNet},
    std::pair{std::string_view("linux/capabilities"), Isolator::kCapabilities},
    std::pair{std::string_view("linux/nnp"), Isolator::kNoNewPrivs},
    std::pair{std::string_view("cgroups/all"), Isolator::kCgroups},
};

Error UnknownIsolator(std::string_view name) {
  if (name.starts_with("cgroups/")) {
    return {ErrorCode::kUnsupported,
            "isolation " + std::string(name) +
                " is not supported by this build; supported: " + IsolatorNames(),
            0};
  }
  std::vector<std::string_view> known;
  known.reserve(kIsolators.size());
  for (const auto& entry : kIsolators) known.push_back(entry.first);
  return {ErrorCode::kInvalid,
          "unknown isolation \"" + std::string(name) + "\"" +
              schema::kernel::DidYouMean(name, known) + "; known: " + IsolatorNames(),
          0};
}

}  // namespace

Result<Isolation> Isolation::Parse(std::string_view list) {
  Isolation isolation;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto* found = std::ranges::find(kIsolators, name, [](const auto& e) { return e.first; });
    if (found == kIsolators.end()) return UnknownIsolator(name);
    if (isolation.Has(found->second)) {
      return Error{ErrorCode::kInvalid, "isolation " + std::string(name) + " is given twice", 0};
    }
    isolation.Add(found->second);
  }
  return isolation;
}

launch::Namespaces Isolation::NewNamespaces() const {
  return {.mount = Has(Isolator::kFilesystem),
          .pid = Has(Isolator::kPid),
          .ipc = Has(Isolator::kIpc),
          .uts = Has(Isolator::kUts),
          .net = Has(Isolator::kNet)};
}

std::string IsolatorNames() {
  std::string names;
  for (const auto& entry : kIsolators) {
    if (!names.empty()) names += ", ";
    names += entry.first;
  }
  return names;
}

}  // namespace runtime::run
