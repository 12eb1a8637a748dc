// A report format: what it makes of one file, and what stands around that. Files are rendered on
// their own and let go; a report is put together in their order.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/report/matrix.h"
#include "lint/report/tally.h"
#include "schema/kernel/target.h"

namespace lint::report {

struct FormatOptions {
  std::string tool_version;
  std::string working_directory;  // absolute: paths in reports for programs are relative to it
  bool color = false;             // this and the next two: of the text report
  bool summary = true;
  bool statistics = false;
};

// What a report says of one file.
struct Piece {
  std::string findings;
  std::string suppressed;  // this and the notes: where the format has them at its end
  std::string notes;
  std::vector<MatrixColumn> columns = {};  // the file's, where the format asks for it
};

struct Format {
  std::string_view name;
  std::string_view separator;  // between the pieces of two files
  std::string (*begin)(const FormatOptions& options);
  Piece (*piece)(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
                 const FormatOptions& options);
  // `kept`: all but the findings, of all files.
  std::string (*end)(const Tally& tally, const Piece& kept, const FormatOptions& options);
  // Puts the number of the file, from 1 in the order of the report, into its findings: pieces are
  // made in any order. nullptr: the format numbers nothing.
  std::string (*number)(std::string_view findings, std::size_t file) = nullptr;
};

// text, json, sarif, github, gitlab, junit, checkstyle, html.
std::span<const Format* const> Formats();

const Format* FindFormat(std::string_view name);  // nullptr: there is none

// "text, json, ...": for messages.
std::string FormatNames();

// Puts one report together; what it returns is to be written in order.
class Assembly {
 public:
  Assembly(const Format& format, FormatOptions options)
      : format_(format), options_(std::move(options)) {}

  std::string Begin() const { return format_.begin(options_); }
  Piece Render(const engine::FileReport& file,
               std::span<const schema::kernel::Target> targets) const {
    return format_.piece(file, targets, options_);
  }
  std::string Add(Piece piece);
  std::string End(const Tally& tally) const { return format_.end(tally, kept_, options_); }

 private:
  const Format& format_;
  FormatOptions options_;
  Piece kept_;  // its findings are not kept
  bool has_findings_ = false;
  std::size_t files_ = 0;
};

// A whole report at once.
std::string Render(const Format& format, std::span<const engine::FileReport> files,
                   std::span<const schema::kernel::Target> targets, const FormatOptions& options);

}  // namespace lint::report
