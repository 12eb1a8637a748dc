// Error: the job could not be done. (That a profile is questionable is no Error; it is a
// profile::Problem or a lint::engine::Finding, and never mixed with this.)
//
//     Result<Filter> filter = Compile(policy);
//     if (!filter) return std::move(filter).error().While("compiling " + path);

#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace schema {

enum class ErrorCode {
  kInvalid,      // the caller's input is wrong, and the message says how
  kNotFound,     // what was named does not exist
  kSystem,       // a system call failed: see Error::system_errno
  kUnsupported,  // this kernel, library or build cannot do it
  kLimit,        // a documented bound was exceeded
};

struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string message;   // names the file, system call or field; no trailing period
  int system_errno = 0;  // errno(3) of the failed call, 0 where none failed

  // The same error with its context before it: "loading a.json: open: No such file or directory".
  Error While(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

// kSystem with strerror(`number`) appended: "open /x: Permission denied".
Error SystemError(std::string what, int number);

[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& location);

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

using Status = Result<void>;

}  // namespace schema
