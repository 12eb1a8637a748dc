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
#include <functional>
#include <system_error>
#include <utility>

#include "runtime/agent/container_id.h"
#include "runtime/launch/ending.h"
#include "runtime/launch/prepare.h"
#include "schema/json/read_file.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
using launch::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

constexpr const char* kSignal = "signal";
constexpr std::size_t kSignalRoom = 16;

boost::json::value OrNull(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value();
}

std::optional<std::string> TextIn(const boost::json::value& value) {
  if (!value.is_string()) return std::nullopt;
  return std::string(value.as_string());
}

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

Result<Record> Parse(const std::string& text) {
  boost::json::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error) return Invalid("it is no JSON: " + error.message());
  if (!value.is_object()) return Invalid("it is no JSON object");
  const auto& object = value.as_object();
  const auto* id = object.if_contains("id");
  const auto* has_filter = object.if_contains("has_filter");
  const auto* profile = object.if_contains("profile");
  const auto* user = object.if_contains("user");
  if (id == nullptr || !id->is_string() || has_filter == nullptr || !has_filter->is_bool() ||
      profile == nullptr || user == nullptr) {
    return Invalid("it lacks one of id, has_filter, profile and user");
  }
  const auto* cgroup = object.if_contains("cgroup");
  return Record{std::string(id->as_string()), TextIn(*profile), TextIn(*user),
                has_filter->as_bool(), cgroup == nullptr ? "" : TextIn(*cgroup).value_or("")};
}

// Over what is there, of the same length: once it is written, a disk that has become full loses
// none.
bool WriteSignal(int folder, int signal) {
  // It is made by whoever launches; by an agent that kept no room for it, it may not have been.
  const Descriptor file(openat(folder, kSignal, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  std::string text = std::to_string(signal);
  text.resize(kSignalRoom, '\n');
  return file &&
         write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool Exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
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
      file && write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      WriteSignal(open_folder.number(), 0);
  if (!is_written) {
    const int error = errno;
    (void)Remove(record.id);
    return SystemError("write " + folder, error);
  }
  return open_folder;
}

void Records::NoteSignal(const std::string& id, int signal) const {
  const Descriptor folder(open(FolderFor(id).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  (void)WriteSignal(folder.number(), signal);  // else the next agent will not know who killed it
}

int Records::LastSignal(const std::string& id) const {
  int signal = 0;
  std::ifstream(FolderFor(id) + "/" + kSignal) >> signal;
  return signal;
}

bool Records::CanHaveBegun(const std::string& id) const {
  const Descriptor folder(open(FolderFor(id).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return launch::CanHaveBegun(folder.number(), kEnding);
}

Status Records::Remove(const std::string& id) const {
  std::error_code error;
  // First what makes it a record: if we are killed meanwhile, the rest is removed at the next
  // start.
  fs::remove(FolderFor(id) + "/" + kAbout, error);
  // An empty one goes without a descriptor, of which there may be none.
  if (fs::remove(FolderFor(id), error)) return {};
  fs::remove_all(FolderFor(id), error);
  if (error) return SystemError("remove " + FolderFor(id), error.value());
  return {};
}

Result<Record> Records::Read(const std::string& name) const {
  const auto text = schema::json::ReadRegularFile(folder_ + "/" + name + "/" + kAbout);
  if (!text) return Error(text.error());
  auto record = Parse(*text);
  if (record && FolderOf(record->id) != name) return Invalid("it is of container " + record->id);
  return record;
}

// Its monitor runs; or it has had one, and nobody was just removing it, which begins with the file
// that tells who it is.
bool Records::IsOfALaunch(const std::string& name, const launch::Monitors& monitors) const {
  const std::string folder = folder_ + "/" + name + "/";
  const std::string ending = folder + kEnding;
  if (monitors.by_ending.contains(ending + launch::kUnfinished)) return true;
  return Exists(folder + kAbout) && (Exists(ending) || Exists(ending + launch::kUnfinished));
}

Result<RecordList> Records::List(const launch::Monitors& monitors) const {
  RecordList list;
  std::error_code error;
  std::vector<fs::path> broken;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    auto record = Read(name);
    if (record) {
      list.records.push_back(std::move(*record));
    } else if (IsOfALaunch(name, monitors)) {
      list.damaged.push_back({name, record.error().message});
    } else {
      broken.push_back(entry.path());
    }
  }
  for (const fs::path& path : broken) fs::remove_all(path, error);
  if (error) return SystemError(folder_, error.value());
  std::ranges::sort(list.records, {}, &Record::id);
  return list;
}

Result<std::string> Records::SetAside(const std::string& name) const {
  const std::string folder = folder_ + ".damaged";
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return SystemError("mkdir " + folder, errno);
  }
  const fs::path target = fs::path(folder) / name;
  std::error_code error;
  fs::remove_all(target, error);
  fs::rename(fs::path(folder_) / name, target, error);
  if (error) return SystemError("move a record to " + target.string(), error.value());
  fs::last_write_time(target, fs::file_time_type::clock::now(), error);
  std::vector<std::pair<fs::file_time_type, fs::path>> kept;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    kept.emplace_back(entry.last_write_time(error), entry.path());
  }
  std::ranges::sort(kept, std::greater());
  for (std::size_t i = kMostSetAside; i < kept.size(); ++i) fs::remove_all(kept[i].second, error);
  return target.string();
}

}  // namespace runtime::agent
