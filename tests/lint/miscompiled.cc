#include "tests/lint/miscompiled.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "schema/filter/library.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace lint::testing {

std::vector<Miscompiled> AllMiscompiled() {
  constexpr std::string_view kGood = ".good";
  std::vector<Miscompiled> all;
  if (schema::filter::Library().version != schema::kernel::LibseccompVersion{2, 5, 4}) return all;
  for (const auto& entry : std::filesystem::directory_iterator("tests/lint/miscompiled")) {
    const auto path = entry.path();
    const std::string name = path.stem();
    if (name.ends_with(kGood)) continue;
    const auto good = path.parent_path() / (name + std::string(kGood) + ".json");
    all.push_back({name, *schema::json::ReadFile(path), *schema::json::ReadFile(good)});
  }
  std::ranges::sort(all, {}, &Miscompiled::name);
  return all;
}

schema::kernel::Target MiscompiledTarget(const std::string& engine) {
  return *schema::kernel::ParseTarget("arch=amd64,kernel=6.1,libseccomp=2.5.4,engine=" + engine,
                                      {});
}

schema::policy::Policy MeaningOf(const std::string& text) {
  const auto profile = schema::profile::Parse(schema::json::Read(text).document).profile;
  return *schema::policy::Resolve(*profile, MiscompiledTarget("docker"));
}

}  // namespace lint::testing
