// What a file holds: JSON or YAML, one profile or several, in Docker's form or another.

#pragma once

#include <string>
#include <vector>

#include "schema/json/reader.h"
#include "schema/kernel/target.h"
#include "schema/profile/form.h"
#include "schema/profile/parser.h"

namespace lint::engine {

struct ParsedProfile {
  schema::profile::Form form = schema::profile::Form::kDocker;
  std::string name;  // of a resource
  schema::profile::ParseResult parsed;
};

struct ProfileFile {
  schema::json::ReadResult text;
  // Empty where the text is not valid. YAML without a profile has one without content, which says
  // so.
  std::vector<ParsedProfile> profiles;
};

// `path`: tells JSON from YAML (schema/yaml/language.h). `all_forms`: else the text is JSON in
// Docker's form.
ProfileFile ReadProfileFile(std::string_view path, std::string text, bool all_forms);

// What somebody who named no engine means a profile of this form for: what Kubernetes and the
// callers of OCI runtimes hand on is loaded by the runtime as it is.
void SetEngineFor(schema::profile::Form form, std::vector<schema::kernel::Target>& targets);

}  // namespace lint::engine
