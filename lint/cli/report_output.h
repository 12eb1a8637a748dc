// The reports of one run: one on stdout, others in files.

#pragma once

#include <string>
#include <vector>

#include "lint/report/format.h"
#include "schema/error.h"

namespace lint::cli {

struct OutputChoice {
  const report::Format* format = nullptr;
  std::string path;  // - is stdout
};

// In the place of - where stdout is taken.
inline constexpr const char* kStandardError = "<stderr>";

// What --format and the --outputs ask for: FILE takes the report from stdout, FORMAT=FILE is one
// more. Errors: kInvalid, naming the option.
schema::Result<std::vector<OutputChoice>> ChooseOutputs(const std::string& format,
                                                        const std::vector<std::string>& outputs);

class ReportOutput {
 public:
  ReportOutput(const OutputChoice& choice, report::FormatOptions options)
      : path_(choice.path), assembly_(*choice.format, std::move(options)) {}

  const report::Assembly& assembly() const { return assembly_; }

  void Begin() { Put(assembly_.Begin()); }
  void Add(report::Piece piece) { Put(assembly_.Add(std::move(piece))); }

  // Errors: kSystem, the file cannot be written.
  schema::Status End(const report::Tally& tally);

 private:
  // To stdout at once; to a file at the end, all of it or nothing.
  void Put(const std::string& bytes);

  std::string path_;
  report::Assembly assembly_;
  std::string bytes_;
};

}  // namespace lint::cli
