// What `seccomp-lint test` says: as text, JSON and JUnit's XML.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lint/verdicts/verdict_table.h"
#include "schema/kernel/action.h"
#include "schema/kernel/target.h"

namespace lint::cli {

// A line that does not hold.
struct BrokenLine {
  verdicts::Expectation expectation;
  std::string call;     // "socket(0x28) on x86_64": one that gets another verdict
  std::string problem;  // why nothing could be decided; empty: `got` counts
  schema::kernel::Verdict got;
  bool ambiguous = false;
  std::vector<std::string> because;  // "p.json:3:5, rule 0: SCMP_ACT_ALLOW", a line each
  std::string target;
};

// A rule that the table does not try.
struct UntriedRule {
  std::size_t line = 0;  // in the profile
  std::size_t column = 0;
  std::string message;
};

struct TableReport {
  std::string table;  // as displayed
  std::string profile;
  std::size_t lines = 0;
  std::vector<BrokenLine> broken;
  std::vector<UntriedRule> untried;  // where they are asked for
  std::string problem;               // why no line was tried; empty: they were
};

// text, json, junit; nullptr: there is no such format. Each makes the whole report.
using RenderTables = std::string (*)(const std::vector<TableReport>& reports);
RenderTables TableFormat(std::string_view name);

}  // namespace lint::cli
