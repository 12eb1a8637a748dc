// The id of a container. One that is nested is called by the ids of those that it is in, from the
// outermost on, with slashes between: "task/sidecar". Source: ContainerID of mesos/v1/mesos.proto.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/agent/body.h"
#include "schema/error.h"
#include "schema/json/document.h"

namespace runtime::agent {

// The member container_id of `call`, parents included. Each id has 1 to 255 of [A-Za-z0-9._-] and
// is neither "." nor "..", and all of them together have 255 with what stands between: they become
// the name of a folder. Errors: kInvalid.
schema::Result<std::string> ReadContainerId(const Body& body, const schema::json::Value& call);

// "a/b" for "a/b/c"; std::nullopt for one that is not nested.
std::optional<std::string> ParentOf(std::string_view id);

// "c" for "a/b/c".
std::string_view OwnIdOf(std::string_view id);

// Whether `id` is nested in `outer`, at any depth.
bool IsWithin(std::string_view id, std::string_view outer);

// The folder of its sandbox: no two containers share one, since no id has a '+'.
std::string FolderOf(std::string_view id);

}  // namespace runtime::agent
