// Whether a text is JSON or YAML, and the one reader for both.

#pragma once

#include <string>
#include <string_view>

#include "schema/json/document.h"
#include "schema/json/reader.h"

namespace schema::yaml {

// By the name where it ends in .json, .yaml or .yml. Of others, the standard input's included, by a
// look at the text: YAML has "apiVersion:" at the start of a line, or begins with "---" or "%YAML".
json::Language LanguageOf(std::string_view name, std::string_view text);

// Read() of that language.
json::ReadResult ReadText(std::string_view name, std::string text);

}  // namespace schema::yaml
