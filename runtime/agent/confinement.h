// What the agent does without. The threads that talk to clients (EventLoop::clients) read what
// strangers send, and need nothing for that but sockets and memory: each gives up its capabilities,
// may gain no privileges, and loads the filter of profiles/agent.json for itself alone; so does the
// one that writes the log. The others keep what launching takes: a container begins as a copy of
// one, with its filters.
// Threads share their memory: this limits what a first mistake can do, it is no boundary.
// Source: seccomp(2), capabilities(7).

#pragma once

#include <string_view>

#include "schema/error.h"
#include "schema/filter/filter.h"

namespace runtime::agent {

// The text of profiles/agent.json, as this build was given it.
std::string_view ClientProfile();

// Its filter, linted, compiled and proved for this host like a container's. Errors: of
// isolator::MakeFilter; kUnsupported, a kernel without filters.
schema::Result<schema::filter::Filter> MakeClientFilter();

// Of the calling thread, for good. Errors: kSystem; the thread may then keep a part of its
// privileges.
schema::Status ConfineThread(const schema::filter::Filter& filter);

// No core file of this process, with its keys and secrets, and no other user looks into it. Unlike
// RLIMIT_CORE, execve ends it: the containers' programs may leave core files. Errors: kSystem.
schema::Status HideProcess();

}  // namespace runtime::agent
