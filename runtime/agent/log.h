// What the agent tells about its work: a line an event, on standard error.
//
//     time=2026-01-31T12:00:00.123Z level=info event=launch container=a profile=default.json pid=7
//     {"time":"2026-01-31T12:00:00.123Z","level":"info","event":"launch","container":"a",...}

#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/agent/line_writer.h"
#include "schema/error.h"

namespace runtime::agent {

enum class Level : std::uint8_t { kInfo, kWarning, kError };

// Of --logging_level, Mesos' names: INFO, WARNING, ERROR.
std::optional<Level> ParseLevel(std::string_view name);

enum class LogFormat : std::uint8_t { kText, kJson };  // logfmt; an object a line

struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  template <std::integral Number>
  Field(std::string_view name, Number number)
      : key(name), value(std::to_string(number)), is_number(true) {}

  // Of any length, and of several lines.
  static Field Whole(std::string_view name, std::string_view text) {
    Field field(name, text);
    field.is_whole = true;
    return field;
  }

  std::string_view key;
  std::string value;  // may come from anybody
  bool is_number = false;
  bool is_whole = false;
};

// The line, ended by a newline. Values are made harmless to a terminal, and cut at kMaxValueBytes;
// empty ones are left out. `time`: absent where another program adds it.
inline constexpr std::size_t kMaxValueBytes = 600;
std::string LogLine(LogFormat format, std::optional<std::chrono::system_clock::time_point> time,
                    Level level, std::string_view event, std::initializer_list<Field> fields);

// Whether descriptor `fd` is the journal's, which adds the time: `variable` is $JOURNAL_STREAM,
// "DEVICE:INODE". Source: systemd.exec(5).
bool IsJournal(int fd, std::string_view variable);

// From any thread. A line is one write(2): those of several threads do not mix.
class Log {
 public:
  Log(LogFormat format, Level least, bool with_time, int fd = 2);

  LogFormat format() const { return format_; }
  void Write(Level level, std::string_view event, std::initializer_list<Field> fields) const;
  // Among the events, what is for people: `line` as it is, with its newline.
  void Say(std::string line) const { writer_.Put(std::move(line)); }

  // As LineWriter: from Start on nobody waits for whoever reads. What that costs is told as
  // event=log_dropped lines=N.
  schema::Status Start(const std::function<schema::Status()>& confine) {
    return writer_.Start(confine);
  }
  void Flush() const { writer_.Flush(); }

 private:
  LogFormat format_;
  Level least_;
  bool with_time_;
  LineWriter writer_;
};

// For events that a stranger can bring about as fast as he likes: so many a period, then their
// number. From any thread.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  RateLimit(std::uint64_t most, std::chrono::seconds period) : most_(most), period_(period) {}

  // Whether the event of this moment is to be told; then with how many untold before it.
  std::optional<std::uint64_t> Admit(Time now);

 private:
  const std::uint64_t most_;
  const std::chrono::seconds period_;
  std::mutex mutex_;
  std::optional<Time> begin_;  // of the period
  std::uint64_t told_ = 0;     // in it
  std::uint64_t untold_ = 0;
};

}  // namespace runtime::agent
