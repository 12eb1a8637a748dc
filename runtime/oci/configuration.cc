#include "runtime/oci/configuration.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "lint/engine/config.h"
#include "lint/engine/placed_error.h"
#include "lint/report/printable.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/kernel/suggestion.h"

namespace runtime::oci {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Status;
using schema::json::Kind;
using schema::json::Value;

// Where the packages of distributions put them; crun first, since it takes proved programs as they
// are.
constexpr std::array kUsualRuntimes = {"/usr/bin/crun",       "/usr/local/bin/crun",
                                       "/usr/bin/runc",       "/usr/sbin/runc",
                                       "/usr/local/bin/runc", "/usr/local/sbin/runc"};

std::string UsualRuntime() {
  const auto* found = std::ranges::find_if(
      kUsualRuntimes, [](const char* path) { return access(path, X_OK) == 0; });
  return found == kUsualRuntimes.end() ? kUsualRuntimes.front() : *found;
}

RuntimeKind KindByName(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.find("crun") != std::string_view::npos ? RuntimeKind::kCrun : RuntimeKind::kRunc;
}

template <class T>
struct Word {
  std::string_view word;
  T value;
};
constexpr std::array kKinds = {Word<RuntimeKind>{"runc", RuntimeKind::kRunc},
                               Word<RuntimeKind>{"crun", RuntimeKind::kCrun}};
constexpr std::array kUnconfined = {Word<Unconfined>{"allow", Unconfined::kAllow},
                                    Word<Unconfined>{"refuse", Unconfined::kRefuse},
                                    Word<Unconfined>{"default", Unconfined::kDefault}};

// The configuration as it is being read.
struct Reading {
  const std::string& path;
  const std::string& text;
  Configuration configuration;
  std::optional<RuntimeKind> kind;
  std::optional<Unconfined> unconfined;
  std::optional<schema::Span> default_profile;
  std::optional<schema::Span> unconfined_span;

