#include "lint/engine/config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

#include "lint/engine/glob.h"
#include "lint/engine/placed_error.h"
#include "schema/json/reader.h"
#include "schema/kernel/suggestion.h"
#include "schema/kernel/target.h"

namespace lint::engine {
namespace {

using rules::Severity;
using schema::Status;
using schema::json::Kind;
using schema::json::Member;
using schema::json::Value;

// The file that is read, for its errors.
struct File {
  const std::string& path;
  const std::string& text;

  schema::Error Wrong(schema::Span span, const std::string& message) const {
    return PlacedError(path, text, span, message);
  }
  schema::Error Expected(const Value& value, const std::string& what) const {
    return Wrong(value.span,
                 "expected " + what + ", not " + std::string(schema::json::KindName(value.kind)));
  }
};

std::optional<Severity> SeverityNamed(std::string_view name) {
  for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kError}) {
    if (name == rules::SeverityName(severity)) return severity;
  }
  return std::nullopt;
}

// A key of an object that is read into a T.
template <class T>
struct Key {
  std::string_view name;
  Status (*read)(const File& file, const Value& value, T& to);
};

template <class T>
Status ReadObject(const File& file, const Value& value, std::span<const Key<T>> keys, T& to) {
  if (value.kind != Kind::kObject) return file.Expected(value, "an object");
  for (const Member& member : value.members) {
    const auto key = std::ranges::find(keys, member.key.value, &Key<T>::name);
    if (key == keys.end()) {
      std::vector<std::string_view> names;
      for (const Key<T>& known : keys) names.push_back(known.name);
      return file.Wrong(member.key.span, "\"" + member.key.value + "\" is no key of this file" +
                                             schema::kernel::DidYouMean(member.key.value, names));
    }
    if (auto status = key->read(file, member.value, to); !status) return status;
  }
  return {};
}

// A list of strings, each of which `check` takes.
template <class Check>
Status ReadList(const File& file, const Value& value, const Check& check,
                std::vector<std::string>& to) {
  if (value.kind != Kind::kArray) return file.Expected(value, "a list of strings");
  if (value.items.empty()) return file.Wrong(value.span, "this list is empty: leave the key out");
  for (const Value& item : value.items) {
    if (item.kind != Kind::kString) return file.Expected(item, "a string");
    if (const auto checked = check(item.text); !checked) {
      return file.Wrong(item.span, checked.error().message);
    }
    to.push_back(item.text);
  }
  return {};
}

Status ReadTargets(const File& file, const Value& value, Changes& to) {
  const auto check = [](const std::string& text) { return schema::kernel::ParseTargets(text, {}); };
  return ReadList(file, value, check, to.targets);
}

Status ReadSelect(const File& file, const Value& value, Changes& to) {
  return ReadList(file, value, FindRules, to.select);
}

Status ReadIgnore(const File& file, const Value& value, Changes& to) {
  return ReadList(file, value, FindRules, to.ignore);
}

Status ReadSeverity(const File& file, const Value& value, Changes& to) {
  if (value.kind != Kind::kObject) return file.Expected(value, "an object of rules");
  for (const Member& member : value.members) {
    const auto found = FindRules(member.key.value);
    if (!found) return file.Wrong(member.key.span, found.error().message);
    if (member.value.kind != Kind::kString) return file.Expected(member.value, "a severity");
    const auto severity = SeverityNamed(member.value.text);
    if (!severity && member.value.text != "off") {
      constexpr std::array<std::string_view, 4> kNames = {"error", "warning", "info", "off"};
      return file.Wrong(member.value.span,
                        "\"" + member.value.text + "\" is no severity: error, warning, info, off" +
                            schema::kernel::DidYouMean(member.value.text, kNames));
    }
    for (const rules::Rule* rule : *found) to.severity.emplace_back(rule, severity);
  }
  return {};
}

Status ReadPaths(const File& file, const Value& value, PathChanges& to) {
  const auto check = [](const std::string&) { return Status(); };
  return ReadList(file, value, check, to.paths);
}

Status ReadFailLevel(const File& file, const Value& value, Config& to) {
  if (value.kind != Kind::kString) return file.Expected(value, "a severity or \"never\"");
  to.fail_level = FailLevelNamed(value.text);
  if (to.fail_level) return {};
  constexpr std::array<std::string_view, 4> kNames = {"error", "warning", "info", "never"};
  return file.Wrong(value.span, "\"" + value.text + "\" is none of error, warning, info, never" +
                                    schema::kernel::DidYouMean(value.text, kNames));
}

