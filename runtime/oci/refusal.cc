#include "runtime/oci/refusal.h"

#include <fcntl.h>

#include <array>
#include <ctime>
#include <iostream>

#include "schema/descriptor.h"
#include "schema/json/encoding.h"
#include "schema/write_file.h"

namespace runtime::oci {
namespace {

using schema::json::Quoted;

// RFC 3339 in UTC, as containerd and conmon read it.
std::string Now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

std::string JsonLine(std::string_view message, std::string_view time) {
  return "{\"level\":\"error\",\"msg\":" + Quoted(message) + ",\"time\":" + Quoted(time) + "}\n";
}

void TellRefusal(const CommandLine& line, std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  const std::string whole = "seccomp-oci: " + std::string(message);
  std::cerr << whole << "\n";
  if (!line.log) return;
  std::string path = *line.log;
  // crun's forms; what goes to a journal has no reader but people.
  constexpr std::string_view kFile = "file:";
  if (path.starts_with(kFile)) path.erase(0, kFile.size());
  if (path.starts_with("journald:") || path.starts_with("syslog:")) return;
  const schema::Descriptor file(
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644));
  if (!file) return;
  const std::string time = Now();
  (void)schema::WriteAll(file.number(),
                         line.log_is_json
                             ? JsonLine(whole, time)
                             : "time=\"" + time + "\" level=error msg=" + Quoted(whole) + "\n");
}

}  // namespace runtime::oci
