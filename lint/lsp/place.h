// Where in a profile a cursor stands, read off a text that may be broken: somebody is typing it.
// A string that does not end on its line ends with it; a bracket without its partner counts for
// nothing.
//
//     {"syscalls": [{"names": ["read", "wr|      path "/syscalls/*/names/*", word `wr`,
//                                                siblings {"read"}

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace lint::lsp {

struct Place {
  enum class Role {
    kKey,    // of an object: a key is there, or may begin there
    kValue,  // the same of a value
    kNone,   // neither: behind a value, before its comma
  };
  Role role = Role::kNone;
  // Keys from the root, "*" for an array's element, as in "/syscalls/*/action"; of a key: those of
  // its object. "" is the root.
  std::string path;
  // Of the word that the cursor is in or beside, without quotes; empty, at the cursor: there is
  // none.
  schema::Span word;
  bool quoted = false;  // the word is in quotes, or behind one
  // The other keys of the object, or the other strings of the array.
  std::vector<std::string> siblings;
};

// std::nullopt: deeper than any profile. Linear in the text.
std::optional<Place> FindPlace(std::string_view text, std::size_t offset);

// Whether the object at the root has one of these keys, as far as it can be read.
bool HasRootKey(std::string_view text, std::string_view key, std::string_view or_key);

}  // namespace lint::lsp
