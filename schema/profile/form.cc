#include "schema/profile/form.h"

#include <string_view>

namespace schema::profile {
namespace {

using json::Kind;
using json::Value;

// Of every version: v1alpha1, v1beta1, v1.
constexpr std::string_view kOperatorGroup = "security-profiles-operator.x-k8s.io/";

std::string_view TextAt(const Value& object, std::string_view key) {
  const Value* value = Find(object, key);
  return value != nullptr && value->kind == Kind::kString ? std::string_view(value->text) : "";
}

const Value* ObjectAt(const Value& object, std::string_view key) {
  const Value* value = Find(object, key);
  return value != nullptr && value->kind == Kind::kObject ? value : nullptr;
}

Place OfConfig(const Value& config) {
  Place place{Form::kOci, &config};
  if (const Value* linux = ObjectAt(config, "linux")) place.profile = Find(*linux, "seccomp");
  if (const Value* process = ObjectAt(config, "process")) {
    const Value* flag = Find(*process, "noNewPrivileges");
    place.no_new_privileges = flag != nullptr && flag->boolean;
  }
  return place;
}

// Of a resource, and of the items of a List or SeccompProfileList.
void AddResources(const Value& resource, std::vector<Place>& places) {
  if (resource.kind != Kind::kObject) return;
  const std::string_view kind = TextAt(resource, "kind");
  if (const Value* items = Find(resource, "items"); items != nullptr && kind.ends_with("List")) {
    for (const Value& item : items->items) AddResources(item, places);
    return;
  }
  if (kind != "SeccompProfile" || !TextAt(resource, "apiVersion").starts_with(kOperatorGroup)) {
    return;
  }
  Place place{Form::kSeccompProfile, &resource, Find(resource, "spec")};
  if (const Value* metadata = ObjectAt(resource, "metadata")) {
    place.name = TextAt(*metadata, "name");
  }
  places.push_back(std::move(place));
}

}  // namespace

const Value* Find(const Value& object, std::string_view key) {
  const Value* found = nullptr;
  for (const json::Member& member : object.members) {
    if (member.key.value == key) found = &member.value;
  }
  return found;
}

Place AsDocker(const json::Document& document) {
  return {Form::kDocker, &document.root, &document.root};
}

std::vector<Place> FindProfiles(const json::Document& document) {
  std::vector<Place> places;
  if (document.is_stream) {
    for (const Value& item : document.root.items) AddResources(item, places);
  } else {
    AddResources(document.root, places);
  }
  if (!places.empty() || document.language == json::Language::kYaml) return places;
  return {Find(document.root, "ociVersion") != nullptr ? OfConfig(document.root)
                                                       : AsDocker(document)};
}

}  // namespace schema::profile
