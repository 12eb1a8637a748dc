#include "lint/cli/completion_values.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lint/report/format.h"
#include "lint/rules/rule.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/libseccomp_release.h"
#include "schema/kernel/syscall.h"
#include "schema/kernel/target.h"

namespace lint::cli {
namespace {

using completion::Kind;
using completion::Value;
using completion::Word;
using completion::WordList;

struct Row {
  std::string_view command;  // empty: of every command that has no row of its own
  std::string_view option;
  Kind kind;
  std::string_view list = {};
};

constexpr std::array kOptionValues = {
    Row{"check", "format", Kind::kWord, "report_formats"},
    Row{"check", "output", Kind::kReport, "report_formats"},
    Row{"diff", "format", Kind::kWord, "difference_formats"},
    Row{"test", "format", Kind::kWord, "table_formats"},
    Row{"", "format", Kind::kWord, "text_or_json"},
    Row{"", "output", Kind::kFile},
    Row{"", "target", Kind::kPairs},
    Row{"", "targets", Kind::kFile},
    Row{"", "select", Kind::kWords, "rules"},
    Row{"", "ignore", Kind::kWords, "rules"},
    Row{"", "fail-level", Kind::kWord, "fail_levels"},
    Row{"", "config", Kind::kFile},
    Row{"", "baseline", Kind::kFile},
    Row{"", "write-baseline", Kind::kFile},
    Row{"", "jobs", Kind::kText},
    Row{"", "color", Kind::kWord, "colors"},
    Row{"", "out-file", Kind::kFile},
    Row{"", "to", Kind::kWord, "profile_forms"},
    Row{"", "name", Kind::kText},
    Row{"", "emit", Kind::kWord, "program_forms"},
    Row{"cost", "compiler", Kind::kWord, "compared_compilers"},
    Row{"", "compiler", Kind::kWord, "compilers"},
    Row{"", "fail-on", Kind::kWord, "differences"},
    Row{"", "table", Kind::kTable},

    Row{"", "bpf", Kind::kFile},
    Row{"", "arch", Kind::kWord, "architectures"},
    Row{"", "kernel", Kind::kText},
};

struct Placeholder {
  std::string_view name;
  Kind kind;
  std::string_view list = {};
};

constexpr std::array kPlaceholders = {
    Placeholder{"PROFILE", Kind::kProfile},
    Placeholder{"OLD", Kind::kProfile},
    Placeholder{"NEW", Kind::kProfile},
    Placeholder{"PATH", Kind::kTable},
    Placeholder{"RULE", Kind::kWord, "rules"},
    Placeholder{"NAME", Kind::kWord, "syscalls"},
    Placeholder{"SYSCALL", Kind::kWord, "syscalls"},
    Placeholder{"SHELL", Kind::kWord, "shells"},
};

// Words that stand in no registry; a test holds them against what the commands take.
struct FixedList {
  std::string_view name;
  std::string_view words;  // with blanks between
};

constexpr std::array kFixedLists = {
    FixedList{"text_or_json", "text json"},
    FixedList{"difference_formats", "text json markdown"},
    FixedList{"table_formats", "text json junit"},
    FixedList{"fail_levels", "error warning info never"},
    FixedList{"colors", "auto always never"},
    FixedList{"program_forms", "raw c asm"},
    FixedList{"profile_forms", "docker oci seccompprofile"},
    FixedList{"compilers", "direct libseccomp"},
    FixedList{"compared_compilers", "direct libseccomp both"},
    FixedList{"differences", "any wider"},
};

std::vector<Word> Split(std::string_view words) {
  std::vector<Word> all;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    all.push_back({std::string(words.substr(0, end)), ""});
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return all;
}

std::vector<Word> Rules() {
  std::vector<Word> words = {{"all", "every rule"}};
  for (const rules::Rule* rule : rules::AllRules()) {
    words.push_back({std::string(rule->id), std::string(rule->name)});
  }
  for (const rules::Rule* rule : rules::AllRules()) {
    words.push_back({std::string(rule->name), std::string(rule->id)});
  }
  return words;
}

std::vector<Word> Architectures(bool all) {
  std::vector<Word> words;
  if (all) words.push_back({"all", "every architecture"});
  for (const auto& facts : schema::kernel::Architectures()) {
    words.push_back({std::string(facts.name), std::string(facts.scmp_name)});
    if (facts.docker_name != facts.name) {
      words.push_back({std::string(facts.docker_name), std::string(facts.scmp_name)});
    }
  }
  return words;
}

std::vector<Word> Engines() {
  using schema::kernel::Engine;
  std::vector<Word> words;
  for (const Engine engine : {Engine::kIsolator, Engine::kDocker, Engine::kMesos, Engine::kOci}) {
    words.push_back({std::string(schema::kernel::EngineName(engine)), ""});
  }
  return words;
}

template <class Range, class NameOf>
WordList Listed(std::string name, const Range& range, const NameOf& name_of) {
  WordList list{std::move(name), {}};
  for (const auto& item : range) list.words.push_back({std::string(name_of(item)), ""});
  return list;
}

}  // namespace

std::optional<Value> ValueOfOption(std::string_view command, std::string_view option) {
  const auto row = std::ranges::find_if(kOptionValues, [&](const Row& candidate) {
    return candidate.option == option &&
           (candidate.command.empty() || candidate.command == command);
  });
  if (row == kOptionValues.end()) return std::nullopt;
  return Value{row->kind, std::string(row->list)};
}

OperandValues OperandsOf(std::string_view usage) {
  OperandValues operands;
  for (const Word& word : Split(usage)) {
    const std::string_view text = word.text;
    if (text.find("OPTION") != text.npos) continue;
    if (text.find('-') != text.npos || text == "|") break;  // what follows is an option's
    const std::size_t begin = text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (begin == text.npos) continue;
    const std::string_view name = text.substr(begin, text.find_first_of(".]", begin) - begin);
    const auto known = std::ranges::find(kPlaceholders, name, &Placeholder::name);
    operands.values.push_back(
        known == kPlaceholders.end() ? Value{} : Value{known->kind, std::string(known->list)});
    operands.repeats = text.find("...") != text.npos;
  }
  return operands;
}

std::vector<WordList> WordLists() {
  std::vector<WordList> lists;
  lists.reserve(kFixedLists.size());
  for (const FixedList& list : kFixedLists) {
    lists.push_back({std::string(list.name), Split(list.words)});
  }
  lists.push_back(Listed("report_formats", report::Formats(),
                         [](const report::Format* format) { return format->name; }));
  lists.push_back({"rules", Rules()});
  lists.push_back({"architectures", Architectures(false)});
  lists.push_back({"target_architectures", Architectures(true)});
  lists.push_back({"capabilities", completion::CapabilityWords()});
  lists.push_back({"engines", Engines()});
  lists.push_back(Listed("libseccomp_releases", schema::kernel::LibseccompReleases(),
                         [](const auto& release) { return ToString(release.version); }));
  lists.push_back({"shells", completion::ShellWords()});
  lists.push_back(Listed("syscalls", schema::kernel::SyscallNames(),
                         [](std::string_view name) { return name; }));
  return lists;
}

std::vector<completion::Key> TargetKeys() {
  return {{"arch", "target_architectures"},
          {"kernel", ""},
          {"libseccomp", "libseccomp_releases"},
          {"caps", "capabilities"},
          {"engine", "engines"}};
}

}  // namespace lint::cli
