// The words of the profile format, by where in a profile they may stand: for completion and hover.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lint::lsp {

struct FormatKey {
  std::string_view object;  // the path of the object that has it, see place.h
  std::string_view key;
  std::string_view meaning;  // one sentence
};

// The keys of the object at `path`; empty where the format has no object.
std::vector<FormatKey> KeysOf(std::string_view path);

enum class Vocabulary {
  kSyscall,
  kAction,
  kArchitecture,
  kDockerArchitecture,
  kOperator,
  kCapability,
  kFlag,
  kErrnoName,
  kErrnoNumber,
};

// What the value at `path` is one of; std::nullopt: something else.
std::optional<Vocabulary> VocabularyOf(std::string_view path);

// What is to know about a word.
struct WordFacts {
  std::string title;               // "SCMP_ACT_LOG"
  std::vector<std::string> lines;  // sentences
};

// Of all but system calls. std::nullopt: the vocabulary has no such word.
std::optional<WordFacts> FactsOf(Vocabulary vocabulary, std::string_view word);

// The words that may stand there, but for system calls and numbers.
std::vector<std::string> WordsOf(Vocabulary vocabulary);

}  // namespace lint::lsp
