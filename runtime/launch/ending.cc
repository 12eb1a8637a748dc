#include "runtime/launch/ending.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "runtime/launch/plan.h"
#include "runtime/launch/prepare.h"
#include "schema/descriptor.h"

namespace runtime::launch {
namespace {

// Takes a number and the character behind it off the front of `text`.
template <class T>
bool TakeNumber(std::string_view& text, T& number, char after) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop == end || *stop != after) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return true;
}

schema::Result<std::string> ReadLine(int folder, const std::string& name) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const schema::Descriptor file(openat(folder, name.c_str(), kFlags));
  if (!file) return schema::SystemError("open " + name, errno);
  std::array<char, 2 * kEndingRoom> buffer = {};
  const ssize_t length = read(file.number(), buffer.data(), buffer.size());
  if (length < 0) return schema::SystemError("read " + name, errno);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

}  // namespace

schema::Result<std::optional<Ending>> ReadEnding(int folder, const std::string& name) {
  const auto content = ReadLine(folder, name);
  if (!content && content.error().system_errno == ENOENT) return std::optional<Ending>();
  if (!content) return schema::Error(content.error());
  std::string_view text = *content;
  Ending ending;
  if (text.starts_with(kNeverBegun)) {
    ending.has_begun = false;
    text.remove_prefix(std::string_view(kNeverBegun).size());
  }
  if (!TakeNumber(text, ending.status, ' ') || !TakeNumber(text, ending.time.tv_sec, '.') ||
      !TakeNumber(text, ending.time.tv_nsec, '\n') || !text.empty()) {
    return schema::Error{schema::ErrorCode::kInvalid, name + " is not of a monitor"};
  }
  return std::optional<Ending>(ending);
}

bool CanHaveBegun(int folder, const std::string& name) {
  const auto content = ReadLine(folder, name + kUnfinished);
  if (!content) return content.error().system_errno != ENOENT;
  // Empty: the launcher was just making it.
  return !content->empty() && !content->starts_with(kNeverBegun);
}

}  // namespace runtime::launch
