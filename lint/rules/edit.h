// Edits of a profile's text that look as if its author had made them: what is inserted takes the
// white space, line ends and commas of its neighbours, and what is removed takes its comma and,
// where it stands alone on it, its line.
//
//     ["read",  "write",  "read"]      remove the last       ["read",  "write"]
//     ["chroot", "read"]               insert after chroot   ["chroot", "pivot_root", "read"]

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules/fix.h"
#include "schema/json/document.h"
#include "schema/span.h"

namespace lint::rules {

// The array or object that `child`, the span of an element, of a member's value or of its key, lies
// directly in; nullptr: there is none.
const schema::json::Value* ContainerOf(const schema::json::Document& document, schema::Span child);

// The value with this span; nullptr: there is none.
const schema::json::Value* ValueAt(const schema::json::Document& document, schema::Span span);

// The source of a place.
std::string SourceOf(const schema::json::Document& document, schema::Span span);

// An element of an array; std::nullopt where `element` is none. Edits of neighbours may touch, and
// overlap where not both can be made.
std::optional<Edit> RemoveElement(const schema::json::Document& document, schema::Span element);

// The same of an object's member, by the span of its value.
std::optional<Edit> RemoveMember(const schema::json::Document& document, schema::Span value);

// Behind an element, what it is given in the array's style.
std::optional<Edit> InsertElementAfter(const schema::json::Document& document, schema::Span element,
                                       std::string_view text);

// Behind a member, by the span of its value, a member `key` in the object's style.
std::optional<Edit> InsertMemberAfter(const schema::json::Document& document, schema::Span value,
                                      std::string_view key, std::string_view text);

// The array, with only the element number `index` in it.
std::string WithOnly(const schema::json::Document& document, const schema::json::Value& array,
                     std::size_t index);

// A rule in the style of `model`, a rule of the document: {"names": [...], "action":
// "SCMP_ACT_ERRNO", "errnoRet": ...}. std::nullopt where that is no object with a member.
std::optional<std::string> ErrnoRuleText(const schema::json::Document& document, schema::Span model,
                                         const std::vector<std::string>& names,
                                         std::uint16_t number);

// Whether the rule holds something written for people: a comment, or a key that no engine reads.
// Who removes the rule loses it, so such a fix is not safe.
bool HasRemark(const schema::json::Document& document, schema::Span rule);

// A fix of these edits, sorted; std::nullopt where one of them cannot be made.
std::optional<Fix> FixBy(bool safe, std::string summary, std::vector<std::optional<Edit>> edits);

// Removes a rule of the profile: safe only without a remark. `safe` false: not even then.
std::optional<Fix> RemoveRule(const schema::json::Document& document, schema::Span rule,
                              bool safe = true);

}  // namespace lint::rules
