// JUnit's XML, which CI servers show as tests. Source: jenkins-junit.xsd of Jenkins' xUnit plugin.

#pragma once

#include "lint/report/format.h"

namespace lint::report {

// A suite and a test case for each file, a failure for each finding; suppressed ones are none.
extern const Format kJunit;

}  // namespace lint::report
