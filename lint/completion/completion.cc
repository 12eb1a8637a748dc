#include "lint/completion/completion.h"

#include <algorithm>
#include <array>

#include "schema/kernel/capability.h"

namespace lint::completion {
namespace {

constexpr std::array kShells = {Shell{"bash", &BashScript}, Shell{"zsh", &ZshScript},
                                Shell{"fish", &FishScript}};

}  // namespace

std::span<const Shell> Shells() { return kShells; }

const Shell* FindShell(std::string_view name) {
  const auto* found = std::ranges::find(kShells, name, &Shell::name);
  return found == kShells.end() ? nullptr : found;
}

std::vector<Word> CapabilityWords() {
  std::vector<Word> words = {{"docker", "those that Docker gives a container"},
                             {"all", "every capability"},
                             {"none", "no capability"}};
  for (const std::string_view name : schema::kernel::CapabilityNames()) {
    words.push_back({std::string(name), ""});
  }
  return words;
}

std::vector<Word> ShellWords() {
  std::vector<Word> words;
  words.reserve(std::size(kShells));
  for (const Shell& shell : kShells) words.push_back({std::string(shell.name), ""});
  return words;
}

std::string FilledIn(std::string_view text, const Program& program) {
  std::string functions = "_" + program.name;
  std::ranges::replace(functions, '-', '_');
  std::string out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('@'), text.size());
    out += text.substr(0, at);
    text.remove_prefix(at);
    if (text.starts_with("@NAME")) {
      out += program.name;
      text.remove_prefix(5);
    } else if (text.starts_with("@F")) {
      out += functions;
      text.remove_prefix(2);
    } else if (!text.empty()) {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string FirstClause(std::string_view text) {
  std::size_t end = text.size();
  for (const std::string_view stop : {"; ", ". ", ": ", "\n"}) {
    end = std::min(end, text.find(stop));
  }
  return std::string(text.substr(0, end));
}

}  // namespace lint::completion
