// From the calls that a program made to the profile that allows them.

#pragma once

#include <string>
#include <vector>

#include "runtime/run/recorder.h"
#include "schema/error.h"
#include "schema/kernel/target.h"

namespace runtime::run {

struct RecordedProfile {
  std::string text;                // JSON, as schema::profile::ToJson() writes it
  std::vector<std::string> notes;  // what its reader should know, a sentence each
};

// The default is SCMP_ACT_ERRNO with ENOSYS: a C library that finds a call missing makes an older
// one in its place. Allowed is what was seen, with what is kept of the arguments, and beside it
// execve, by which the launcher starts the program, and exit_group: a program that was killed has
// not made it. Architectures are named where another one than the host's own was seen; a call is
// then allowed on each of them, since the format has no way to say less.
//
// A call with more than kMostValues values is allowed with all; a number that has no name is left
// out: both are noted. What seccomp-lint warns of on `host`, the engine and capabilities included,
// is allowed all the same, with a comment that says so, and noted.
// Errors: kInvalid, seccomp-lint finds an error in the profile: a bug of ours.
schema::Result<RecordedProfile> MakeProfile(const Calls& calls, const schema::kernel::Target& host);

}  // namespace runtime::run