  Error Wrong(schema::Span span, const std::string& message) const {
    return lint::engine::PlacedError(path, text, span, message);
  }
  Error Expected(const Value& value, const std::string& what) const {
    return Wrong(value.span,
                 "expected " + what + ", not " + std::string(schema::json::KindName(value.kind)));
  }
};

Status ReadPath(const Reading& reading, const Value& value, std::string& to) {
  if (value.kind != Kind::kString) return reading.Expected(value, "a path");
  if (!value.text.starts_with('/')) {
    return reading.Wrong(value.span, "give an absolute path: engines start runtimes anywhere");
  }
  to = value.text;
  return {};
}

Status ReadBoolean(const Reading& reading, const Value& value, bool& to) {
  if (value.kind != Kind::kBoolean) return reading.Expected(value, "true or false");
  to = value.boolean;
  return {};
}

template <class T, std::size_t kCount>
Status ReadWord(const Reading& reading, const Value& value,
                const std::array<Word<T>, kCount>& words, std::optional<T>& to) {
  const auto* known = value.kind == Kind::kString
                          ? std::ranges::find(words, value.text, &Word<T>::word)
                          : words.end();
  if (known != words.end()) {
    to = known->value;
    return {};
  }
  std::string list;
  for (const Word<T>& word : words) {
    list += (list.empty() ? "\"" : ", \"") + std::string(word.word) + "\"";
  }
  return reading.Wrong(value.span, "expected one of " + list);
}

struct Key {
  std::string_view name;
  Status (*read)(const Value& value, Reading& reading);
};

constexpr std::array kKeys = {
    Key{"runtime", [](const Value& value,
                      Reading& to) { return ReadPath(to, value, to.configuration.runtime); }},
    Key{"runtime_kind",
        [](const Value& value, Reading& to) { return ReadWord(to, value, kKinds, to.kind); }},
    Key{"profiles", [](const Value& value,
                       Reading& to) { return ReadPath(to, value, to.configuration.profiles); }},
    Key{"default_profile",
        [](const Value& value, Reading& to) -> Status {
          if (value.kind != Kind::kString || value.text.empty()) {
            return to.Expected(value, "the name of a profile");
          }
          to.configuration.default_profile = value.text;
          to.default_profile = value.span;
          return {};
        }},
    Key{"allow_annotation",
        [](const Value& value, Reading& to) {
          return ReadBoolean(to, value, to.configuration.allow_annotation);
        }},
    Key{"unconfined",
        [](const Value& value, Reading& to) {
          to.unconfined_span = value.span;
          return ReadWord(to, value, kUnconfined, to.unconfined);
        }},
    Key{"enosys_horizon",
        [](const Value& value, Reading& to) {
          return ReadBoolean(to, value, to.configuration.enosys_horizon);
        }},
    Key{"cache",
        [](const Value& value, Reading& to) -> Status {
          if (value.kind == Kind::kString && value.text.empty()) {
            to.configuration.cache.clear();
            return {};
          }
          return ReadPath(to, value, to.configuration.cache);
        }},
};

Status ReadMember(const schema::json::Member& member, Reading& to) {
  const auto* key = std::ranges::find(kKeys, member.key.value, &Key::name);
  if (key != kKeys.end()) return key->read(member.value, to);
  std::array<std::string_view, kKeys.size()> names;
  std::ranges::transform(kKeys, names.begin(), &Key::name);
  return to.Wrong(member.key.span, "\"" + lint::report::Printable(member.key.value) +
                                       "\" is no key of this file" +
                                       schema::kernel::DidYouMean(member.key.value, names));
}

// What keys have to do with each other.
Status CheckWhole(Reading& to) {
  Configuration& configuration = to.configuration;
  if (to.default_profile && configuration.profiles.empty()) {
    return to.Wrong(*to.default_profile, "the key \"profiles\" is missing: where the profile lies");
  }
  if (to.unconfined == Unconfined::kDefault && !configuration.default_profile) {
    return to.Wrong(*to.unconfined_span, "there is no \"default_profile\"");
  }
  return {};
}

Status ReadRoot(const schema::json::ReadResult& json, Reading& to) {
  const Value& root = json.document.root;
  Status first;
  if (!json.problems.empty()) {
    first = to.Wrong(json.problems.front().span, json.problems.front().message);
  }
  if (!json.valid) return first;
  if (root.kind != Kind::kObject) return to.Expected(root, "an object");
  // On, after an error: the runtime may stand behind it.
  for (const auto& member : root.members) {
    if (Status status = ReadMember(member, to); !status && first) first = std::move(status);
  }
  if (!first) return first;
  return CheckWhole(to);
}

// Out of a text that is no JSON, for want of a comma somewhere: what seems to be the runtime's
// path.
std::string RuntimeIn(std::string_view text) {
  constexpr std::string_view kKey = "\"runtime\"";
  const std::size_t key = text.find(kKey);
  if (key == std::string_view::npos) return "";
  const std::size_t begin = text.find_first_not_of(" \t\r\n:", key + kKey.size());
  if (begin == std::string_view::npos || !text.substr(begin).starts_with("\"/")) return "";
  const std::size_t end = text.find_first_of("\"\\\n", begin + 1);
  if (end == std::string_view::npos || text[end] != '"') return "";
  return std::string(text.substr(begin + 1, end - begin - 1));
}

void Complete(Reading& to) {
  Configuration& configuration = to.configuration;
  if (configuration.runtime.empty()) configuration.runtime = RuntimeIn(to.text);
  if (configuration.runtime.empty()) configuration.runtime = UsualRuntime();
  configuration.kind = to.kind.value_or(KindByName(configuration.runtime));
  configuration.unconfined = to.unconfined.value_or(
      configuration.default_profile ? Unconfined::kDefault : Unconfined::kRefuse);
}

}  // namespace

ReadConfiguration ParseConfiguration(const std::string& path, const std::string& text) {
  const std::string shown = lint::report::Printable(path);
  Reading reading{shown, text, {}, {}, {}, {}, {}};
  Status status;
  auto blanked = lint::engine::BlankComments(shown, text);
  if (blanked) {
    status = ReadRoot(schema::json::Read(std::move(*blanked)), reading);
  } else {
    status = std::move(blanked).error();
  }
  Complete(reading);
  return {std::move(reading.configuration), std::move(status)};
}

ReadConfiguration LoadConfiguration(const std::optional<std::string>& path) {
  auto text = schema::json::ReadRegularFile(path.value_or(kConfigurationPath));
  if (text) return ParseConfiguration(path.value_or(kConfigurationPath), *text);
  ReadConfiguration defaults = ParseConfiguration(kConfigurationPath, "{}");
  const bool may_lack = !path && text.error().code == ErrorCode::kNotFound;
  if (!may_lack) defaults.status = std::move(text).error();
  return defaults;
}

}  // namespace runtime::oci
