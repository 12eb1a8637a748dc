#include "schema/profile/write.h"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/json/encoding.h"

namespace schema::profile {
namespace {

using json::Quoted;

constexpr std::size_t kColumns = 100;

// "key": value
std::string Member(std::string_view key, std::string_view value) {
  return Quoted(key) + ": " + std::string(value);
}

// Elements on one line, such as ["read", "write"], or { "index": 0 }.
std::string OnOneLine(const std::vector<std::string>& elements, bool object) {
  if (elements.empty()) return object ? "{}" : "[]";
  std::string out = object ? "{ " : "[";
  for (std::size_t i = 0; i < elements.size(); ++i) out += (i == 0 ? "" : ", ") + elements[i];
  return out + (object ? " }" : "]");
}

// Elements a line each, indented by two more than `indent`.
std::string OnLines(const std::vector<std::string>& elements, bool object, std::size_t indent) {
  if (elements.empty()) return object ? "{}" : "[]";
  std::string out = object ? "{" : "[";
  for (std::size_t i = 0; i < elements.size(); ++i) {
    out += (i == 0 ? "\n" : ",\n") + std::string(indent + 2, ' ') + elements[i];
  }
  return out + "\n" + std::string(indent, ' ') + (object ? "}" : "]");
}

// On one line behind `before` columns, or as many lines as it takes.
std::string Filled(const std::vector<std::string>& elements, std::size_t indent,
                   std::size_t before) {
  std::string line = OnOneLine(elements, false);
  if (before + line.size() < kColumns) return line;
  std::string out = "[";
  std::size_t column = kColumns;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const bool is_last = i + 1 == elements.size();
    const std::string element = elements[i] + (is_last ? "" : ",");
    if (column + 1 + element.size() > kColumns) {
      out += "\n" + std::string(indent + 2, ' ') + element;
      column = indent + 2 + element.size();
    } else {
      out += " " + element;
      column += 1 + element.size();
    }
  }
  return out + "\n" + std::string(indent, ' ') + "]";
}

template <class T, class Text>
std::vector<std::string> Texts(const std::vector<Spanned<T>>& values, Text text) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const auto& value : values) texts.push_back(Quoted(text(value.value)));
  return texts;
}

std::vector<std::string> Strings(const std::vector<Spanned<std::string>>& values) {
  return Texts(values, [](const std::string& value) -> const std::string& { return value; });
}

std::vector<std::string> ArchitectureNames(
    const std::vector<Spanned<kernel::Architecture>>& values) {
  return Texts(values, [](kernel::Architecture value) { return kernel::Facts(value).scmp_name; });
}

std::string ArgumentText(const Argument& argument) {
  std::vector<std::string> members = {Member("index", std::to_string(argument.index->value)),
                                      Member("value", std::to_string(argument.value->value))};
  if (argument.value_two) {
    members.push_back(Member("valueTwo", std::to_string(argument.value_two->value)));
  }
  members.push_back(Member("op", Quoted(kernel::ScmpName(argument.op->value))));
  return OnOneLine(members, true);
}

std::string ConditionsText(const Conditions& conditions, std::size_t indent, std::size_t before) {
  const std::size_t inner = indent + 2;
  const auto list = [&](std::string_view key, const std::vector<Spanned<std::string>>& values,
                        bool fill) {
    const auto texts = Strings(values);
    return Member(key,
                  fill ? Filled(texts, inner, inner + key.size() + 4) : OnOneLine(texts, false));
  };
  const auto members = [&](bool fill) {
    std::vector<std::string> all;
    if (!conditions.caps.empty()) all.push_back(list("caps", conditions.caps, fill));
    if (!conditions.arches.empty()) all.push_back(list("arches", conditions.arches, fill));
    if (conditions.min_kernel) {
      all.push_back(Member("minKernel", Quoted(ToString(conditions.min_kernel->value))));
    }
    return all;
  };
  const std::string line = OnOneLine(members(false), true);
  return before + line.size() < kColumns ? line : OnLines(members(true), true, indent);
}

