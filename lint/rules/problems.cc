#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

template <class Problems, class Kind>
std::vector<Finding> OfKind(const Problems& problems, Kind kind) {
  std::vector<Finding> findings;
  for (const auto& problem : problems) {
    if (problem.kind != kind) continue;
    findings.push_back({problem.span, problem.message, problem.help, problem.related, {}});
  }
  return findings;
}

}  // namespace

std::vector<Finding> FromReader(const Context& context, schema::json::ProblemKind kind) {
  return OfKind(context.json.problems, kind);
}

std::vector<Finding> FromParser(const Context& context, schema::profile::ProblemKind kind) {
  if (context.parsed == nullptr) return {};
  return OfKind(context.parsed->problems, kind);
}

}  // namespace lint::rules
