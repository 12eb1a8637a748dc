#include "lint/rules/edit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lint/rules/places.h"

namespace lint::rules {
namespace {

using schema::Span;
using schema::json::Document;
using schema::json::Kind;
using schema::json::Member;
using schema::json::Value;

bool Contains(Span outer, Span inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

// A member from its key on.
Span WholeOf(const Member& member) { return {member.key.span.begin, member.value.span.end}; }

// What stands between the brackets: items or members. Nothing here is linear in their number, since
// a file may have thousands and a fix for each.
std::size_t ChildCount(const Value& container) {
  return container.items.size() + container.members.size();
}

Span ChildSpan(const Value& container, std::size_t index) {
  return container.items.empty() ? WholeOf(container.members[index]) : container.items[index].span;
}

// The child that begins last of those that begin at or before `begin`; std::nullopt: none does.
std::optional<std::size_t> ChildAt(const Value& container, std::size_t begin) {
  std::size_t low = 0;
  std::size_t high = ChildCount(container);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (ChildSpan(container, middle).begin <= begin) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  return low - 1;
}

std::string_view Between(const Document& document, std::size_t begin, std::size_t end) {
  return std::string_view(document.text).substr(begin, end - begin);
}

bool HasLineEnd(std::string_view space) { return space.find('\n') != std::string_view::npos; }

// What stands between two children of a container, comma included.
std::string Separator(const Document& document, const Value& container, std::size_t index) {
  const bool has_next = index + 1 < ChildCount(container);
  const Span child = ChildSpan(container, index);
  const auto after =
      has_next ? Between(document, child.end, ChildSpan(container, index + 1).begin) : "";
  // Of a row among several rows the end is not how its elements are set apart.
  if (index > 0) {
    const auto before = Between(document, ChildSpan(container, index - 1).end, child.begin);
    if (!has_next || (HasLineEnd(after) && !HasLineEnd(before))) return std::string(before);
  }
  return std::string(after);
}

// The same for a container's only child.
std::string LoneSeparator(const Document& document, const Value& container, Span child) {
  const auto before = Between(document, container.span.begin + 1, child.begin);
  return HasLineEnd(before) ? "," + std::string(before) : ", ";
}

std::string SeparatorBehind(const Document& document, const Value& container, std::size_t index) {
  return ChildCount(container) == 1 ? LoneSeparator(document, container, ChildSpan(container, 0))
                                    : Separator(document, container, index);
}

Edit RemoveChild(const Document& document, const Value& container, std::size_t index) {
  const std::size_t count = ChildCount(container);
  const Span child = ChildSpan(container, index);
  if (count == 1) return {{container.span.begin + 1, container.span.end - 1}, ""};
  if (index == 0) return {{child.begin, ChildSpan(container, 1).begin}, ""};
  const Span before = ChildSpan(container, index - 1);
  if (index + 1 < count) {
    const Span next = ChildSpan(container, index + 1);
    // The first of its row: the row's other elements stay in it.
    if (HasLineEnd(Between(document, before.end, child.begin)) &&
        !HasLineEnd(Between(document, child.end, next.begin))) {
      return {{child.begin, next.begin}, ""};
    }
  }
  return {{before.end, child.end}, ""};
}

// Where `value` stands among the container's children, by its own span or its key's.
std::optional<std::size_t> IndexOf(const Value& container, Span value) {
  const auto index = ChildAt(container, value.begin);
  if (!index) return std::nullopt;
  if (!container.items.empty()) {
    return container.items[*index].span == value ? index : std::nullopt;
  }
  const Member& member = container.members[*index];
  return member.value.span == value || member.key.span == value ? index : std::nullopt;
}

std::optional<Edit> Remove(const Document& document, Span child, Kind kind) {
  const Value* container = ContainerOf(document, child);
  if (container == nullptr || container->kind != kind) return std::nullopt;
  return RemoveChild(document, *container, *IndexOf(*container, child));
}

// What stands between a key and its value, colon included.
std::string ColonOf(const Document& document, const Member& member) {
  return std::string(Between(document, member.key.span.end, member.value.span.begin));
}

// What engines read of a rule, but for `comment`: schema/profile/profile.h.
constexpr auto kRuleKeys = std::to_array<std::string_view>(
    {"names", "name", "action", "errnoRet", "errno", "args", "includes", "excludes"});

}  // namespace

const Value* ContainerOf(const Document& document, Span child) {
  const Value* container = &document.root;
  while (true) {
    if (IndexOf(*container, child)) return container;
    const auto index = ChildAt(*container, child.begin);
    if (!index) return nullptr;
    const Value* inner =
        container->items.empty() ? &container->members[*index].value : &container->items[*index];
    if (!Contains(inner->span, child)) return nullptr;
    container = inner;
  }
}

const Value* ValueAt(const Document& document, Span span) {
  if (document.root.span == span) return &document.root;
  const Value* container = ContainerOf(document, span);
  if (container == nullptr) return nullptr;
  const std::size_t index = *IndexOf(*container, span);
  if (!container->items.empty()) return &container->items[index];
  const Value& value = container->members[index].value;
  return value.span == span ? &value : nullptr;
}

std::string SourceOf(const Document& document, Span span) {
  return std::string(Between(document, span.begin, span.end));
}

std::optional<Edit> RemoveElement(const Document& document, Span element) {
  return Remove(document, element, Kind::kArray);
}

std::optional<Edit> RemoveMember(const Document& document, Span value) {
  return Remove(document, value, Kind::kObject);
}

std::optional<Edit> InsertElementAfter(const Document& document, Span element,
                                       std::string_view text) {
  const Value* array = ContainerOf(document, element);
  if (array == nullptr || array->kind != Kind::kArray) return std::nullopt;
  const std::size_t index = *IndexOf(*array, element);
  return Edit{{element.end, element.end},
              SeparatorBehind(document, *array, index) + std::string(text)};
}

std::optional<Edit> InsertMemberAfter(const Document& document, Span value, std::string_view key,
                                      std::string_view text) {
  const Value* object = ContainerOf(document, value);
  if (object == nullptr || object->kind != Kind::kObject) return std::nullopt;
  const std::size_t index = *IndexOf(*object, value);
  const Member& member = object->members[index];
  return Edit{{member.value.span.end, member.value.span.end},
              SeparatorBehind(document, *object, index) + Quoted(key) + ColonOf(document, member) +
                  std::string(text)};
}

std::string WithOnly(const Document& document, const Value& array, std::size_t index) {
  const Span first = array.items.front().span;
  const Span last = array.items.back().span;
  return SourceOf(document, {array.span.begin, first.begin}) +
         SourceOf(document, array.items[index].span) +
         SourceOf(document, {last.end, array.span.end});
}

std::optional<std::string> ErrnoRuleText(const Document& document, Span model,
                                         const std::vector<std::string>& names,
                                         std::uint16_t number) {
  const Value* rule = ValueAt(document, model);
  if (rule == nullptr || rule->members.empty()) return std::nullopt;
  const Member& first = rule->members.front();
  const std::string colon = ColonOf(document, first);
  const std::string comma = SeparatorBehind(document, *rule, 0);
  std::string text = SourceOf(document, {model.begin, first.key.span.begin}) + "\"names\"" + colon;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "[" : colon == ":" ? "," : ", ") + Quoted(names[i]);
  }
  return text + "]" + comma + "\"action\"" + colon + "\"SCMP_ACT_ERRNO\"" + comma + "\"errnoRet\"" +
         colon + std::to_string(number) +
         SourceOf(document, {rule->members.back().value.span.end, model.end});
}

