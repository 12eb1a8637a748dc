// The command line of `seccomp-lint check`.

#pragma once

#include <boost/program_options/variables_map.hpp>
#include <string>
#include <vector>

#include "lint/cli/file_settings.h"
#include "lint/cli/fix_file.h"
#include "lint/cli/report_output.h"
#include "schema/error.h"

namespace lint::cli {

struct CheckSettings {
  CommandLineChoices choices;
  std::vector<OutputChoice> outputs;  // the first one is --format's
  std::string write_baseline;         // empty: not asked for
  FixMode fix;
  unsigned jobs = 1;
  bool color = false;  // of the first output
  bool quiet = false;
  bool statistics = false;
};

// Errors: kInvalid, naming the option; those of --targets' file.
schema::Result<CheckSettings> ReadCheckSettings(
    const boost::program_options::variables_map& values);

}  // namespace lint::cli
