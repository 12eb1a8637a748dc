#include "runtime/launch/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace runtime::launch {
namespace {

constexpr std::string_view kPathVariable = "PATH=";

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

Status CheckText(std::string_view field, const std::string& text) {
  if (text.find('\0') == std::string::npos) return {};
  return Error{ErrorCode::kInvalid, std::string(field) + " has a NUL byte in it"};
}

Status CheckTexts(std::string_view field, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (Status status = CheckText(field, text); !status) return status;
  }
  return {};
}

Status CheckIdentity(const Spec& spec) {
  if (spec.user) {
    // setresuid(2) takes -1 for "leave it as it is": the program would stay root.
    const bool invalid = spec.user->uid == static_cast<uid_t>(-1) ||
                         spec.user->gid == static_cast<gid_t>(-1) ||
                         std::ranges::count(spec.user->groups, static_cast<gid_t>(-1)) > 0;
    if (invalid) return Error{ErrorCode::kInvalid, "user: 4294967295 is not a user or group id"};
  }
  // The kernel holds ambient capabilities to the permitted set, not to the bounding set.
  const std::uint64_t bounding = spec.bounding ? spec.bounding->bits() : 0;
  const schema::kernel::CapabilitySet beyond(spec.ambient.bits() & ~bounding);
  if (beyond.bits() != 0) {
    return Error{ErrorCode::kInvalid,
                 "ambient capabilities outside the bounding set: " + ToString(beyond)};
  }
  return {};
}