bool HasRemark(const Document& document, Span rule) {
  const Value* object = ValueAt(document, rule);
  if (object == nullptr) return false;
  return std::ranges::any_of(object->members, [](const Member& member) {
    if (std::ranges::find(kRuleKeys, member.key.value) != kRuleKeys.end()) return false;
    const Value& value = member.value;
    const bool says_nothing =
        value.kind == Kind::kNull || (value.kind == Kind::kString && value.text.empty());
    return !says_nothing;
  });
}

std::optional<Fix> FixBy(bool safe, std::string summary, std::vector<std::optional<Edit>> edits) {
  Fix fix{safe, std::move(summary), {}};
  for (std::optional<Edit>& edit : edits) {
    if (!edit) return std::nullopt;
    fix.edits.push_back(std::move(*edit));
  }
  if (fix.edits.empty()) return std::nullopt;
  std::ranges::stable_sort(fix.edits, {}, [](const Edit& edit) { return edit.span.begin; });
  return fix;
}

std::optional<Fix> RemoveRule(const Document& document, Span rule, bool safe) {
  const bool remark = HasRemark(document, rule);
  return FixBy(safe && !remark, remark ? "remove the rule and its comment" : "remove the rule",
               {RemoveElement(document, rule)});
}

}  // namespace lint::rules
