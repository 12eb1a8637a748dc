// Words for what the parser refused, made from the text around the place.

#pragma once

#include <boost/json/error.hpp>
#include <cstddef>
#include <string_view>

#include "schema/json/reader.h"

namespace schema::json {

// `text` is a JSON text from byte `start` on, of which the parser took the bytes before `consumed`
// and then gave `error` (none: there is text behind the value). `what`: as Read has it.
Problem DescribeSyntaxError(std::string_view text, std::size_t start, std::size_t consumed,
                            boost::json::error_code error, std::string_view what);

}  // namespace schema::json
