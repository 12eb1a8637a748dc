#include "schema/kernel/audit_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "schema/kernel/architecture.h"
#include "schema/kernel/syscall.h"

namespace schema::kernel {
namespace {

constexpr std::array<std::string_view, 6> kMarks = {
    "type=1326 ",      "type=SECCOMP ",        "type=UNKNOWN[1326] ",
    ": SECCOMP auid=", " reason=\"seccomp\" ", " reason=seccomp ",
};

// ausearch's names, old and new; "kill" is a thread's, or of either kind.
constexpr std::array kCodeNames = {
    std::pair{"kill", Action::kKillThread},
    std::pair{"kill_thread", Action::kKillThread},
    std::pair{"kill-thread", Action::kKillThread},
    std::pair{"kill_process", Action::kKillProcess},
    std::pair{"kill-process", Action::kKillProcess},
    std::pair{"trap", Action::kTrap},
    std::pair{"errno", Action::kErrno},
    std::pair{"trace", Action::kTrace},
    std::pair{"log", Action::kLog},
    std::pair{"user_notif", Action::kNotify},
    std::pair{"user-notif", Action::kNotify},
    std::pair{"allow", Action::kAllow},
};

constexpr std::array kSignalNames = {std::pair{"none", 0U}, std::pair{"SIGKILL", 9U},
                                     std::pair{"SIGSYS", 31U}};

template <class Table>
auto Find(const Table& table, std::string_view name) {
  return std::ranges::find_if(table, [&](const auto& row) { return name == row.first; });
}

template <class Number>
std::optional<Number> Parse(std::string_view text, int base) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// The word behind " KEY=", up to a space; std::nullopt where the key is missing.
std::optional<std::string_view> Field(std::string_view text, std::string_view key) {
  const std::string pattern = " " + std::string(key) + "=";
  const std::size_t at = text.find(pattern);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + pattern.size());
  return text.substr(0, text.find(' '));
}

// The same where the line goes on behind it: a word at the end may be cut off.
std::optional<std::string_view> WholeField(std::string_view text, std::string_view key) {
  const auto field = Field(text, key);
  if (!field || field->empty() || field->data() + field->size() == text.data() + text.size()) {
    return std::nullopt;
  }
  return field;
}

// ausearch's "unknown-syscall(999)" -> "999", "socketcall(connect)" -> "socketcall".
std::string_view WithoutRemark(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return text;
  if (!text.starts_with("unknown-")) return text.substr(0, open);
  return text.substr(open + 1, text.size() - open - 2);
}

std::optional<std::uint32_t> ReadToken(std::string_view text) {
  if (const auto token = Parse<std::uint32_t>(text, 16)) return token;
  const auto architecture = FromAnyName(text);
  if (!architecture) return std::nullopt;
  return Facts(*architecture).audit_token;
}

// The kernel writes the int of seccomp_data.nr as a long: a cancelled call is -1.
std::optional<std::uint32_t> ReadNumber(std::string_view text) {
  const auto number = Parse<std::int64_t>(text, 10);
  constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (!number || *number < kLeast || *number > kMost) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

// A name of the architecture with the token; x32 has no names of its own in ausearch.
std::optional<std::uint32_t> NumberOfName(std::uint32_t token, std::string_view name) {
  for (const ArchitectureFacts& facts : Architectures()) {
    if (facts.audit_token == token && facts.architecture != Architecture::kX32) {
      return NumberOf(facts.architecture, name);
    }
  }
  return std::nullopt;
}

bool IsName(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
             "XYZ0123456789_") == std::string_view::npos &&
         text.find_first_of("0123456789") != 0;
}

void ReadCode(std::string_view text, AuditRecord& record) {
  // In lower case, as the kernel writes it: without its separator enrichment begins with "AUID".
  constexpr std::string_view kDigits = "0123456789abcdef";
  text = WithoutRemark(text);
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    record.code = Parse<std::uint32_t>(text.substr(0, text.find_first_not_of(kDigits)), 16);
    return;
  }
  const auto* found = Find(kCodeNames, text);
  if (found == kCodeNames.end()) return;
  record.code = ToRet({found->second, 0});
  record.some_kill = text == "kill";
}

