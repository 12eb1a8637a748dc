#include "lint/cli/report_output.h"

#include <algorithm>
#include <iostream>
#include <string_view>
#include <utility>

#include "lint/cli/output_file.h"
#include "schema/kernel/suggestion.h"

namespace lint::cli {
namespace {

schema::Error NoFormat(const std::string& option, const std::string& name) {
  std::vector<std::string_view> names;
  for (const report::Format* format : report::Formats()) names.push_back(format->name);
  return {schema::ErrorCode::kInvalid,
          option + " takes one of " + report::FormatNames() + ", not \"" + name + "\"" +
              schema::kernel::DidYouMean(name, names),
          0};
}

}  // namespace

schema::Result<std::vector<OutputChoice>> ChooseOutputs(const std::string& format,
                                                        const std::vector<std::string>& outputs) {
  std::vector<OutputChoice> choices = {{report::FindFormat(format), "-"}};
  if (choices[0].format == nullptr) return NoFormat("--format", format);
  for (const std::string& output : outputs) {
    const std::size_t equals = output.find('=');
    // A path may hold a =, too, behind a /.
    if (equals == std::string::npos || output.find('/') < equals) {
      if (choices[0].path != "-") {
        return schema::Error{schema::ErrorCode::kInvalid,
                             "--output names two files for one report: " + choices[0].path +
                                 " and " + output + "; more reports are FORMAT=FILE",
                             0};
      }
      choices[0].path = output;
      continue;
    }
    const std::string name = output.substr(0, equals);
    const report::Format* other = report::FindFormat(name);
    if (other == nullptr) return NoFormat("--output FORMAT=FILE", name);
    choices.push_back({other, output.substr(equals + 1)});
  }
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const std::string& path = choices[i].path;
    if (path.empty()) {
      return schema::Error{schema::ErrorCode::kInvalid, "--output needs the name of a file", 0};
    }
    if (std::ranges::count(choices, path, &OutputChoice::path) > 1) {
      return schema::Error{schema::ErrorCode::kInvalid,
                           "two reports would go to " + (path == "-" ? "stdout" : path), 0};
    }
  }
  return choices;
}

schema::Status ReportOutput::End(const report::Tally& tally) {
  Put(assembly_.End(tally));
  const bool is_written = path_ == "-" || path_ == kStandardError;
  return is_written ? schema::Status() : WriteOutput(path_, bytes_);
}

void ReportOutput::Put(const std::string& bytes) {
  if (path_ == "-") {
    std::cout << bytes;
  } else if (path_ == kStandardError) {
    std::cerr << bytes;
  } else {
    bytes_ += bytes;
  }
}

}  // namespace lint::cli
