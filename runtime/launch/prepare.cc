#include "runtime/launch/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "runtime/launch/listener.h"

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
                 "ambient capabilities outside the bounding set: " + Summary(beyond)};
  }
  return {};
}

Status CheckParts(const Spec& spec) {
  if (spec.init && !spec.namespaces.pid) {
    return Error{ErrorCode::kInvalid, "init needs a pid namespace"};
  }
  if (!spec.host_name.empty() && !spec.namespaces.uts) {
    return Error{ErrorCode::kInvalid, "a host name needs a uts namespace"};
  }
  if (spec.filter && spec.late_filter) {
    return Error{ErrorCode::kInvalid, "filter and late_filter exclude each other"};
  }
  if (spec.monitor &&
      (spec.monitor->name.empty() ||
       spec.monitor->name.find_first_of(std::string_view("/\0", 2)) != std::string::npos)) {
    return Error{ErrorCode::kInvalid, "the monitor's file has no name, or one with a slash"};
  }
  return {};
}

}  // namespace

Status CheckFilter(const schema::filter::Filter& filter) {
  if (filter.program.empty() || filter.program.size() > schema::filter::kMaxInstructions) {
    return Error{ErrorCode::kInvalid, "the filter has " + std::to_string(filter.program.size()) +
                                          " instructions; the kernel takes 1 to " +
                                          std::to_string(schema::filter::kMaxInstructions)};
  }
  const bool has_flag = (filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
  const bool has_listener = filter.listener && !filter.listener->path.empty();
  if (has_flag != has_listener) {
    return Error{ErrorCode::kInvalid,
                 has_flag ? "the filter asks for a listener (SECCOMP_FILTER_FLAG_NEW_LISTENER) and "
                            "names none: every SCMP_ACT_NOTIFY needs a listenerPath"
                          : "the filter has a listener without SECCOMP_FILTER_FLAG_NEW_LISTENER"};
  }
  // The thread that hands the listener on must not come under the filter: see hand_over.cc.
  if (has_listener && (filter.flags & SECCOMP_FILTER_FLAG_TSYNC) != 0) {
    return Error{ErrorCode::kInvalid, "a filter with a listener cannot have the flag TSYNC"};
  }
  return has_listener ? CheckText("listenerPath", filter.listener->path) : Status();
}

namespace {

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
  if (Status status = CheckText("host_name", spec.host_name); !status) return status;
  if (Status status = CheckParts(spec); !status) return status;
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

// Moves both ends to where they are out of the way.
Status Take(const int (&ends)[2], Descriptor& first, Descriptor& second) {
  first = Descriptor(ends[0]);
  second = Descriptor(ends[1]);
  for (Descriptor* end : {&first, &second}) {
    if (end->number() >= 3) continue;
    Result<Descriptor> copy = CopyAboveStdio(end->number(), "a pipe");
    if (!copy) return std::move(copy).error();
    *end = std::move(*copy);
  }
  return {};
}

Status OpenPipe(Descriptor& read_end, Descriptor& write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  return Take(ends, read_end, write_end);
}

Status OpenSockets(Descriptor& child, Descriptor& launcher) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("socketpair", errno);
  }
  return Take(ends, child, launcher);
}

bool HasListener(const Spec& spec) { return spec.filter && spec.filter->listener; }

