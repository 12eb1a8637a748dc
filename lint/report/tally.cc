#include "lint/report/tally.h"

namespace lint::report {

void Tally::Add(const engine::FileReport& file) {
  ++files;
  for (const engine::Report& report : file.reports) {
    OfRule& counts = rules[report.rule->id];
    counts.rule = report.rule;
    ++counts.by_severity[static_cast<std::size_t>(report.severity)];
  }
  for (const engine::Report& report : file.suppressed) {
    OfRule& counts = rules[report.rule->id];
    counts.rule = report.rule;
    ++counts.suppressed;
  }
}

void Tally::Add(const Tally& other) {
  files += other.files;
  unreadable += other.unreadable;
  for (const auto& [id, more] : other.rules) {
    OfRule& counts = rules[id];
    counts.rule = more.rule;
    for (std::size_t i = 0; i < counts.by_severity.size(); ++i) {
      counts.by_severity[i] += more.by_severity[i];
    }
    counts.suppressed += more.suppressed;
  }
}

std::size_t Tally::Count(rules::Severity severity) const {
  std::size_t count = 0;
  for (const auto& [id, counts] : rules) {
    count += counts.by_severity[static_cast<std::size_t>(severity)];
  }
  return count;
}

std::size_t Tally::Suppressed() const {
  std::size_t count = 0;
  for (const auto& [id, counts] : rules) count += counts.suppressed;
  return count;
}

}  // namespace lint::report
