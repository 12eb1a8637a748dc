#include "schema/kernel/target.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "schema/kernel/suggestion.h"
#include "schema/kernel/syscall.h"

namespace schema::kernel {
namespace {

constexpr std::array kEngines = {
    std::pair{std::string_view("isolator"), Engine::kIsolator},
    std::pair{std::string_view("docker"), Engine::kDocker},
    std::pair{std::string_view("mesos"), Engine::kMesos},
    std::pair{std::string_view("oci"), Engine::kOci},
};

// Calls `take(part)` for each part of `text` between separators, until one returns an Error.
template <class Take>
Status ForEachPart(std::string_view text, char separator, Take take) {
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (Status status = take(text.substr(0, end)); !status) return status;
    if (end == text.size()) return {};
    text.remove_prefix(end + 1);
  }
}

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

Status SetEngine(Target& target, std::string_view value) {
  const auto engine = ParseEngine(value);
  if (!engine) {
    return Invalid("unknown engine \"" + std::string(value) +
                   "\"; known: isolator, docker, mesos, oci");
  }
  target.engine = *engine;
  return {};
}

Status SetKey(Target& target, std::string_view key, std::string_view value) {
  if (key == "arch") {
    const auto architecture = FromAnyName(value);
    if (!architecture) {
      std::string known;
      for (const auto& facts : Architectures()) known += " " + std::string(facts.name);
      return Invalid("unknown architecture \"" + std::string(value) + "\"; known: all," + known);
    }
    target.architecture = *architecture;
  } else if (key == "kernel") {
    const auto version = ParseRelease(value);
    if (!version) return Invalid("\"" + std::string(value) + "\" is no kernel version like 5.10");
    target.kernel = *version;
  } else if (key == "libseccomp") {
    const auto version = ParseLibseccompVersion(value);
    if (!version) {
      return Invalid("\"" + std::string(value) + "\" is no libseccomp version like 2.5.4");
    }
    target.libseccomp = LibseccompRelease(*version);
  } else if (key == "caps") {
    auto capabilities = ParseCapabilities(value);
    if (!capabilities) return std::move(capabilities).error();
    target.capabilities = *capabilities;
  } else if (key == "engine") {
    return SetEngine(target, value);
  } else {
    return Invalid("unknown key \"" + std::string(key) +
                   "\"; known: arch, kernel, libseccomp, caps, engine");
  }
  return {};
}

// The single values that the key's value stands for.
Result<std::vector<std::string>> ValuesOf(std::string_view key, std::string_view value) {
  std::vector<std::string> values;
  if (key == "arch" && value == "all") {
    for (const auto& facts : Architectures()) values.emplace_back(facts.name);
    return values;
  }
  if (key == "arch") {
    static_cast<void>(ForEachPart(value, '+', [&](std::string_view one) -> Status {
      values.emplace_back(one);
      return {};
    }));
    return values;
  }
  const std::size_t dots = key == "kernel" ? value.find("..") : std::string_view::npos;
  if (dots == std::string_view::npos) return std::vector{std::string(value)};
  const auto first = ParseRelease(value.substr(0, dots));
  const auto last = ParseRelease(value.substr(dots + 2));
  if (!first || !last || *last < *first) {
    return Invalid("\"" + std::string(value) + "\" is no range of kernel versions like 4.19..6.12");
  }
  constexpr KernelVersion kOldest{2, 6};
  if (*first < kOldest || *last > kSyscallsUntil) {
    return Invalid("the range \"" + std::string(value) + "\" goes beyond what is known here, " +
                   ToString(kOldest) + ".." + ToString(kSyscallsUntil));
  }
  for (const KernelVersion release : ReleasesBetween(*first, *last)) {
    values.push_back(ToString(release));
  }
  return values;
}

}  // namespace

std::optional<Engine> ParseEngine(std::string_view name) {
  for (const auto& [engine_name, engine] : kEngines) {
    if (name == engine_name) return engine;
  }
  return std::nullopt;
}

std::string_view EngineName(Engine engine) {
  return kEngines[static_cast<std::size_t>(engine)].first;
}

Result<Target> ThisHost(Libseccomp libseccomp) {
  utsname names{};
  if (uname(&names) != 0) return SystemError("uname", errno);
  const auto architecture = FromAnyName(names.machine);
  const auto kernel = ParseRelease(names.release);
  if (!architecture || !kernel) {
    return Error{ErrorCode::kUnsupported,
                 std::string("cannot tell this host's architecture and kernel from uname: ") +
                     names.machine + ", " + names.release,
                 0};
  }
  return Target{*architecture, *kernel, libseccomp, CapabilitySet::Docker(), Engine::kIsolator};
}

Result<std::vector<Target>> ParseTargets(std::string_view text, const Target& defaults) {
  std::vector<Target> targets = {defaults};
  std::vector<std::string_view> seen;
  Status status = ForEachPart(text, ',', [&](std::string_view pair) -> Status {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return Invalid("\"" + std::string(pair) + "\" is not KEY=VALUE");
    }
    const std::string_view key = pair.substr(0, equals);
    if (std::ranges::find(seen, key) != seen.end()) {
      return Invalid("\"" + std::string(key) + "\" is given twice");
    }
    seen.push_back(key);
    auto values = ValuesOf(key, pair.substr(equals + 1));
    if (!values) return std::move(values).error();
    std::vector<Target> product;
    for (const Target& target : targets) {
      for (const std::string& value : *values) {
        product.push_back(target);
        if (Status set = SetKey(product.back(), key, value); !set) return set;
      }
    }
    targets = std::move(product);
    return {};
  });
  if (!status) return std::move(status).error().While("target " + std::string(text));
  if (std::ranges::find(seen, "libseccomp") == seen.end()) {
    for (Target& target : targets) {
      const LibseccompVersion first = LibseccompSince(target.architecture);
      if (target.libseccomp.version < first) target.libseccomp = LibseccompRelease(first);
    }
  }
  return targets;
}

Result<Target> ParseTarget(std::string_view text, const Target& defaults) {
  auto targets = ParseTargets(text, defaults);
  if (!targets) return std::move(targets).error();
  if (targets->size() != 1) {
    return Invalid("target " + std::string(text) + ": means " + std::to_string(targets->size()) +
                   " targets; one is wanted here");
  }
  return targets->front();
}

std::string ToString(const Target& target) {
  return "arch=" + std::string(Facts(target.architecture).name) +
         ",kernel=" + ToString(target.kernel) +
         ",libseccomp=" + ToString(target.libseccomp.version) +
         ",caps=" + ToString(target.capabilities) +
         ",engine=" + std::string(EngineName(target.engine));
}

}  // namespace schema::kernel
