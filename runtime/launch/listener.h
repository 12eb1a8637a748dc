// The launcher's part of SCMP_ACT_NOTIFY: the filter's listener, a descriptor, goes to the program
// that listens on `listenerPath`, with one message that says of which container it is.
//
//     {"ociVersion": "1.1.0", "fds": ["seccompFd"], "pid": 4422, "metadata": "...",
//      "state": {"ociVersion": "1.1.0", "id": "web", "status": "creating", "pid": 4422,
//                "bundle": "/containers/web", "annotations": {...}}}
//
// `pid` is the program's in our pid namespace; with Spec::init, not that of init.
//
// What can be waited for, and what cannot:
//   - The connection stands before the filter is loaded: without it no program starts.
//   - The process with the filter makes no call but execve, so a profile may give SCMP_ACT_NOTIFY
//     to every call there is: see hand_over.cc. None is a deadlock in itself.
//   - execve may wait for an answer. When the listener is gone, the kernel answers ENOSYS; when it
//     does not answer, Spec::listener_patience ends the launch.
//
// Source: config-linux.md of the OCI runtime specification, listenerPath and "The Container Process
// State"; seccomp_unotify(2).

#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "runtime/launch/descriptors.h"
#include "runtime/launch/spec.h"
#include "schema/error.h"
#include "schema/filter/filter.h"

namespace runtime::launch {

// A connection, close-on-exec, that waits no longer than `patience`. Errors: kSystem, there is no
// such socket, or nobody listens; with what to do.
schema::Result<Descriptor> ConnectListener(const std::string& path,
                                           std::chrono::milliseconds patience);

// Sends the message, `descriptor` with its first byte. Errors: kSystem.
schema::Status SendProcessState(const Descriptor& connection, const Descriptor& descriptor,
                                pid_t pid, const ContainerState& state,
                                const schema::filter::Listener& listener);

}  // namespace runtime::launch
