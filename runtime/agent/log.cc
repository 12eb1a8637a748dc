#include "runtime/agent/log.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <ctime>
#include <utility>

#include "lint/report/printable.h"

namespace runtime::agent {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kLevels = {{
    {"INFO", "info"},
    {"WARNING", "warning"},
    {"ERROR", "error"},
}};  // by Level: of the flag, of the lines

// RFC 3339, in UTC, to the millisecond.
std::string Rfc3339(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  const std::time_t seconds = since.count() / 1000;
  std::tm utc = {};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text = {};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 16> fraction = {};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(since.count() % 1000));
  return std::string(text.data(), length) + fraction.data();
}

std::string ValueText(const Field& field) {
  if (field.is_number) return field.value;
  // Line feeds stay, for Quoted to escape.
  return field.is_whole ? lint::report::PrintableLines(field.value)
                        : lint::report::Shortened(field.value, kMaxValueBytes);
}

std::string Quoted(const std::string& text) {
  return boost::json::serialize(boost::json::value(text));
}

// logfmt: bare where nothing in it could be taken for something else.
std::string Bare(const std::string& text) {
  const bool is_plain = std::ranges::none_of(
      text, [](char c) { return c == ' ' || c == '"' || c == '=' || c == '\\' || c == '\n'; });
  return is_plain ? text : Quoted(text);
}

std::string LineOfNow(LogFormat format, bool with_time, Level level, std::string_view event,
                      std::initializer_list<Field> fields) {
  std::optional<std::chrono::system_clock::time_point> time;
  if (with_time) time = std::chrono::system_clock::now();
  return LogLine(format, time, level, event, fields);
}

}  // namespace

std::optional<Level> ParseLevel(std::string_view name) {
  const auto* found =
      std::ranges::find(kLevels, name, &std::pair<std::string_view, std::string_view>::first);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<Level>(found - kLevels.begin());
}

std::string LogLine(LogFormat format, std::optional<std::chrono::system_clock::time_point> time,
                    Level level, std::string_view event, std::initializer_list<Field> fields) {
  const bool is_json = format == LogFormat::kJson;
  std::string line;
  const auto add = [&](const Field& field) {
    if (field.value.empty()) return;
    if (!line.empty()) line += is_json ? ',' : ' ';
    const std::string value = ValueText(field);
    if (is_json) {
      line += '"' + std::string(field.key) + "\":" + (field.is_number ? value : Quoted(value));
    } else {
      line += std::string(field.key) + '=' + Bare(value);
    }
  };
  if (time) add({"time", Rfc3339(*time)});
  add({"level", kLevels[static_cast<std::size_t>(level)].second});
  add({"event", event});
  for (const Field& field : fields) add(field);
  return is_json ? '{' + line + "}\n" : line + '\n';
}

bool IsJournal(int fd, std::string_view variable) {
  struct stat status {};
  if (variable.empty() || fstat(fd, &status) != 0) return false;
  return variable == std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

Log::Log(LogFormat format, Level least, bool with_time, int fd)
    : format_(format), least_(least), with_time_(with_time), writer_(fd, [=](std::uint64_t lines) {
        if (Level::kWarning < least) return std::string();
        return LineOfNow(format, with_time, Level::kWarning, "log_dropped", {{"lines", lines}});
      }) {}

void Log::Write(Level level, std::string_view event, std::initializer_list<Field> fields) const {
  if (level < least_) return;
  writer_.Put(LineOfNow(format_, with_time_, level, event, fields));
}

std::optional<std::uint64_t> RateLimit::Admit(Time now) {
  const std::lock_guard lock(mutex_);
  if (!begin_ || now - *begin_ >= period_) {
    begin_ = now;
    told_ = 0;
  }
  if (told_ >= most_) {
    ++untold_;
    return std::nullopt;
  }
  ++told_;
  return std::exchange(untold_, 0);
}

}  // namespace runtime::agent
