#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "runtime/run/accounts.h"
#include "schema/descriptor.h"

namespace runtime::run {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::SystemError;

constexpr char kGetent[] = "/usr/bin/getent";
constexpr int kNoSuchKey = 2;                                    // its exit code
constexpr std::size_t kMaxOutputBytes = std::size_t{16} << 20U;  // of one entry

int Spawn(const std::string& database, const std::string& key, const Descriptor& output,
          pid_t* child) {
  std::array<std::string, 4> words = {"getent", "--", database, key};
  std::array<char*, 5> argv = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                               nullptr};
  std::string locale = "LC_ALL=C";
  std::array<char*, 2> environment = {locale.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output.number(), STDOUT_FILENO);
  const int error = posix_spawn(child, kGetent, &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

std::string ReadAll(const Descriptor& stream) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.size() < kMaxOutputBytes) {
    const ssize_t length = read(stream.number(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

Error Failed(const std::string& question) {
  return {ErrorCode::kSystem, question + " has failed: give numbers, as in 1000:1000", 0};
}

// The first line of the answer.
Result<std::optional<std::string>> Ask(const std::string& database, const std::string& key) {
  const std::string question = std::string(kGetent) + " " + database + " " + key;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  pid_t child = 0;
  if (const int error = Spawn(database, key, write_end, &child); error != 0) {
    return SystemError("names are asked of getent(1), numbers (1000:1000) are not; " + question,
                       error);
  }
  write_end.Close();
  const std::string text = ReadAll(read_end);
  read_end.Close();  // one that has more to say ends by that
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return SystemError("wait for " + question, errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoSuchKey) return std::optional<std::string>();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Failed(question);
  return std::optional(text.substr(0, text.find('\n')));
}

std::vector<std::string_view> Split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

// name:password:uid:gid:comment:home:shell, passwd(5).
Result<std::optional<Account>> FindUser(const std::string& key) {
  const auto line = Ask("passwd", key);
  if (!line) return Error(line.error());
  if (!*line) return std::optional<Account>();
  const auto fields = Split(**line, ':');
  if (fields.size() < 4) return Failed("getent passwd " + key);
  const auto uid = ParseId(fields[2]);
  const auto gid = ParseId(fields[3]);
  if (!uid || !gid) return Failed("getent passwd " + key);
  return std::optional(Account{std::string(fields[0]), *uid, *gid});
}

// getent takes a name for a number where strtoul(3) does: "+5", " 5".
Result<std::optional<Account>> UserByName(const std::string& name) {
  auto account = FindUser(name);
  if (account && *account && (*account)->name != name) return std::optional<Account>();
  return account;
}

Result<std::optional<Account>> UserById(uid_t id) { return FindUser(std::to_string(id)); }

// name:password:gid:members, group(5).
Result<std::optional<gid_t>> GroupByName(const std::string& name) {
  const auto line = Ask("group", name);
  if (!line) return Error(line.error());
  if (!*line) return std::optional<gid_t>();
  const auto fields = Split(**line, ':');
  if (fields[0] != name) return std::optional<gid_t>();
  const auto gid = fields.size() < 3 ? std::nullopt : ParseId(fields[2]);
  if (!gid) return Failed("getent group " + name);
  return gid;
}

// The user's name, and groups with spaces between: the user's own may be among them.
Result<std::vector<gid_t>> GroupsOf(const Account& account) {
  const auto line = Ask("initgroups", account.name);
  if (!line) return Error(line.error());
  std::vector<gid_t> groups = {account.gid};
  if (!*line) return groups;
  if (!(*line)->starts_with(account.name)) return Failed("getent initgroups " + account.name);
  for (const std::string_view word :
       Split(std::string_view(**line).substr(account.name.size()), ' ')) {
    const auto id = ParseId(word);
    if (id && std::ranges::count(groups, *id) == 0) groups.push_back(*id);
  }
  return groups;
}

}  // namespace

const Accounts kGetentAccounts = {UserByName, UserById, GroupByName, GroupsOf};

}  // namespace runtime::run
