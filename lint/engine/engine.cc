#include "lint/engine/engine.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "schema/filter/libseccomp_syscalls.h"
#include "schema/policy/conflict.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace lint::engine {
namespace {

using rules::Rule;

schema::Result<std::vector<const Rule*>> FindRules(std::string_view name) {
  std::vector<const Rule*> found;
  for (const Rule* rule : rules::AllRules()) {
    const bool by_prefix = name.size() > 2 && name.starts_with("SL") && rule->id.starts_with(name);
    if (name == "all" || by_prefix || rule->name == name) found.push_back(rule);
  }
  if (found.empty()) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         "no rule is called \"" + std::string(name) + "\": see seccomp-lint rules",
                         0};
  }
  return found;
}

schema::Status AddRules(std::string_view name, std::vector<const Rule*>& to) {
  auto found = FindRules(name);
  if (!found) return std::move(found).error();
  to.insert(to.end(), found->begin(), found->end());
  return {};
}

bool Contains(const std::vector<const Rule*>& rules, const Rule& rule) {
  return std::ranges::find(rules, &rule) != rules.end();
}

// Adds the finding, or its target to the same finding on another one.
void Merge(const Rule& rule, rules::Finding finding, std::size_t target,
           std::vector<Report>& reports) {
  const auto severity = finding.severity.value_or(rule.severity);
  const auto same = std::ranges::find_if(reports, [&](const Report& report) {
    return report.rule == &rule && report.span == finding.span && report.severity == severity &&
           report.message == finding.message;
  });
  if (same == reports.end()) {
    reports.push_back({&rule,
                       severity,
                       finding.span,
                       std::move(finding.message),
                       std::move(finding.help),
                       std::move(finding.related),
                       {target}});
  } else if (same->targets.back() != target) {
    same->targets.push_back(target);
  }
}

}  // namespace

schema::Status Selection::Select(std::string_view name) { return AddRules(name, selected_); }
schema::Status Selection::Ignore(std::string_view name) { return AddRules(name, ignored_); }

bool Selection::Runs(const Rule& rule) const {
  if (Contains(ignored_, rule)) return false;
  return selected_.empty() ? rule.on_by_default : Contains(selected_, rule);
}

FileReport Check(std::string path, std::string text, const Options& options) {
  schema::json::ReadResult json = schema::json::Read(std::move(text));
  std::optional<schema::profile::ParseResult> parsed;
  if (json.valid) parsed = schema::profile::Parse(json.document);
  const schema::profile::Profile* profile = parsed && parsed->profile ? &*parsed->profile : nullptr;
  const schema::kernel::SyscallTable& syscalls = schema::filter::LibseccompSyscalls();

  std::vector<Report> reports;
  for (std::size_t i = 0; i < options.targets.size(); ++i) {
    const schema::kernel::Target& target = options.targets[i];
    std::optional<schema::policy::Policy> policy;
    if (profile != nullptr) {
      if (auto resolved = schema::policy::Resolve(*profile, target, syscalls)) {
        policy = std::move(*resolved);
      }
    }
    const auto conflicts =
        policy ? schema::policy::FindConflicts(*policy) : std::vector<schema::policy::Conflict>();
    const rules::Context context{json,      parsed ? &*parsed : nullptr,
                                 profile,   policy ? &*policy : nullptr,
                                 conflicts, target,
                                 syscalls};
    for (const Rule* rule : rules::AllRules()) {
      if (!options.selection.Runs(*rule)) continue;
      for (rules::Finding& finding : rule->check(context)) {
        Merge(*rule, std::move(finding), i, reports);
      }
    }
  }
  std::ranges::stable_sort(reports, {}, [](const Report& report) {
    return std::tuple(report.span.begin, report.rule->id);
  });
  return {std::move(path), std::move(json.document), std::move(reports)};
}

std::size_t Count(const FileReport& file, rules::Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(file.reports, severity, &Report::severity));
}

}  // namespace lint::engine
