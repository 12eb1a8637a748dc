// What a YAML scalar is in the JSON that Kubernetes makes of it: not by YAML 1.2, but by the
// resolver of sigs.k8s.io/yaml, which kubectl and the API server read with.
//
//     SCMP_ACT_ALLOW  "0x10"      a string; so is everything in quotes
//     16  0x10  0o20  020  1_6    a number, 16: 020 is octal, as in C
//     true  yes  on  y  False     a boolean, the y and n of YAML 1.1 included
//     ~  null  (nothing)          null
//
// Source: https://github.com/kubernetes-sigs/yaml, goyaml.v2/resolve.go.

#pragma once

#include <string_view>

#include "schema/json/document.h"

namespace schema::yaml {

// `tag` empty: none was written. `quoted`: in quotes, or a block. The span is the caller's. A tag
// other than YAML's own makes a string.
json::Value ScalarValue(std::string_view text, std::string_view tag, bool quoted);

// Whether a string must be written in quotes to be read as that string, here and by YAML 1.2.
bool NeedsQuotes(std::string_view text);

}  // namespace schema::yaml
