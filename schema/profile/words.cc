#include "schema/profile/words.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/suggestion.h"

namespace schema::profile {
namespace {

using Words = std::span<const std::string_view>;

Words Actions() {
  static const auto words = [] {
    std::vector<std::string_view> names = {"SCMP_ACT_KILL"};
    for (const auto& facts : kernel::Actions()) names.push_back(facts.scmp_name);
    return names;
  }();
  return words;
}

Words Operators() {
  static constexpr std::array<std::string_view, 7> kWords = {
      "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",       "SCMP_CMP_EQ",
      "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};
  return kWords;
}

Words Architectures() {
  static const auto words = [] {
    std::vector<std::string_view> names;
    for (const auto& facts : kernel::Architectures()) names.push_back(facts.scmp_name);
    return names;
  }();
  return words;
}

// What other filter languages and the C operators call it.
constexpr std::array kOtherNames = {
    std::pair<std::string_view, std::string_view>{"SCMP_ACT_BLOCK", "SCMP_ACT_ERRNO"},
    std::pair<std::string_view, std::string_view>{"SCMP_ACT_DENY", "SCMP_ACT_ERRNO"},
    std::pair<std::string_view, std::string_view>{"SCMP_ACT_REJECT", "SCMP_ACT_ERRNO"},
    std::pair<std::string_view, std::string_view>{"SCMP_CMP_EQUAL", "SCMP_CMP_EQ"},
    std::pair<std::string_view, std::string_view>{"SCMP_CMP_MASK_EQ", "SCMP_CMP_MASKED_EQ"},
    std::pair<std::string_view, std::string_view>{"==", "SCMP_CMP_EQ"},
    std::pair<std::string_view, std::string_view>{"!=", "SCMP_CMP_NE"},
};

std::string_view NearestOf(std::string_view text, std::string_view prefix, Words words) {
  for (const auto& [other, word] : kOtherNames) {
    if (text == other && word.starts_with(prefix)) return word;
  }
  const std::string_view nearest = kernel::Nearest(text, words);
  if (!nearest.empty() || text.empty()) return nearest;
  return kernel::Nearest(std::string(prefix) + std::string(text), words);
}

std::string_view NearestAction(std::string_view text) {
  return NearestOf(text, "SCMP_ACT_", Actions());
}

std::string_view NearestOperator(std::string_view text) {
  return NearestOf(text, "SCMP_CMP_", Operators());
}

std::string_view NearestArchitecture(std::string_view text) {
  if (const auto architecture = kernel::FromAnyName(text)) {
    return kernel::Facts(*architecture).scmp_name;
  }
  return NearestOf(text, "SCMP_ARCH_", Architectures());
}

}  // namespace

const Vocabulary& ActionWords() {
  static const Vocabulary vocabulary{"action", "runc and crun refuse the profile", Actions(),
                                     &NearestAction};
  return vocabulary;
}

const Vocabulary& OperatorWords() {
  static const Vocabulary vocabulary{"comparison operator", "runc and crun refuse the profile",
                                     Operators(), &NearestOperator};
  return vocabulary;
}

const Vocabulary& ArchitectureWords() {
  static const Vocabulary vocabulary{"architecture of libseccomp's", "runc refuses the profile",
                                     Architectures(), &NearestArchitecture};
  return vocabulary;
}

}  // namespace schema::profile
