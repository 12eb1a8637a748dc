#include <set>
#include <string_view>

#include "lint/rules/edit.h"
#include "lint/rules/places.h"
#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

// JSON has no comments, so people write them as keys: "comment", "_note", "//", "$schema".
bool IsRemark(std::string_view key) {
  return key == "comment" || key == "description" || key.starts_with('_') || key.starts_with('$') ||
         key.starts_with('#') || key.starts_with("//");
}

// Whether objects have keys, asked many times of one after the other.
class Keys {
 public:
  bool Has(const schema::json::Value& object, std::string_view key) {
    if (object_ != &object) {
      object_ = &object;
      keys_.clear();
      for (const auto& member : object.members) keys_.insert(member.key.value);
    }
    return keys_.contains(key);
  }

 private:
  const schema::json::Value* object_ = nullptr;
  std::set<std::string_view> keys_;
};

// Nothing where the object has the right key, too: which of the values counts is not ours to say.
std::optional<Fix> Renamed(const Context& context, Keys& keys, schema::Span key,
                           const std::string& nearest) {
  const auto* object = ContainerOf(context.json.document, key);
  if (object == nullptr || keys.Has(*object, nearest)) return std::nullopt;
  return FixBy(false, "write " + Quoted(nearest), {Edit{key, Quoted(nearest)}});
}

std::vector<Finding> CheckUnknownKey(const Context& context) {
  using schema::profile::ProblemKind;
  std::vector<Finding> findings = FromParser(context, ProblemKind::kUnknownKey);
  for (Finding& finding : findings) {
    const std::string_view text = context.json.document.text;
    std::string_view key = text.substr(finding.span.begin, finding.span.end - finding.span.begin);
    if (key.starts_with('"')) key = key.substr(1, key.size() - 2);  // YAML's may be without
    if (IsRemark(key)) finding.severity = Severity::kInfo;
  }
  if (context.parsed == nullptr) return findings;
  for (Finding& foreign : FromParser(context, ProblemKind::kForeignKey)) {
    foreign.severity = Severity::kError;
    findings.push_back(std::move(foreign));
  }
  Keys keys;
  for (const schema::profile::Problem& problem : context.parsed->problems) {
    if (problem.kind != ProblemKind::kMisspeltKey) continue;
    findings.push_back({problem.span, problem.message, problem.help, problem.related,
                        Severity::kError, Renamed(context, keys, problem.span, problem.nearest)});
  }
  return findings;
}

}  // namespace

extern const Rule kSL101{
    .id = "SL101",
    .name = "unknown-key",
    .severity = Severity::kWarning,
    .summary = "A key is none that engines read.",
    .why =
        "Engines skip a key that they do not know and say nothing. Where a real key is near it is "
        "an error: what it should say does not hold. \"arg\" instead of \"args\" drops the "
        "condition, so that the rule holds for every call. \"Names\" instead of \"names\" is "
        "read by Docker, which ignores case, and not by Mesos. A key that can only be a remark, "
        "such as \"comment\" or \"_note\", is information. An OCI config and a SeccompProfile have fewer "
        "keys: \"includes\" in one of them does not limit its rule to anything, and is an error.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["personality"], "action": "SCMP_ACT_ALLOW",
    "arg": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["personality"], "action": "SCMP_ACT_ALLOW",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .source =
        "seccomp/seccomp.go of moby/profiles; encoding/json of Go, Unmarshal: keys match in any "
        "case; specs-go/config.go of opencontainers/runtime-spec; api/seccompprofile of the "
        "security-profiles-operator",
    .check = &CheckUnknownKey,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