// The kernel then says which process has sent a message, in our pid namespace.
Status AskForSender(const Descriptor& socket) {
  const int on = 1;
  if (setsockopt(socket.number(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0) return {};
  return SystemError("setsockopt SO_PASSCRED", errno);
}

Status Connect(const Spec& spec, Prepared& prepared) {
  if (!HasListener(spec)) return {};
  Result<Descriptor> connection =
      ConnectListener(spec.filter->listener->path, spec.listener_patience);
  if (!connection) return std::move(connection).error();
  prepared.listener_connection = *std::move(connection);
  return {};
}

Status OpenPipes(const Spec& spec, Prepared& prepared) {
  Plan& plan = prepared.plan;
  Status status = OpenPipe(prepared.report_read, prepared.report_write);
  if (status && spec.init) status = OpenPipe(prepared.end_read, prepared.end_write);
  // Sockets: with a pipe, the death of the child would be SIGPIPE to us.
  if (status && spec.monitor) status = OpenSockets(prepared.word_read, prepared.word_write);
  if (status && spec.late_filter) {
    status = OpenSockets(prepared.filter_read, prepared.filter_write);
  }
  if (status && std::ranges::count(spec.terminal, true) > 0) {
    status = OpenSockets(prepared.terminal_child, prepared.terminal_launcher);
  }
  if (status && (spec.late_filter || HasListener(spec))) {
    status = OpenSockets(prepared.listener_child, prepared.listener_launcher);
    if (status) status = AskForSender(prepared.listener_launcher);
  }
  plan.terminal_socket = prepared.terminal_child.number();
  plan.listener_socket = prepared.listener_child.number();
  plan.report_write = prepared.report_write.number();
  plan.end_read = prepared.end_read.number();
  plan.end_write = prepared.end_write.number();
  plan.word_read = prepared.word_read.number();
  plan.filter_read = prepared.filter_read.number();
  return status;
}

Status OpenCgroup(const Spec& spec, Prepared& prepared) {
  prepared.plan.cgroup = -1;
  if (spec.cgroup < 0) return {};
  Result<Descriptor> copy = CopyAboveStdio(spec.cgroup, "the cgroup's folder");
  if (!copy) return std::move(copy).error();
  prepared.cgroup = std::move(*copy);
  prepared.plan.cgroup = prepared.cgroup.number();
  return {};
}

Status OpenEnding(const Spec& spec, Prepared& prepared) {
  Plan& plan = prepared.plan;
  plan.ending_file = plan.ending_folder = -1;
  if (!spec.monitor) return {};
  Result<Descriptor> folder = CopyAboveStdio(spec.monitor->folder, "the monitor's folder");
  if (!folder) return std::move(folder).error();
  prepared.ending_folder = std::move(*folder);
  const std::string unfinished = spec.monitor->name + kUnfinished;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor file(openat(prepared.ending_folder.number(), unfinished.c_str(), kFlags, 0600));
  if (!file) return SystemError("make " + unfinished, errno);
  Result<Descriptor> copy = CopyAboveStdio(file.number(), unfinished);
  if (!copy) {
    unlinkat(prepared.ending_folder.number(), unfinished.c_str(), 0);
    return std::move(copy).error();
  }
  prepared.ending_file = std::move(*copy);
  // The monitor writes over it: a disk that has become full loses no status.
  std::string room = kNeverBegun;
  room.resize(kEndingRoom, '\n');
  if (write(file.number(), room.data(), room.size()) != static_cast<ssize_t>(room.size()) ||
      lseek(file.number(), 0, SEEK_SET) != 0) {
    const int error = errno;
    unlinkat(prepared.ending_folder.number(), unfinished.c_str(), 0);
    return SystemError("write " + unfinished, error);
  }
  prepared.ending_unfinished.assign(unfinished.c_str(), unfinished.c_str() + unfinished.size() + 1);
  plan.monitor = true;
  plan.ending_file = prepared.ending_file.number();
  plan.ending_folder = prepared.ending_folder.number();
  plan.ending_unfinished = prepared.ending_unfinished.data();
  plan.ending_name = spec.monitor->name.c_str();
  return {};
}

// A /proc of another pid namespace would answer for another process.
Status OpenProc(Prepared& prepared) {
  prepared.proc = Descriptor(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!prepared.proc) return SystemError("open /proc: mount proc there", errno);
  std::array<char, 32> self = {};
  const ssize_t length = readlinkat(prepared.proc.number(), "self", self.data(), self.size());
  if (length < 0) return SystemError("read /proc/self: mount proc at /proc", errno);
  const std::string expected = std::to_string(getpid());
  if (std::string_view(self.data(), static_cast<std::size_t>(length)) != expected) {
    return Error{ErrorCode::kNotFound,
                 "/proc does not show this process: mount proc of this pid namespace there"};
  }
  return {};
}

// So that only an execve ends it: outcome.cc.
Status NameProcess(Plan& plan) {
  std::uint32_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
    return SystemError("getrandom", errno);
  }
  std::snprintf(plan.name, sizeof(plan.name), "%s%08x", kLaunchName, random);
  return {};
}

// Source: capabilities(7), "Transformation of capabilities during execve()".
Status HoldCapabilities(Plan& plan) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> words = {};
  if (syscall(SYS_capget, &header, words.data()) != 0) return SystemError("capget", errno);
  plan.held_permitted = words[0].permitted | std::uint64_t{words[1].permitted} << 32U;
  plan.held_inheritable = words[0].inheritable | std::uint64_t{words[1].inheritable} << 32U;
  for (unsigned i = 0; i < 64; ++i) {
    if (((plan.held_permitted & plan.held_inheritable) >> i & 1U) == 0) continue;
    const int is_set = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0);
    if (is_set < 0) return SystemError("prctl PR_CAP_AMBIENT_IS_SET", errno);
    plan.held_ambient |= static_cast<std::uint64_t>(is_set) << i;
  }
  const int secure_bits = prctl(PR_GET_SECUREBITS);
  if (secure_bits < 0) return SystemError("prctl PR_GET_SECUREBITS", errno);
  const bool is_root = geteuid() == 0 && (secure_bits & SECBIT_NOROOT) == 0;
  plan.raise_capabilities = !is_root && plan.held_permitted != 0;
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
  plan.init = spec.init;
  for (unsigned i = 0; i < 3; ++i) plan.terminal_streams |= spec.terminal[i] ? 1U << i : 0;
  plan.host_name = spec.host_name.empty() ? nullptr : spec.host_name.c_str();
  plan.host_name_length = spec.host_name.size();
  plan.mount_namespace = namespaces.mount || namespaces.pid || has_rootfs;
  plan.mount_proc = namespaces.pid || has_rootfs;
  plan.rootfs = has_rootfs ? spec.rootfs.c_str() : nullptr;
  plan.working_directory =
      spec.working_directory.empty() ? nullptr : spec.working_directory.c_str();
  plan.pid_namespace = namespaces.pid;
  if (plan.mount_namespace) plan.new_namespaces |= CLONE_NEWNS;
  if (namespaces.ipc) plan.new_namespaces |= CLONE_NEWIPC;
  if (namespaces.uts) plan.new_namespaces |= CLONE_NEWUTS;
  if (namespaces.net) plan.new_namespaces |= CLONE_NEWNET;
}

