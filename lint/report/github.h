// Annotations of GitHub Actions. Source: "Workflow commands for GitHub Actions", GitHub's manual;
// the escapes are those of actions/toolkit, packages/core/src/command.ts.

#pragma once

#include <string>

#include "lint/report/format.h"

namespace lint::report {

// "::error file=F,line=1,col=2,endLine=1,endColumn=9,title=SL301 unknown-syscall::MESSAGE", a line
// for each finding.
extern const Format kGithub;

// The run's findings by rule, in Markdown: what is appended to the file GITHUB_STEP_SUMMARY.
std::string GithubSummary(const Tally& tally);

}  // namespace lint::report
