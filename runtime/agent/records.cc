#include "runtime/agent/records.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "runtime/agent/container_id.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
using launch::Descriptor;
using schema::Result;
using schema::Status;
using schema::SystemError;

constexpr const char* kAbout = "about";
constexpr const char* kSignal = "signal";

boost::json::value OrNull(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value();
}

std::optional<std::string> TextIn(const boost::json::value& value) {
  if (!value.is_string()) return std::nullopt;
  return std::string(value.as_string());
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// std::nullopt: it is not whole.
std::optional<Record> Parse(const std::string& text) {
  boost::json::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& object = value.as_object();
  const auto* id = object.if_contains("id");
  const auto* has_filter = object.if_contains("has_filter");
  const auto* profile = object.if_contains("profile");
  const auto* user = object.if_contains("user");
  if (id == nullptr || !id->is_string() || has_filter == nullptr || !has_filter->is_bool() ||
      profile == nullptr || user == nullptr) {
    return std::nullopt;
  }
  const auto* cgroup = object.if_contains("cgroup");
  return Record{std::string(id->as_string()), TextIn(*profile), TextIn(*user),
                has_filter->as_bool(), cgroup == nullptr ? "" : TextIn(*cgroup).value_or("")};
}

}  // namespace

Result<Records> Records::Open(const std::string& runtime_dir) {
  const std::string folder = runtime_dir + "/containers";
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return SystemError("mkdir " + folder, errno);
  char* const real = realpath(folder.c_str(), nullptr);
  if (real == nullptr) return SystemError(folder, errno);
  Records records((std::string(real)));
  std::free(real);
  return records;
}

std::string Records::FolderFor(const std::string& id) const { return folder_ + "/" + FolderOf(id); }

Result<Descriptor> Records::Make(const Record& record) const {
  const std::string folder = FolderFor(record.id);
  if (mkdir(folder.c_str(), 0700) != 0) return SystemError("mkdir " + folder, errno);
  const std::string text =
      boost::json::serialize(boost::json::object{{"id", record.id},
                                                 {"profile", OrNull(record.profile_name)},
                                                 {"user", OrNull(record.user)},
                                                 {"has_filter", record.has_filter},
                                                 {"cgroup", record.cgroup}});
  Descriptor open_folder(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Descriptor file(
      openat(open_folder.number(), kAbout, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  // Not whole after a kill: then it is no record, and its container was never launched.
  const bool is_written =
      file && write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!is_written) {
    const int error = errno;
    (void)Remove(record.id);
    return SystemError("write " + folder, error);
  }
  return open_folder;
}

void Records::NoteSignal(const std::string& id, int signal) const {
  std::ofstream(FolderFor(id) + "/" + kSignal) << signal << "\n";
}

int Records::LastSignal(const std::string& id) const {
  int signal = 0;
  std::ifstream(FolderFor(id) + "/" + kSignal) >> signal;
  return signal;
}

bool Records::WasLaunched(const std::string& id) const {
  struct stat status {};
  return lstat((FolderFor(id) + "/" + kEnding + ".unfinished").c_str(), &status) == 0;
}

Status Records::Remove(const std::string& id) const {
  std::error_code error;
  // First what makes it a record: if we are killed meanwhile, the rest is removed at the next
  // start.
  fs::remove(FolderFor(id) + "/" + kAbout, error);
  fs::remove_all(FolderFor(id), error);
  if (error) return SystemError("remove " + FolderFor(id), error.value());
  return {};
}

Result<std::vector<Record>> Records::List() const {
  std::vector<Record> records;
  std::error_code error;
  std::vector<fs::path> broken;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    auto record = Parse(ReadAll(entry.path() / kAbout));
    if (record && FolderFor(record->id) == entry.path()) {
      records.push_back(std::move(*record));
    } else {
      broken.push_back(entry.path());
    }
  }
  for (const fs::path& path : broken) fs::remove_all(path, error);
  if (error) return SystemError(folder_, error.value());
  std::ranges::sort(records, {}, &Record::id);
  return records;
}

}  // namespace runtime::agent
