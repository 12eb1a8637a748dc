#include "lint/lsp/json_access.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace lint::lsp {

const boost::json::value* Find(const boost::json::value& from, Keys keys) {
  const boost::json::value* here = &from;
  for (const std::string_view key : keys) {
    const boost::json::object* object = here->if_object();
    here = object == nullptr ? nullptr : object->if_contains(key);
    if (here == nullptr) return nullptr;
  }
  return here;
}

std::optional<std::string> StringAt(const boost::json::value& from, Keys keys) {
  const boost::json::value* value = Find(from, keys);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> IntegerAt(const boost::json::value& from, Keys keys) {
  const boost::json::value* value = Find(from, keys);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error) return std::nullopt;
  return number;
}

std::optional<std::size_t> UnsignedAt(const boost::json::value& from, Keys keys) {
  const auto number = IntegerAt(from, keys);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

bool IsTrueAt(const boost::json::value& from, Keys keys) {
  const boost::json::value* value = Find(from, keys);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> StringsAt(const boost::json::value& from, Keys keys) {
  std::vector<std::string> strings;
  const boost::json::value* value = Find(from, keys);
  if (value == nullptr || !value->is_array()) return strings;
  for (const boost::json::value& item : value->get_array()) {
    if (item.is_string()) strings.emplace_back(item.get_string());
  }
  return strings;
}

}  // namespace lint::lsp