std::optional<std::uint32_t> ReadSignal(std::string_view text) {
  if (const auto* found = Find(kSignalNames, text); found != kSignalNames.end()) {
    return found->second;
  }
  return Parse<std::uint32_t>(text, 10);
}

bool NeedsHex(unsigned char byte) { return byte == '"' || byte < 0x21 || byte > 0x7E; }

// The bytes of upper-case digits, where the kernel would have written the bytes so; else the text.
std::string Decode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (text.size() % 2 != 0 || text.find_first_not_of(kDigits) != std::string_view::npos) {
    return std::string(text);
  }
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(kDigits.find(text[i]) * 16 + kDigits.find(text[i + 1]));
  }
  return std::ranges::any_of(bytes, NeedsHex) ? bytes : std::string(text);
}

// What stands behind " KEY=" in `text`: in quotes, or to the end.
std::string Untrusted(std::string_view text) {
  if (!text.starts_with('"')) return Decode(text);
  text.remove_prefix(1);
  return std::string(text.substr(0, text.find('"')));
}

// `text`: all before " sig=". Names without quotes may hold anything, so that their ends are
// guessed; they say who called, and no more.
void ReadProcess(std::string_view text, AuditRecord& record) {
  constexpr std::string_view kComm = " comm=";
  constexpr std::string_view kExe = " exe=";
  const std::size_t reason = text.rfind(" reason=");
  if (reason != std::string_view::npos) text = text.substr(0, reason);
  const std::size_t comm = text.find(kComm);
  if (const std::size_t pid = text.substr(0, comm).rfind(" pid="); pid != std::string_view::npos) {
    record.pid = Parse<std::uint32_t>(Field(text.substr(pid), "pid").value_or(""), 10);
  }
  if (comm == std::string_view::npos) return;
  text.remove_prefix(comm + kComm.size());
  const std::size_t exe = text.rfind(kExe);
  record.comm = Untrusted(text.substr(0, exe));
  if (exe != std::string_view::npos) record.exe = Untrusted(text.substr(exe + kExe.size()));
}

}  // namespace

bool SaysSeccomp(std::string_view line) {
  return std::ranges::any_of(
      kMarks, [&](std::string_view mark) { return line.find(mark) != std::string_view::npos; });
}

std::optional<AuditRecord> ReadAuditRecord(std::string_view line) {
  line = line.substr(0, line.find_first_of("\x1d\n\r"));
  const std::size_t tail_at = line.rfind(" sig=");
  if (tail_at == std::string_view::npos || !SaysSeccomp(line)) return std::nullopt;
  const std::string_view tail = line.substr(tail_at);
  const auto syscall = WholeField(tail, "syscall");
  if (!syscall) return std::nullopt;

  AuditRecord record;
  record.syscall = WithoutRemark(*syscall);
  record.number = ReadNumber(record.syscall);
  if (!record.number && !IsName(record.syscall)) return std::nullopt;
  if (const auto arch = WholeField(tail, "arch")) {
    record.arch = WithoutRemark(*arch);
    record.audit_token = ReadToken(record.arch);
  }
  if (!record.number && record.audit_token) {
    record.number = NumberOfName(*record.audit_token, record.syscall);
  }
  if (const auto compat = Field(tail, "compat")) record.compat = compat != "0";
  if (const auto signal = Field(tail, "sig")) record.signal = ReadSignal(*signal);
  if (const auto code = Field(tail, "code")) ReadCode(*code, record);
  ReadProcess(line.substr(0, tail_at), record);
  return record;
}

std::optional<Verdict> VerdictOf(const AuditRecord& record) {
  constexpr std::uint32_t kActionMask = 0xFFFF0000;  // SECCOMP_RET_ACTION_FULL
  if (!record.code) return std::nullopt;
  const bool known = std::ranges::any_of(Actions(), [&](const ActionFacts& facts) {
    return facts.ret == (*record.code & kActionMask);
  });
  if (!known) return std::nullopt;
  return FromRet(*record.code);
}

}  // namespace schema::kernel
