// What a member deep in a JSON value holds, without exceptions: clients leave out what they like.

#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lint::lsp {

using Keys = std::initializer_list<std::string_view>;

// nullptr: there is none, or something on the way is no object.
const boost::json::value* Find(const boost::json::value& from, Keys keys);

std::optional<std::string> StringAt(const boost::json::value& from, Keys keys);

// A whole number that fits.
std::optional<std::size_t> UnsignedAt(const boost::json::value& from, Keys keys);
std::optional<std::int64_t> IntegerAt(const boost::json::value& from, Keys keys);

// Whether it is `true`.
bool IsTrueAt(const boost::json::value& from, Keys keys);

// The strings of an array there; what is no string is left out.
std::vector<std::string> StringsAt(const boost::json::value& from, Keys keys);

}  // namespace lint::lsp