Status ReadBaselinePath(const File& file, const Value& value, Config& to) {
  if (value.kind != Kind::kString || value.text.empty()) return file.Expected(value, "a path");
  to.baseline = value.text;
  return {};
}

// The key of a Changes, where it stands in a T that has one.
template <class T, Status (*read)(const File&, const Value&, Changes&)>
Status Within(const File& file, const Value& value, T& to) {
  return read(file, value, to.changes);
}

constexpr std::array kPathKeys = {
    Key<PathChanges>{"paths", &ReadPaths},
    Key<PathChanges>{"targets", &Within<PathChanges, ReadTargets>},
    Key<PathChanges>{"select", &Within<PathChanges, ReadSelect>},
    Key<PathChanges>{"ignore", &Within<PathChanges, ReadIgnore>},
    Key<PathChanges>{"severity", &Within<PathChanges, ReadSeverity>},
};

Status ReadPerPath(const File& file, const Value& value, Config& to) {
  if (value.kind != Kind::kArray) return file.Expected(value, "a list of objects with \"paths\"");
  for (const Value& item : value.items) {
    PathChanges changes;
    if (auto status = ReadObject<PathChanges>(file, item, kPathKeys, changes); !status) {
      return status;
    }
    if (changes.paths.empty()) return file.Wrong(item.span, "the key \"paths\" is missing");
    to.per_path.push_back(std::move(changes));
  }
  return {};
}

constexpr std::array kKeys = {
    Key<Config>{"targets", &Within<Config, ReadTargets>},
    Key<Config>{"select", &Within<Config, ReadSelect>},
    Key<Config>{"ignore", &Within<Config, ReadIgnore>},
    Key<Config>{"severity", &Within<Config, ReadSeverity>},
    Key<Config>{"fail-level", &ReadFailLevel},
    Key<Config>{"baseline", &ReadBaselinePath},
    Key<Config>{"per-path", &ReadPerPath},
};

}  // namespace

std::optional<FailLevel> FailLevelNamed(std::string_view name) {
  if (name == "never") return FailLevel::kNever;
  const auto severity = SeverityNamed(name);
  if (!severity) return std::nullopt;
  return static_cast<FailLevel>(*severity);
}

bool Fails(Severity severity, FailLevel level) {
  return static_cast<int>(severity) >= static_cast<int>(level);
}

std::vector<const Changes*> Config::For(std::string_view path) const {
  std::vector<const Changes*> all = {&changes};
  for (const PathChanges& some : per_path) {
    if (std::ranges::any_of(
            some.paths, [&](const std::string& pattern) { return MatchesGlob(pattern, path); })) {
      all.push_back(&some.changes);
    }
  }
  return all;
}

schema::Result<std::string> BlankComments(const std::string& path, const std::string& text) {
  std::string blanked = text;  // not `text` itself: a blank is a column of its own, a byte is not
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i) {
        if (text[i] == '\\') ++i;
      }
      ++i;
      continue;
    }
    const std::string_view two = std::string_view(text).substr(i, 2);
    if (two != "//" && two != "/*") {
      ++i;
      continue;
    }
    std::size_t end = two == "//" ? text.find('\n', i) : text.find("*/", i + 2);
    if (two == "/*" && end == std::string::npos) {
      return PlacedError(path, text, {i, i + 2}, "this comment has no end: \"*/\" is missing");
    }
    end = end == std::string::npos ? text.size() : end + (two == "/*" ? 2 : 0);
    std::replace_if(
        blanked.begin() + static_cast<std::ptrdiff_t>(i),
        blanked.begin() + static_cast<std::ptrdiff_t>(end),
        [](char c) { return c != '\n' && c != '\r'; }, ' ');
    i = end;
  }
  return blanked;
}

schema::Result<Config> ParseConfig(const std::string& path, const std::string& text) {
  auto blanked = BlankComments(path, text);
  if (!blanked) return std::move(blanked).error();
  const schema::json::ReadResult json = schema::json::Read(std::move(*blanked));
  const File file{path, text};
  if (!json.problems.empty()) {
    return file.Wrong(json.problems.front().span, json.problems.front().message);
  }
  Config config;
  config.folder = std::filesystem::absolute(path).lexically_normal().parent_path().string();
  if (auto status = ReadObject<Config>(file, json.document.root, kKeys, config); !status) {
    return std::move(status).error();
  }
  return config;
}

}  // namespace lint::engine