void FillIdentity(const Spec& spec, Plan& plan) {
  plan.limits = spec.limits.data();
  plan.limit_count = spec.limits.size();
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
    std::string candidate(colon == 0 || path.empty() ? "." : path.substr(0, colon));
    candidates.push_back(std::move(candidate.append("/").append(command)));
    if (colon == std::string_view::npos) return candidates;
    path.remove_prefix(colon + 1);
  }
}

Result<Prepared> Prepare(const Spec& spec) {
  if (Status status = Check(spec); !status) return std::move(status).error();
  Prepared prepared;
  if (Status status = OpenStdio(spec, prepared); !status) return std::move(status).error();
  if (Status status = OpenPipes(spec, prepared); !status) return std::move(status).error();
  if (Status status = OpenProc(prepared); !status) return std::move(status).error();
  if (Status status = OpenCgroup(spec, prepared); !status) return std::move(status).error();
  if (Status status = Connect(spec, prepared); !status) return std::move(status).error();
  if (Status status = NameProcess(prepared.plan); !status) return std::move(status).error();
  if (Status status = HoldCapabilities(prepared.plan); !status) return std::move(status).error();
  FillCommand(spec, prepared);
  FillNamespaces(spec, prepared.plan);
  FillIdentity(spec, prepared.plan);
  // Last, for it leaves a file behind.
  if (Status status = OpenEnding(spec, prepared); !status) return std::move(status).error();
  return prepared;
}

}  // namespace runtime::launch
