// Recorder: hears of every system call of a program, and lets each go on.
//
//     auto recorder = Recorder::Start(*HostTarget());
//     spec.filter = (*recorder)->filter();
//     ... Launch(spec), until the program and all that it started have ended
//     Result<Calls> calls = (*recorder)->Finish();
//
// The filter asks for each call of the program, of the processes that it starts and of what these
// execute, 32-bit ones too; a thread of ours answers "continue" (SECCOMP_USER_NOTIF_FLAG_CONTINUE).
// Numbers and registers are all that it looks at, never memory. Calls that the vDSO answers are
// none to the kernel; a call that a filter of the program's own denies is not heard of.
// Source: seccomp_unotify(2).

#pragma once

#include <linux/seccomp.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "runtime/run/kept_argument.h"
#include "schema/descriptor.h"
#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/target.h"

namespace runtime::run {

// A call that was made, once for each value of what is kept of its arguments.
struct SeenCall {
  std::uint32_t audit_token = 0;  // AUDIT_ARCH_*
  std::uint32_t number = 0;       // of seccomp_data.nr: x32's with kX32Bit
  std::uint64_t kept = 0;         // of KeptArgumentOf(), masked; 0: nothing is

  friend auto operator<=>(const SeenCall&, const SeenCall&) = default;
};

// Of a call with more than kMostValues values one more is there; of the numbers that have no name,
// kMostUnnamed.
using Calls = std::set<SeenCall>;
inline constexpr std::size_t kMostValues = 64;
inline constexpr std::size_t kMostUnnamed = 16;

class Recorder {
 public:
  // `host`: this host. Errors: kUnsupported, the kernel is older than 5.5; kSystem, also where the
  // folder that the environment names as TMPDIR is of no use.
  static schema::Result<std::unique_ptr<Recorder>> Start(const schema::kernel::Target& host);

  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  // Calls that are still made then get ENOSYS.
  ~Recorder();

  // For Spec::filter: it asks for each call, and its listener is ours.
  const schema::filter::Filter& filter() const { return filter_; }

  // After the program and all its processes have ended. Errors: kSystem, an answer failed, from
  // which on all calls got ENOSYS.
  schema::Result<Calls> Finish();

 private:
  Recorder() = default;
  void Serve();
  schema::Status AnswerAll();
  schema::Status AnswerOne(seccomp_notif& call);
  void Note(const seccomp_data& data);
  void Stop();

  schema::filter::Filter filter_;
  schema::Descriptor listening_;
  schema::Descriptor socket_file_;  // of the same socket: the launcher sends the listener there
  schema::Descriptor stop_;         // eventfd(2)
  std::thread thread_;
  // The thread's, until it is joined.
  schema::Descriptor listener_;
  Calls calls_;
  struct Number {
    std::optional<KeptArgument> kept;
    std::size_t values = 0;  // of it in calls_
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Number> numbers_;
  std::size_t unnamed_ = 0;
  schema::Status outcome_;
};

}  // namespace runtime::run
