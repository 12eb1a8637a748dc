#include "lint/cli/fix_file.h"

#include <iostream>
#include <utility>

#include "lint/cli/command_line.h"
#include "lint/cli/paths.h"
#include "lint/cli/replace_file.h"
#include "lint/cli/unified_diff.h"
#include "lint/engine/fix_text.h"
#include "lint/rules/places.h"
#include "schema/json/reader.h"

namespace lint::cli {

FileFix FixFile(const std::string& path, std::string text, const FileSettings& settings,
                const FixMode& mode) {
  // Whoever puts the output in the place of the input would lose what was not read.
  if (path == "-" && text.size() > schema::json::kMaxBytes) {
    FileFix cut;
    cut.complaint =
        DisplayName(path) + ": " + schema::json::TooManyBytes(schema::json::kMaxBytes).message;
    cut.text = std::move(text);
    return cut;
  }
  engine::FixOptions options;
  options.unsafe = mode.unsafe;
  if (settings.baseline != nullptr) {
    options.accept = [&](engine::FileReport& report) {
      const std::string name = PathFrom(FolderOf(settings.baseline->path), path);
      settings.baseline->baseline.Accept(name, settings.options.selection, report);
    };
  }
  engine::FixedFile fixed = engine::FixText(DisplayName(path), text, settings.options, options);
  FileFix result;
  result.refused = std::move(fixed.refused);
  result.unsafe_left = fixed.unsafe_left;
  std::string& after = fixed.report.document.text;
  result.changes = after != text;
  if (mode.diff) {
    result.printed = UnifiedDiff(DisplayName(path), text, after);
  } else if (path == "-") {
    result.printed = after;
  } else if (result.changes) {
    if (const auto status = ReplaceFile(path, text, after); !status) {
      result.complaint = status.error().message;
      result.changes = false;
      result.text = std::move(text);
      return result;
    }
  }
  result.fixed = fixed.fixed;
  result.text = std::move(after);
  return result;
}

void FixTotals::Add(const std::string& path, const FileFix& fix) {
  std::cout << fix.printed;
  if (!fix.complaint.empty()) Complain(fix.complaint);
  for (const std::string& refused : fix.refused) {
    Complain("bug: " + DisplayName(path) +
             ": a fix is called safe and is not, so it is left out: " + refused);
  }
  if (fix.changes) ++files_;
  fixed_ += fix.fixed;
  unsafe_left_ += fix.unsafe_left;
  failed_ = failed_ || !fix.complaint.empty();
  has_bug_ = has_bug_ || !fix.refused.empty();
}

std::string FixTotals::Summary(const FixMode& mode) const {
  std::string summary;
  if (files_ != 0) {
    summary = rules::Counted(fixed_, "finding") +
              (mode.diff ? " would be fixed in " : " fixed in ") + rules::Counted(files_, "file");
  }
  if (unsafe_left_ == 0) return summary;
  return (summary.empty() ? "nothing fixed; " : summary + "; ") + std::to_string(unsafe_left_) +
         " more with --unsafe-fixes";
}

}  // namespace lint::cli