Status CheckFilter(const schema::filter::Filter& filter) {
  if (filter.program.empty() || filter.program.size() > schema::filter::kMaxInstructions) {
    return Error{ErrorCode::kInvalid, "the filter has " + std::to_string(filter.program.size()) +
                                          " instructions; the kernel takes 1 to " +
                                          std::to_string(schema::filter::kMaxInstructions)};
  }
  if ((filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) {
    return Error{ErrorCode::kUnsupported,
                 "the filter asks for a listener (SECCOMP_FILTER_FLAG_NEW_LISTENER), which this "
                 "launcher does not serve"};
  }
  return {};
}

Status Check(const Spec& spec) {
  if (spec.command.empty()) return Error{ErrorCode::kInvalid, "the command is empty"};
  if (Status status = CheckText("command", spec.command); !status) return status;
  if (Status status = CheckText("rootfs", spec.rootfs); !status) return status;
  if (Status status = CheckText("working_directory", spec.working_directory); !status) {
    return status;
  }
  if (Status status = CheckTexts("argv", spec.argv); !status) return status;
  if (Status status = CheckTexts("environment", spec.environment); !status) return status;
  if (spec.filter) {
    if (Status status = CheckFilter(*spec.filter); !status) return status;
  }
  return CheckIdentity(spec);
}

// A close-on-exec copy that is 3 or higher, so that it stays out of the way of 0, 1 and 2.
Result<Descriptor> CopyAboveStdio(int number, const std::string& name) {
  Descriptor copy(fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (!copy) {
    return SystemError("duplicate " + name + " (descriptor " + std::to_string(number) + ")", errno);
  }
  return copy;
}

Status OpenStdio(const Spec& spec, Prepared& prepared) {
  constexpr std::array<const char*, 3> kNames = {"standard input", "standard output",
                                                 "standard error"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    Descriptor null;
    int source = spec.stdio[i];
    if (source == kNullDevice) {
      null = Descriptor(open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!null) return SystemError("open /dev/null", errno);
      source = null.number();
    }
    Result<Descriptor> copy = CopyAboveStdio(source, kNames[i]);
    if (!copy) return std::move(copy).error();
    prepared.stdio[i] = std::move(*copy);
    prepared.plan.stdio[i] = prepared.stdio[i].number();
  }
  return {};
}

Status OpenPipe(Prepared& prepared) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  const Descriptor read_end(ends[0]);
  const Descriptor write_end(ends[1]);
  Result<Descriptor> read_copy = CopyAboveStdio(read_end.number(), "the report pipe");
  if (!read_copy) return std::move(read_copy).error();
  Result<Descriptor> write_copy = CopyAboveStdio(write_end.number(), "the report pipe");
  if (!write_copy) return std::move(write_copy).error();
  prepared.report_read = std::move(*read_copy);
  prepared.report_write = std::move(*write_copy);
  prepared.plan.report_read = prepared.report_read.number();
  prepared.plan.report_write = prepared.report_write.number();
  return {};
}

// A /proc of another pid namespace would answer for another process.
Status OpenProc(Prepared& prepared) {
  prepared.proc = Descriptor(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!prepared.proc) return SystemError("open /proc", errno);
  std::array<char, 32> self = {};
  const ssize_t length = readlinkat(prepared.proc.number(), "self", self.data(), self.size());
  const std::string expected = std::to_string(getpid());
  if (length < 0 || std::string_view(self.data(), static_cast<std::size_t>(length)) != expected) {
    return Error{ErrorCode::kNotFound,
                 "/proc does not show this process: mount proc of this pid namespace there"};
  }
  return {};
}

std::vector<const char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

void FillCommand(const Spec& spec, Prepared& prepared) {
  prepared.candidate_paths = CandidatePaths(spec.command, spec.environment);
  prepared.candidates = Pointers(prepared.candidate_paths);
  prepared.argv = Pointers(spec.argv);
  if (spec.argv.empty()) prepared.argv.insert(prepared.argv.begin(), spec.command.c_str());
  prepared.environment = Pointers(spec.environment);
  prepared.plan.candidates = prepared.candidates.data();
  prepared.plan.argv = prepared.argv.data();
  prepared.plan.environment = prepared.environment.data();
}

void FillNamespaces(const Spec& spec, Plan& plan) {
  const bool has_rootfs = !spec.rootfs.empty();
  const Namespaces& namespaces = spec.namespaces;
  plan.mount_namespace = namespaces.mount || namespaces.pid || has_rootfs;
  plan.mount_proc = namespaces.pid || has_rootfs;
  plan.rootfs = has_rootfs ? spec.rootfs.c_str() : nullptr;
  plan.working_directory =
      spec.working_directory.empty() ? nullptr : spec.working_directory.c_str();
  if (plan.mount_namespace) plan.clone_flags |= CLONE_NEWNS;
  if (namespaces.pid) plan.clone_flags |= CLONE_NEWPID;
  if (namespaces.ipc) plan.clone_flags |= CLONE_NEWIPC;
  if (namespaces.uts) plan.clone_flags |= CLONE_NEWUTS;
  if (namespaces.net) plan.clone_flags |= CLONE_NEWNET;
}

void FillIdentity(const Spec& spec, Plan& plan) {
  plan.limit_capabilities = spec.bounding.has_value();
  if (spec.bounding) plan.bounding = spec.bounding->bits();
  plan.ambient = spec.ambient.bits();
  plan.change_user = spec.user.has_value();
  if (spec.user) {
    plan.uid = spec.user->uid;
    plan.gid = spec.user->gid;
    plan.groups = spec.user->groups.data();
    plan.group_count = spec.user->groups.size();
  }
  plan.no_new_privs = spec.no_new_privs;
  plan.parent_death_signal = spec.parent_death_signal;
  if (spec.filter) {
    plan.filter.len = static_cast<unsigned short>(spec.filter->program.size());
    // sock_fprog has no const; the kernel only reads it.
    plan.filter.filter = const_cast<sock_filter*>(spec.filter->program.data());
    plan.filter_flags = spec.filter->flags;
  }
}

}  // namespace

std::vector<std::string> CandidatePaths(const std::string& command,
                                        const std::vector<std::string>& environment) {
  if (command.find('/') != std::string::npos) return {command};
  std::string_view path = kDefaultPath;
  const auto found = std::ranges::find_if(
      environment, [](const std::string& entry) { return entry.starts_with(kPathVariable); });
  if (found != environment.end()) path = std::string_view(*found).substr(kPathVariable.size());

  std::vector<std::string> candidates;
  for (;;) {
    const std::size_t colon = path.find(':');
    const std::string folder(path.substr(0, colon));
    candidates.push_back(folder.empty() ? "./" + command : folder + "/" + command);
    if (colon == std::string_view::npos) return candidates;
    path.remove_prefix(colon + 1);
  }
}

Result<Prepared> Prepare(const Spec& spec) {
  if (Status status = Check(spec); !status) return std::move(status).error();
  Prepared prepared;
  if (Status status = OpenStdio(spec, prepared); !status) return std::move(status).error();
  if (Status status = OpenPipe(prepared); !status) return std::move(status).error();
  if (Status status = OpenProc(prepared); !status) return std::move(status).error();
  FillCommand(spec, prepared);
  FillNamespaces(spec, prepared.plan);
  FillIdentity(spec, prepared.plan);
  return prepared;
}

}  // namespace runtime::launch
