#include "schema/yaml/language.h"

#include <utility>

#include "schema/yaml/reader.h"

namespace schema::yaml {

json::Language LanguageOf(std::string_view name, std::string_view text) {
  if (name.ends_with(".json")) return json::Language::kJson;
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return json::Language::kYaml;
  const bool looks_so = text.starts_with("---") || text.starts_with("%YAML") ||
                        text.starts_with("apiVersion:") ||
                        text.find("\napiVersion:") != std::string_view::npos;
  return looks_so ? json::Language::kYaml : json::Language::kJson;
}

json::ReadResult ReadText(std::string_view name, std::string text) {
  return LanguageOf(name, text) == json::Language::kYaml ? Read(std::move(text))
                                                         : json::Read(std::move(text));
}

}  // namespace schema::yaml
