// What .seccomp-lint.json says: JSON in which // and /* */ comments may stand.
//
//     config   = { changes, fail-level?, baseline?, per-path?: [ { paths, changes } ] }
//     changes  = targets?, select?, ignore?, severity?
//     targets  = [ as in --target ]        select, ignore = [ as in --select ]
//     severity = { as in --select: "error" | "warning" | "info" | "off" }
//     paths    = [ patterns, see glob.h, relative to the file's folder ]
//
// What is said for a path comes after what is said for all, in order: `targets` and `select` then
// take the place of what there was before, `ignore` and `severity` add to it.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/rules/rule.h"
#include "schema/error.h"

namespace lint::engine {

// From which severity on a finding makes the run fail: in the order of Severity.
enum class FailLevel { kInfo, kWarning, kError, kNever };

// "error", "warning", "info", "never".
std::optional<FailLevel> FailLevelNamed(std::string_view name);

bool Fails(rules::Severity severity, FailLevel level);

struct Changes {
  std::vector<std::string> targets;  // these and the next two: empty where nothing is said
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::vector<std::pair<const rules::Rule*, std::optional<rules::Severity>>> severity;  // or "off"
};

struct PathChanges {
  std::vector<std::string> paths;
  Changes changes;
};

struct Config {
  std::string folder;  // that the file lies in
  Changes changes;
  std::optional<FailLevel> fail_level;
  std::string baseline;  // relative to `folder`; empty: none
  std::vector<PathChanges> per_path;

  // What holds for a file, in order. `path`: relative to `folder`.
  std::vector<const Changes*> For(std::string_view path) const;
};

// Everything in it is checked: keys, rules, targets. Errors: kInvalid, with FILE:LINE:COLUMN.
schema::Result<Config> ParseConfig(const std::string& path, const std::string& text);

// `text` with spaces for the comments, byte by byte: every place stays. Errors: kInvalid, a comment
// without an end.
schema::Result<std::string> BlankComments(const std::string& path, const std::string& text);

}  // namespace lint::engine
