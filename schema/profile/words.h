// The words of the format, and the one that was meant where another stands.

#pragma once

#include <span>
#include <string_view>

namespace schema::profile {

struct Vocabulary {
  std::string_view noun;    // "action": for messages
  std::string_view effect;  // what becomes of a profile with another word
  std::span<const std::string_view> words;

  // The word that `text` stands for: misspelt, without its prefix ("allow"), or another project's
  // name for it ("amd64", "SCMP_ACT_DENY"). Empty where there is none.
  std::string_view (*nearest)(std::string_view text);
};

const Vocabulary& ActionWords();        // SCMP_ACT_ERRNO
const Vocabulary& OperatorWords();      // SCMP_CMP_EQ
const Vocabulary& ArchitectureWords();  // SCMP_ARCH_X86_64

}  // namespace schema::profile
