#include "schema/error.h"

#include <cstring>
#include <stdexcept>

namespace schema {

Error SystemError(std::string what, int number) {
  return {ErrorCode::kSystem, std::move(what) + ": " + std::strerror(number), number};
}

// Reached only by value() on a Result that holds an Error: a bug of the caller.
void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error(error.message);
}

}  // namespace schema
