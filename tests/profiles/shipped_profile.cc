#include "tests/profiles/shipped_profile.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "schema/filter/library.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/profile/parser.h"

namespace profiles {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
namespace kernel = schema::kernel;

const std::string kFolder = "profiles/";  // tests run in the root of the repository

}  // namespace

std::vector<std::string> ShippedNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

Result<ShippedProfile> ShippedProfile::Load(const std::string& name) {
  ShippedProfile shipped;
  shipped.name_ = name;
  auto text = schema::json::ReadFile(kFolder + name + ".json");
  if (!text) return std::move(text).error();
  shipped.text_ = *text;
  const auto json = schema::json::Read(std::move(*text));
  auto parsed = schema::profile::Parse(json.document);
  if (!json.valid || !parsed.profile || !parsed.profile->complete) {
    return Error{ErrorCode::kInvalid, kFolder + name + ".json is no complete profile", 0};
  }
  shipped.profile_ = std::move(*parsed.profile);
  const std::string table_path = kFolder + name + ".verdicts";
  const auto table_text = schema::json::ReadFile(table_path);
  if (!table_text) return Error(table_text.error());
  kernel::Target base;
  base.libseccomp = schema::filter::Library();
  base.capabilities = kernel::CapabilitySet::Docker();
  auto table = lint::verdicts::ParseTable(table_path, *table_text, base);
  if (!table) return std::move(table).error();
  shipped.table_ = std::move(*table);
  return shipped;
}

std::string ShippedProfile::Where(const Expectation& expectation) const {
  return kFolder + name_ + ".verdicts:" + std::to_string(expectation.line) + ": " +
         expectation.text;
}

}  // namespace profiles
