#include "lint/lsp/vocabulary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/errno_name.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/libseccomp_release.h"
#include "schema/kernel/operator.h"
#include "schema/profile/words.h"

namespace lint::lsp {
namespace {

using schema::kernel::Action;

// Source: schema/profile/profile.h, and what it cites.
constexpr auto kKeys = std::to_array<FormatKey>({
    {"", "defaultAction", "What a call gets that no rule is about."},
    {"", "defaultErrnoRet",
     "The error number of the default action, with SCMP_ACT_ERRNO; 1 (EPERM) where it is left "
     "out."},
    {"", "defaultErrno", "The name of the number in defaultErrnoRet: Podman's."},
    {"", "architectures", "The ABIs that the filter is for; not beside archMap."},
    {"", "archMap", "For each machine, the ABIs that programs may use beside its own."},
    {"", "syscalls", "The rules: names of calls, and what these get."},
    {"", "flags", "Flags of seccomp(2) that the filter is loaded with."},
    {"", "listenerPath", "The socket of the agent that answers SCMP_ACT_NOTIFY."},
    {"", "listenerMetadata", "What the agent at listenerPath is told."},
    {"/archMap/*", "architecture", "The machine."},
    {"/archMap/*", "subArchitectures", "The ABIs that its programs may use, too."},
    {"/syscalls/*", "names", "The calls that the rule is about."},
    {"/syscalls/*", "name", "The call that the rule is about: the older form of names."},
    {"/syscalls/*", "action", "What the calls get where the conditions in args hold."},
    {"/syscalls/*", "errnoRet",
     "The error number with SCMP_ACT_ERRNO, or the message to the tracer with SCMP_ACT_TRACE."},
    {"/syscalls/*", "errno", "The name of the number in errnoRet: Podman's."},
    {"/syscalls/*", "args",
     "Conditions on the call's arguments. All must hold; where two are of one argument, any of "
     "them."},
    {"/syscalls/*", "comment", "For people; a suppression of findings may stand in it."},
    {"/syscalls/*", "includes", "The rule holds only where all of this is so."},
    {"/syscalls/*", "excludes", "The rule does not hold where any of this is so."},
    {"/syscalls/*/args/*", "index", "Which argument: 0 is the first, 5 the last."},
    {"/syscalls/*/args/*", "value",
     "What it is compared with, unsigned; with SCMP_CMP_MASKED_EQ the mask."},
    {"/syscalls/*/args/*", "valueTwo",
     "With SCMP_CMP_MASKED_EQ, what the masked argument must be equal to; else not read."},
    {"/syscalls/*/args/*", "op", "The comparison."},
    {"/syscalls/*/includes", "caps", "All of these must be in the container's bounding set."},
    {"/syscalls/*/includes", "arches", "The machine must be one of these, by Go's names: amd64."},
    {"/syscalls/*/includes", "minKernel", "The kernel is this Linux or a later one: \"4.8\"."},
    {"/syscalls/*/excludes", "caps", "One of these in the container's bounding set is enough."},
    {"/syscalls/*/excludes", "arches", "The machine is one of these, by Go's names: amd64."},
    {"/syscalls/*/excludes", "minKernel", "The kernel is this Linux or a later one: \"4.8\"."},
});

constexpr auto kValues = std::to_array<std::pair<std::string_view, Vocabulary>>({
    {"/defaultAction", Vocabulary::kAction},
    {"/defaultErrno", Vocabulary::kErrnoName},
    {"/defaultErrnoRet", Vocabulary::kErrnoNumber},
    {"/architectures/*", Vocabulary::kArchitecture},
    {"/archMap/*/architecture", Vocabulary::kArchitecture},
    {"/archMap/*/subArchitectures/*", Vocabulary::kArchitecture},
    {"/flags/*", Vocabulary::kFlag},
    {"/syscalls/*/names/*", Vocabulary::kSyscall},
    {"/syscalls/*/name", Vocabulary::kSyscall},
    {"/syscalls/*/action", Vocabulary::kAction},
    {"/syscalls/*/errno", Vocabulary::kErrnoName},
    {"/syscalls/*/errnoRet", Vocabulary::kErrnoNumber},
    {"/syscalls/*/args/*/op", Vocabulary::kOperator},
    {"/syscalls/*/includes/caps/*", Vocabulary::kCapability},
    {"/syscalls/*/excludes/caps/*", Vocabulary::kCapability},
    {"/syscalls/*/includes/arches/*", Vocabulary::kDockerArchitecture},
    {"/syscalls/*/excludes/arches/*", Vocabulary::kDockerArchitecture},
});

// Source: seccomp(2), "Filters" and "Seccomp return values".
std::string_view EffectOf(Action action) {
  switch (action) {
    case Action::kKillThread:
      return "Kills the thread that made the call; the process's other threads live on.";
    case Action::kKillProcess:
      return "Kills the process, as if by SIGSYS.";
    case Action::kTrap:
      return "Sends SIGSYS to the thread, which may catch it; the call is not made.";
    case Action::kErrno:
      return "The call fails with the error number of errnoRet, EPERM where there is none.";
    case Action::kTrace:
      return "Asks a ptrace(2) tracer; without one the call fails with ENOSYS.";
    case Action::kLog:
      return "Makes the call, and logs it.";
    case Action::kNotify:
      return "Asks the agent that listens on listenerPath; without one the call fails with ENOSYS.";
    case Action::kAllow:
      return "Makes the call.";
  }
  return "";
}

WordFacts ActionFactsOf(std::string_view word, Action action) {
  const auto& facts = schema::kernel::Facts(action);
  WordFacts out{std::string(word), {std::string(EffectOf(action))}};
  if (word != facts.scmp_name) {
    out.lines.push_back("The older name of " + std::string(facts.scmp_name) + ".");
  }
  out.lines.push_back("Since Linux " + ToString(facts.since) + " and libseccomp " +
                      ToString(facts.libseccomp_since) + ".");
  return out;
}

WordFacts ArchitectureFactsOf(std::string_view word,
                              const schema::kernel::ArchitectureFacts& facts) {
  return {std::string(word),
          {"The ABI " + std::string(facts.name) + ", " + (facts.long_is_32_bits ? "32" : "64") +
               " bits, " + (facts.big_endian ? "big" : "little") + " endian; Docker's name is " +
               std::string(facts.docker_name) + ".",
           "Takes filters since Linux " + ToString(facts.filters_since) + ", and libseccomp " +
               ToString(schema::kernel::LibseccompSince(facts.architecture)) + " knows it."}};
}

std::string OperatorText(schema::kernel::Operator op) {
  if (op == schema::kernel::Operator::kMaskedEqual) {
    return "(argument & value) == valueTwo, in 64 bits.";
  }
  return "argument " + std::string(schema::kernel::Symbol(op)) + " value, unsigned, in 64 bits.";
}

WordFacts FlagFactsOf(const schema::kernel::FilterFlag& flag) {
  WordFacts out{std::string(flag.name), {"Since Linux " + ToString(flag.since) + "."}};
  if (flag.libseccomp_since) {
    out.lines.push_back("libseccomp can set it since " + ToString(*flag.libseccomp_since) + ".");
  } else {
    out.lines.emplace_back("libseccomp has no way to ask for it.");
  }
  return out;
}

WordFacts ErrnoFactsOf(std::uint16_t number) {
  return {schema::kernel::ErrnoText(number),
          {"Error number " + std::to_string(number) + ": " + std::strerror(number) + "."}};
}

std::optional<WordFacts> CapabilityFactsOf(std::string_view word) {
  const auto number = schema::kernel::ParseCapability(word);
  if (!number) return std::nullopt;
  const bool is_dockers = schema::kernel::CapabilitySet::Docker().Has(*number);
  return WordFacts{std::string(word),
                   {"Capability " + std::to_string(*number) + ", since Linux " +
                        ToString(schema::kernel::CapabilitySince(*number)) + ".",
                    is_dockers ? "One of those that Docker gives a container."
                               : "None of those that Docker gives a container."}};
}

std::optional<WordFacts> DockerArchitectureFactsOf(std::string_view word) {
  for (const auto& facts : schema::kernel::Architectures()) {
    if (facts.docker_name == word) {
      return WordFacts{std::string(word), {"Docker's name of " + std::string(facts.name) + "."}};
    }
  }
  return std::nullopt;
}

std::optional<WordFacts> ErrnoNumberFactsOf(std::string_view word) {
  std::uint16_t number = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stop != end || number > schema::kernel::kMaxErrno) {
    return std::nullopt;
  }
  if (schema::kernel::ErrnoText(number) == std::to_string(number)) return std::nullopt;
  return ErrnoFactsOf(number);
}

std::vector<std::string> Strings(std::span<const std::string_view> words) {
  return {words.begin(), words.end()};
}

std::vector<std::string> ErrnoNames() {
  std::vector<std::string> names;
  for (std::uint16_t number = 1; number < 256; ++number) {
    std::string name = schema::kernel::ErrnoText(number);
    if (name.starts_with('E')) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> DockerArchitectures() {
  std::vector<std::string> names;
  for (const auto& facts : schema::kernel::Architectures()) names.emplace_back(facts.docker_name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

std::vector<FormatKey> KeysOf(std::string_view path) {
  std::vector<FormatKey> keys;
  for (const FormatKey& key : kKeys) {
    if (key.object == path) keys.push_back(key);
  }
  return keys;
}

std::optional<Vocabulary> VocabularyOf(std::string_view path) {
  for (const auto& [known, vocabulary] : kValues) {
    if (known == path) return vocabulary;
  }
  return std::nullopt;
}

std::optional<WordFacts> FactsOf(Vocabulary vocabulary, std::string_view word) {
  switch (vocabulary) {
    case Vocabulary::kSyscall:
      return std::nullopt;
    case Vocabulary::kAction: {
      const auto action = schema::kernel::ParseAction(word);
      if (!action) return std::nullopt;
      return ActionFactsOf(word, *action);
    }
    case Vocabulary::kArchitecture: {
      const auto architecture = schema::kernel::FromScmpName(word);
      if (!architecture) return std::nullopt;
      return ArchitectureFactsOf(word, schema::kernel::Facts(*architecture));
    }
    case Vocabulary::kDockerArchitecture:
      return DockerArchitectureFactsOf(word);
    case Vocabulary::kOperator: {
      const auto op = schema::kernel::ParseOperator(word);
      if (!op) return std::nullopt;
      return WordFacts{std::string(word), {OperatorText(*op)}};
    }
    case Vocabulary::kCapability:
      return CapabilityFactsOf(word);
    case Vocabulary::kFlag: {
      const auto* flag = schema::kernel::FindFilterFlag(word);
      if (flag == nullptr) return std::nullopt;
      return FlagFactsOf(*flag);
    }
    case Vocabulary::kErrnoName: {
      const auto number = schema::kernel::ParseErrno(word);
      if (!number) return std::nullopt;
      return ErrnoFactsOf(*number);
    }
    case Vocabulary::kErrnoNumber:
      return ErrnoNumberFactsOf(word);
  }
  return std::nullopt;
}

std::vector<std::string> WordsOf(Vocabulary vocabulary) {
  switch (vocabulary) {
    case Vocabulary::kSyscall:
    case Vocabulary::kErrnoNumber:
      return {};
    case Vocabulary::kAction:
      return Strings(schema::profile::ActionWords().words);
    case Vocabulary::kArchitecture:
      return Strings(schema::profile::ArchitectureWords().words);
    case Vocabulary::kDockerArchitecture:
      return DockerArchitectures();
    case Vocabulary::kOperator:
      return Strings(schema::profile::OperatorWords().words);
    case Vocabulary::kCapability:
      return Strings(schema::kernel::CapabilityNames());
    case Vocabulary::kFlag: {
      std::vector<std::string> words;
      for (const auto& flag : schema::kernel::FilterFlags()) words.emplace_back(flag.name);
      return words;
    }
    case Vocabulary::kErrnoName:
      return ErrnoNames();
  }
  return {};
}

}  // namespace lint::lsp
