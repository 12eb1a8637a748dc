// --target's texts, and what is written in their words: what is read is written in a form that is
// read as the same.

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "lint/report/target_list.h"
#include "schema/kernel/target.h"

namespace {

using schema::kernel::Target;

void CheckWritten(const Target& target) {
  const auto again = schema::kernel::ParseTarget(schema::kernel::ToString(target), {});
  REQUIRE(again && *again == target);
}

void CheckLine(std::string_view line, const Target& defaults) {
  const auto one = schema::kernel::ParseTarget(line, defaults);
  const auto all = schema::kernel::ParseTargets(line, defaults);
  REQUIRE(one || !one.error().message.empty());
  REQUIRE(all || !all.error().message.empty());
  if (one) {
    REQUIRE(all && all->size() == 1 && all->front() == *one);
    CheckWritten(*one);
  }
  if (!all) return;
  REQUIRE(!all->empty());
  std::vector<std::size_t> even;
  for (std::size_t i = 0; i < all->size(); i += 2) even.push_back(i);
  CheckWritten(all->front());
  CheckWritten(all->back());
  REQUIRE(!lint::report::TargetList(*all, even).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::AsText(data, size);
  static const Target defaults =
      *schema::kernel::ParseTarget("arch=arm64,kernel=5.10,libseccomp=2.5.4,caps=docker", {});
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    CheckLine(text.substr(0, end), defaults);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
