#include "lint/engine/profile_file.h"

#include <utility>

#include "schema/yaml/language.h"

namespace lint::engine {

using schema::profile::Form;

ProfileFile ReadProfileFile(std::string_view path, std::string text, bool all_forms) {
  ProfileFile file;
  if (all_forms) {
    file.text = schema::yaml::ReadText(path, std::move(text));
  } else {
    file.text = schema::json::Read(std::move(text));
  }
  if (!file.text.valid) return file;
  const schema::json::Document& document = file.text.document;
  if (!all_forms) {
    file.profiles.push_back({Form::kDocker, {}, schema::profile::Parse(document)});
    return file;
  }
  for (const auto& place : schema::profile::FindProfiles(document)) {
    file.profiles.push_back({place.form, place.name, schema::profile::Parse(place)});
  }
  if (file.profiles.empty()) {
    file.profiles.push_back({Form::kSeccompProfile, {}, schema::profile::NoProfile(document)});
  }
  return file;
}

void SetEngineFor(Form form, std::vector<schema::kernel::Target>& targets) {
  if (form == Form::kDocker) return;
  for (auto& target : targets) target.engine = schema::kernel::Engine::kOci;
}

}  // namespace lint::engine