std::string RuleText(const Rule& rule) {
  constexpr std::size_t kIndent = 6;
  std::vector<std::string> members;
  if (rule.comment) members.push_back(Member("comment", Quoted(rule.comment->value)));
  const auto names = rule.AllNames();
  const std::vector<Spanned<std::string>> copy(names.begin(), names.end());
  constexpr std::size_t kBefore = kIndent + std::string_view("\"names\": ").size();
  members.push_back(Member("names", Filled(Strings(copy), kIndent, kBefore)));
  if (rule.action) {
    members.push_back(Member("action", Quoted(kernel::Facts(rule.action->value).scmp_name)));
  }
  if (rule.errno_ret) members.push_back(Member("errnoRet", std::to_string(rule.errno_ret->value)));
  if (rule.errno_name) members.push_back(Member("errno", Quoted(rule.errno_name->value)));
  constexpr std::size_t kBeforeConditions = kIndent + std::string_view("\"includes\": ").size();
  std::vector<std::string> arguments;
  arguments.reserve(rule.args.size());
  for (const Argument& argument : rule.args) arguments.push_back(ArgumentText(argument));
  if (!arguments.empty()) members.push_back(Member("args", OnLines(arguments, false, kIndent)));
  if (rule.includes) {
    members.push_back(
        Member("includes", ConditionsText(*rule.includes, kIndent, kBeforeConditions)));
  }
  if (rule.excludes) {
    members.push_back(
        Member("excludes", ConditionsText(*rule.excludes, kIndent, kBeforeConditions)));
  }
  return OnLines(members, true, kIndent - 2);
}

std::string ArchMapText(const std::vector<ArchMapEntry>& entries) {
  std::vector<std::string> texts;
  for (const ArchMapEntry& entry : entries) {
    std::vector<std::string> members;
    if (entry.architecture) {
      members.push_back(
          Member("architecture", Quoted(kernel::Facts(entry.architecture->value).scmp_name)));
    }
    members.push_back(
        Member("subArchitectures", OnOneLine(ArchitectureNames(entry.subarchitectures), false)));
    const std::string line = OnOneLine(members, true);
    texts.push_back(4 + line.size() < kColumns ? line : OnLines(members, true, 4));
  }
  return OnLines(texts, false, 2);
}

}  // namespace

std::string ToJson(const Profile& profile) {
  std::vector<std::string> members;
  if (profile.default_action) {
    members.push_back(
        Member("defaultAction", Quoted(kernel::Facts(profile.default_action->value).scmp_name)));
  }
  if (profile.default_errno_ret) {
    members.push_back(Member("defaultErrnoRet", std::to_string(profile.default_errno_ret->value)));
  }
  if (profile.default_errno_name) {
    members.push_back(Member("defaultErrno", Quoted(profile.default_errno_name->value)));
  }
  if (profile.architectures) {
    constexpr std::size_t kBefore = 2 + std::string_view("\"architectures\": ").size();
    members.push_back(Member("architectures",
                             Filled(ArchitectureNames(profile.architectures->value), 2, kBefore)));
  }
  if (profile.arch_map) {
    members.push_back(Member("archMap", ArchMapText(profile.arch_map->value)));
  }
  if (!profile.flags.empty()) {
    members.push_back(Member("flags", OnOneLine(Strings(profile.flags), false)));
  }
  if (profile.listener_path) {
    members.push_back(Member("listenerPath", Quoted(profile.listener_path->value)));
  }
  if (profile.listener_metadata) {
    members.push_back(Member("listenerMetadata", Quoted(profile.listener_metadata->value)));
  }
  std::vector<std::string> rules;
  rules.reserve(profile.syscalls.size());
  for (const Rule& rule : profile.syscalls) rules.push_back(RuleText(rule));
  members.push_back(Member("syscalls", OnLines(rules, false, 2)));
  return OnLines(members, true, 0) + "\n";
}

}  // namespace schema::profile
