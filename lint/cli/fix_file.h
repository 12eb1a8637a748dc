// One file of `check --fix` and `check --diff`.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lint/cli/file_settings.h"

namespace lint::cli {

struct FixMode {
  bool fix = false;     // write the files; the fixed standard input goes to stdout
  bool diff = false;    // write nothing, but print what would change; wins over `fix`
  bool unsafe = false;  // fixes that change what the profile means, too

  bool any() const { return fix || diff; }
};

struct FileFix {
  std::string text;     // as the file is now
  std::string printed;  // to stdout
  bool changes = false;
  std::size_t fixed = 0;
  std::size_t unsafe_left = 0;
  std::string complaint;             // it cannot be written: it is as it was
  std::vector<std::string> refused;  // bugs of ours: engine::FixedFile
};

// `text`: what was read from the path. Findings that the file's baseline knows are left alone.
FileFix FixFile(const std::string& path, std::string text, const FileSettings& settings,
                const FixMode& mode);

// What all of the files came to.
class FixTotals {
 public:
  void Add(const std::string& path, const FileFix& fix);

  // "3 findings fixed in 1 file; 1 more with --unsafe-fixes"; empty where there was nothing to do.
  std::string Summary(const FixMode& mode) const;

  bool changes() const { return files_ != 0; }
  bool failed() const { return failed_; }  // a file could not be written
  bool has_bug() const { return has_bug_; }

 private:
  std::size_t files_ = 0;
  std::size_t fixed_ = 0;
  std::size_t unsafe_left_ = 0;
  bool failed_ = false;
  bool has_bug_ = false;
};

}  // namespace lint::cli
