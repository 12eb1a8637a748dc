// Our own program's file, which a container must not be able to change.
//
// A container can have it executed: as its command, or as the interpreter of one, /proc/self/exe is
// this program until the execve is done, and the rootfs may bring the dynamic linker along that
// then runs in it, with /proc/self/exe as a way to the host's file. While it is executed it cannot
// be written to; when all of our processes have ended, it can (CVE-2019-5736 of runc). Sources:
// execve(2), ETXTBSY; proc(5), /proc/[pid]/exe; open_tree(2), mount_setattr(2); memfd_create(2),
// F_ADD_SEALS of fcntl(2).

#pragma once

#include "schema/error.h"

namespace runtime::launch {

// Executes this program again, from the start and with the same arguments and environment, by a
// mount of its file that nobody can write through; where the kernel has no such mounts (before
// Linux 5.12), from a sealed copy in memory. Returns where that is so already, as on a read-only
// /usr. For main(), before anything was begun that an execve would end. Errors: kSystem, it can be
// had neither way.
schema::Status ExecuteFromReadOnlyFile(char** argv);

}  // namespace runtime::launch
