// The machines of a cluster, out of what its tools print of them.

#pragma once

#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/json/document.h"

namespace lint::cli {

// Whether the JSON is a list of nodes, or a node, as `kubectl get nodes -o json` prints it.
bool IsNodeList(const schema::json::Value& root);

// A target in --target's form for each node, each once: "arch=amd64,kernel=5.15,engine=oci", out of
// status.nodeInfo. Nodes of another operating system are left out. `path`: of the file, for
// messages. Errors: kInvalid, with FILE:LINE:COLUMN of what is missing or cannot be read; no node
// of Linux.
schema::Result<std::vector<std::string>> NodeTargets(const std::string& path,
                                                     const schema::json::Document& document);

}  // namespace lint::cli
