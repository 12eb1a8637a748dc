#include "schema/filter/direct.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "schema/filter/argument_graph.h"
#include "schema/filter/decision_graph.h"
#include "schema/filter/emit.h"
#include "schema/filter/search_tree.h"
#include "schema/filter/search_weight.h"
#include "schema/filter/seccomp_data.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/conflict.h"

namespace schema::filter {
namespace {

using kernel::Architecture;
using policy::ArchitecturePolicy;
using policy::CallPolicy;
using policy::Policy;

std::uint32_t TokenOf(Architecture architecture) { return kernel::Facts(architecture).audit_token; }

// The numbers at which what the policy says may change: the parts with the token, in one search.
std::vector<std::uint32_t> EdgesOf(const Policy& policy, std::uint32_t token) {
  std::vector<std::uint32_t> edges = {0, kernel::kX32Bit, UINT32_MAX};
  const auto add = [&](std::uint32_t last) {
    if (last != UINT32_MAX) edges.push_back(last + 1);
  };
  for (const ArchitecturePolicy& part : policy.architectures) {
    if (TokenOf(part.architecture) != token) continue;
    if (part.horizon) add(*part.horizon);
    for (const CallPolicy& call : part.calls) {
      edges.push_back(call.number);
      add(call.number);
    }
    // So that ranges with calls of the kernel are told from those without.
    add(kernel::SyscallEntries(part.architecture).back().number);
  }
  std::ranges::sort(edges);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

class Compiler {
 public:
  explicit Compiler(const Policy& policy) : policy_(policy) {}

  Result<std::vector<sock_filter>> Compile() {
    const NodeId bad_architecture =
        graph_.Return(kernel::ToRet(policy::Decide(policy_, {0, 0, {}}).verdict));
    std::vector<std::pair<std::uint32_t, NodeId>> searches;  // by token, the target's own first
    for (const ArchitecturePolicy& part : policy_.architectures) {
      const std::uint32_t token = TokenOf(part.architecture);
      if (std::ranges::find(searches, token, &std::pair<std::uint32_t, NodeId>::first) ==
          searches.end()) {
        searches.emplace_back(token, Search(token));
      }
    }
    NodeId root = bad_architecture;
    while (!searches.empty()) {
      const auto [token, search] = searches.back();
      searches.pop_back();
      root = graph_.Test(
          {TestKind::kEqual, kArchitectureWord, ~std::uint32_t{0}, token, search, root});
    }
    return Emit(graph_, root);
  }

 private:
  NodeId Search(std::uint32_t token) {
    const std::vector<std::uint32_t> edges = EdgesOf(policy_, token);
    std::vector<Range> ranges;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const std::uint32_t last = i + 1 < edges.size() ? edges[i + 1] - 1 : UINT32_MAX;
      const NodeId node = DecisionOf(token, edges[i]);
      const std::uint64_t weight = WeightOf(token, edges[i], last, node);
      ranges.push_back({edges[i], node, weight});
      graph_.AddWeight(node, weight);
    }
    return SearchTree({kNumberWord}, std::move(ranges), graph_);
  }

  NodeId DecisionOf(std::uint32_t token, std::uint32_t number) {
    const ArchitecturePolicy* part = policy_.Find(token, number);
    const CallPolicy* call = part == nullptr ? nullptr : part->Find(number);
    if (call != nullptr) {
      return ArgumentGraph(part->architecture, *call,
                           graph_.Return(kernel::ToRet(policy_.default_verdict)), graph_, effort_);
    }
    return graph_.Return(kernel::ToRet(policy::Decide(policy_, {token, number, {}}).verdict));
  }

  std::uint64_t WeightOf(std::uint32_t token, std::uint32_t first, std::uint32_t last,
                         NodeId node) const {
    const ArchitecturePolicy* part = policy_.Find(token, first);
    if (part == nullptr || last > kernel::SyscallEntries(part->architecture).back().number) {
      return kSearchWeight.no_call;
    }
    const std::uint64_t numbers = std::uint64_t{last} - first + 1;
    if (part->architecture == Architecture::kX32) return numbers * kSearchWeight.x32;
    const bool is_cached =
        graph_[node].kind == TestKind::kReturn && graph_[node].value == SECCOMP_RET_ALLOW;
    return numbers * (is_cached ? kSearchWeight.cached : kSearchWeight.not_cached);
  }

  const Policy& policy_;
  DecisionGraph graph_;
  Effort effort_;
};

}  // namespace

Result<Filter> CompileDirect(const Policy& policy) {
  if (Status status = policy::RefuseConflicts(policy); !status) return std::move(status).error();
  auto program = Compiler(policy).Compile();
  if (!program) return std::move(program).error();
  return Filter{std::move(*program), policy.flags};
}

}  // namespace schema::filter
