// Applies what findings offer as fixes to the text of a profile, until nothing more is to be fixed.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lint/engine/engine.h"

namespace lint::engine {

struct FixOptions {
  bool unsafe = false;  // those that change what the profile means or lose a comment, too
  // Takes the findings that are not to be acted on out of FileReport::reports.
  std::function<void(FileReport&)> accept = [](FileReport&) {};
};

struct FixedFile {
  FileReport report;      // of the text as it is now, which is report.document.text
  std::size_t fixed = 0;  // findings
  // Fixes that are called safe and are not, which is a bug of ours: "SL504 duplicate: ...". None of
  // them is in the text.
  std::vector<std::string> refused;
  std::size_t unsafe_left = 0;  // fixes that FixOptions::unsafe would have made
};

// Fixes that do not overlap are made together; then the text is checked again, which may find more.
// Each text is JSON again, and after safe fixes it is proved to mean the same as before on each
// target: every call gets what it got, and engines that answer unknown calls with ENOSYS do so for
// the same numbers. A fix that fails in this is left out. One that fails on another architecture,
// kernel or capability set than those of the targets is not safe. Safe ones come before others.
FixedFile FixText(std::string path, std::string text, const Options& options,
                  const FixOptions& fix_options = {});

// `text` with the edits, which are apart from each other and ascending.
std::string Applied(std::string_view text, const std::vector<rules::Edit>& edits);

}  // namespace lint::engine
