#include "runtime/launch/starter_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace runtime::launch {
namespace {

using schema::Descriptor;
using schema::Result;
using schema::SystemError;

#if __SIZEOF_POINTER__ == 8
using ElfHeader = Elf64_Ehdr;
using ElfSegment = Elf64_Phdr;
#else
using ElfHeader = Elf32_Ehdr;
using ElfSegment = Elf32_Phdr;
#endif

// The program as it was linked, with room for no plan.
alignas(ElfHeader) constexpr unsigned char kStarter[] = {
#include "starter_bytes.inc"
};

// As the linker was told (CMakeLists.txt): no other segment lies as high.
constexpr std::uintptr_t kPlanAddress = STARTER_PLAN_ADDRESS;

// What the plan points to, with the addresses that it has in the starter's memory.
class Room {
 public:
  Room() : bytes_(sizeof(Plan)) {}

  template <class T>
  const T* Put(const T* first, std::size_t count) {
    bytes_.resize((bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    const std::size_t at = bytes_.size();
    const auto* const bytes = reinterpret_cast<const char*>(first);
    if (count > 0) bytes_.insert(bytes_.end(), bytes, bytes + count * sizeof(T));
    return reinterpret_cast<const T*>(kPlanAddress + at);  // NOLINT: in the starter's memory
  }
  const char* Put(const char* text) {
    return text == nullptr ? nullptr : Put(text, std::strlen(text) + 1);
  }
  // Ended by a null, as is the copy.
  const char* const* Put(const char* const* texts) {
    std::vector<const char*> copies;
    for (; *texts != nullptr; ++texts) copies.push_back(Put(*texts));
    copies.push_back(nullptr);
    return Put<const char*>(copies.data(), copies.size());
  }

  std::vector<char> TakeWith(const Plan& plan) {
    std::memcpy(bytes_.data(), &plan, sizeof(plan));
    return std::move(bytes_);
  }

 private:
  std::vector<char> bytes_;
};

std::vector<char> Flatten(Plan plan) {
  Room room;
  plan.ending_unfinished = room.Put(plan.ending_unfinished);
  plan.ending_name = room.Put(plan.ending_name);
  plan.host_name = room.Put(plan.host_name);
  plan.rootfs = room.Put(plan.rootfs);
  plan.working_directory = room.Put(plan.working_directory);
  plan.limits = room.Put(plan.limits, plan.limit_count);
  plan.groups = room.Put(plan.groups, plan.group_count);
  // sock_fprog has no const; the kernel only reads it.
  plan.filter.filter = const_cast<sock_filter*>(room.Put(plan.filter.filter, plan.filter.len));
  plan.candidates = room.Put(plan.candidates);
  plan.argv = room.Put(plan.argv);
  plan.environment = room.Put(plan.environment);
  return room.TakeWith(plan);
}

Result<Descriptor> NewFile() {
  constexpr char kName[] = "seccomp-starter";
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  constexpr unsigned kExecutable = 0x10;  // MFD_EXEC of linux/memfd.h, since Linux 6.3
  Descriptor file(memfd_create(kName, kFlags | kExecutable));
  if (!file && errno == EINVAL) file = Descriptor(memfd_create(kName, kFlags));
  if (file) return file;
  return SystemError(errno == EACCES
                         ? "memfd_create: the sysctl vm.memfd_noexec forbids programs in "
                           "memory, by which containers are started; set it to 0 or 1"
                         : "memfd_create",
                     errno);
}

// The program, to the plan's segment, which is its last; and there `room`.
std::vector<char> Link(const std::vector<char>& room) {
  std::vector<char> program(std::begin(kStarter), std::end(kStarter));
  ElfHeader header;
  std::memcpy(&header, program.data(), sizeof(header));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    char* const place = program.data() + header.e_phoff + i * sizeof(ElfSegment);
    ElfSegment segment;
    std::memcpy(&segment, place, sizeof(segment));
    if (segment.p_type != PT_LOAD || segment.p_vaddr != kPlanAddress) continue;
    segment.p_filesz = segment.p_memsz = room.size();
    std::memcpy(place, &segment, sizeof(segment));
    program.resize(segment.p_offset);
    program.insert(program.end(), room.begin(), room.end());
    break;
  }
  return program;
}

bool Write(const Descriptor& file, const std::vector<char>& program) {
  return pwrite(file.number(), program.data(), program.size(), 0) ==
         static_cast<ssize_t>(program.size());
}

// RLIMIT_FSIZE counts files in memory, too: it is lifted meanwhile, as far as that is allowed.
bool WriteBeyondLimit(const Descriptor& file, const std::vector<char>& program) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
  const rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  const rlimit more = {limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_FSIZE, &all) != 0 && setrlimit(RLIMIT_FSIZE, &more) != 0) return false;
  const bool is_written = Write(file, program);
  return setrlimit(RLIMIT_FSIZE, &limit) == 0 && is_written;
}

}  // namespace

Result<Descriptor> MakeStarter(const Plan& plan) {
  const std::vector<char> program = Link(Flatten(plan));
  Result<Descriptor> file = NewFile();
  if (!file) return file;
  if (!Write(*file, program) && !WriteBeyondLimit(*file, program)) {
    return SystemError("write the starter, a file in memory of " + std::to_string(program.size()) +
                           " bytes, which RLIMIT_FSIZE must leave room for",
                       errno);
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(file->number(), F_ADD_SEALS, kSeals) != 0) return SystemError("F_ADD_SEALS", errno);
  return file;
}

}  // namespace runtime::launch
