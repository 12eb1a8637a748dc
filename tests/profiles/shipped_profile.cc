#include "tests/profiles/shipped_profile.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "schema/filter/compile.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"
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
  auto table = ParseTable(table_path, *table_text);
  if (!table) return std::move(table).error();
  shipped.table_ = std::move(*table);
  return shipped;
}

std::string ShippedProfile::Where(const Expectation& expectation) const {
  return kFolder + name_ + ".verdicts:" + std::to_string(expectation.line) + ": " +
         expectation.text;
}

kernel::Target ShippedProfile::TargetOf(const Expectation& expectation) const {
  kernel::Target target;
  target.architecture = expectation.host.value_or(expectation.architecture);
  target.kernel = expectation.kernel;
  target.libseccomp = schema::filter::Library();
  target.capabilities = expectation.capabilities;
  const bool is_sub = kernel::Facts(expectation.architecture).long_is_32_bits;
  if (expectation.host || !is_sub || !profile_.arch_map) return target;
  for (const auto& entry : profile_.arch_map->value) {
    for (const auto& sub : entry.subarchitectures) {
      if (sub.value != expectation.architecture || !entry.architecture) continue;
      target.architecture = entry.architecture->value;
      return target;
    }
  }
  return target;
}

Result<const Compiled*> ShippedProfile::For(const kernel::Target& target) {
  const std::string key = kernel::ToString(target);
  const auto found = compiled_.find(key);
  if (found != compiled_.end()) return &found->second;
  auto policy = schema::policy::Resolve(profile_, target);
  if (!policy) return std::move(policy).error().While(key);
  auto filter = schema::filter::CompileAndProve(*policy);
  if (!filter) return std::move(filter).error().While(key);
  return &compiled_.emplace(key, Compiled{std::move(*policy), std::move(*filter)}).first->second;
}

}  // namespace profiles
