#include "lint/cli/seccomp_profile_text.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <limits>
#include <string_view>
#include <utility>

#include "lint/cli/resolved_profile.h"
#include "lint/engine/placed_error.h"
#include "lint/report/printable.h"
#include "schema/policy/resolve.h"
#include "schema/yaml/scalar.h"

namespace lint::cli {
namespace {

using boost::json::value;
using schema::Span;

// Source: the enumerations Arch and Flag in api/seccompprofile/v1beta1 of the operator.
constexpr std::array<std::string_view, 4> kUnknownArchitectures = {
    "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB"};
constexpr std::array<std::string_view, 4> kFlags = {
    "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::uint16_t kEperm = 1;

// A name of DNS, as of all objects: RFC 1123, a subdomain.
bool IsObjectName(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  const auto is_outer = [&](char c) { return is_inner(c) && c != '-'; };
  if (name.empty() || name.size() > kLongest) return false;
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] != '.' && !is_inner(name[at])) return false;
    const bool begins = at == 0 || name[at - 1] == '.';
    const bool ends = at + 1 == name.size() || name[at + 1] == '.';
    if ((begins || ends) && !is_outer(name[at])) return false;
  }
  return true;
}

// What the form cannot say of the profile on its target.
class Refusal {
 public:
  explicit Refusal(const ProfileInput& input) : input_(input) {}

  schema::Status Find() {
    const auto& profile = input_.profile;
    const auto verdict = input_.policy.default_verdict;
    if (schema::kernel::Facts(verdict.action).takes_errno && verdict.data != kEperm) {
      return At(profile.default_errno_ret    ? profile.default_errno_ret->span
                : profile.default_errno_name ? profile.default_errno_name->span
                                             : profile.default_action->span,
                "a SeccompProfile has no defaultErrnoRet: its default can fail with EPERM alone");
    }
    for (const auto& part : input_.policy.architectures) {
      const std::string_view name = schema::kernel::Facts(part.architecture).scmp_name;
      if (std::ranges::find(kUnknownArchitectures, name) == kUnknownArchitectures.end()) continue;
      return At(profile.span, "the operator does not know the architecture " + std::string(name));
    }
    for (const auto& flag : profile.flags) {
      if (std::ranges::find(kFlags, flag.value) == kFlags.end()) {
        return At(flag.span, "the operator does not know the flag " + flag.value);
      }
    }
    for (const auto& rule : profile.syscalls) {
      if (!schema::policy::Applies(rule, input_.target)) continue;
      if (auto status = OfRule(rule); !status) return status;
    }
    return {};
  }

 private:
  schema::Error At(Span span, const std::string& message) const {
    const Span opening{span.begin, span.begin + 1};
    schema::Error error = engine::PlacedError(input_.name, input_.document.text, opening, message);
    error.code = schema::ErrorCode::kUnsupported;
    return error;
  }

  schema::Status OfRule(const schema::profile::Rule& rule) const {
    const auto verdict = schema::policy::VerdictOf(rule);
    if (schema::kernel::Facts(verdict->action).takes_errno && verdict->data == 0) {
      return At(rule.errno_ret ? rule.errno_ret->span : rule.span,
                "the operator drops an errnoRet of 0, and the call would get EPERM");
    }
    for (const auto& argument : rule.args) {
      for (const auto& number : {argument.value, argument.value_two}) {
        if (!number || number->value <= kLargest) continue;
        return At(number->span,
                  std::to_string(number->value) +
                      " is beyond 2^63-1, and integers in the Kubernetes API are signed");
      }
    }
    return {};
  }

  const ProfileInput& input_;
};

std::string Scalar(const value& of) {
  const auto* text = of.if_string();
  // A string of JSON is one of YAML in double quotes.
  const bool plain = text != nullptr && !schema::yaml::NeedsQuotes({text->data(), text->size()});
  return plain ? std::string(text->data(), text->size()) : boost::json::serialize(of);
}

// Block style has no empty ones.
bool IsBlock(const value& of) {
  return (of.is_object() && !of.get_object().empty()) || (of.is_array() && !of.get_array().empty());
}

// In block style. `indent`: of the value's own lines, of which the first one has it already.
void AppendBlock(const value& of, const std::string& indent, std::string& out) {
  bool first = true;
  const auto begin_line = [&] {
    if (!std::exchange(first, false)) out += indent;
  };
  if (const auto* object = of.if_object()) {
    for (const auto& [key, member] : *object) {
      begin_line();
      out += std::string(key) + ":";
      if (IsBlock(member)) {
        const std::string inner = indent + (member.is_object() ? "  " : "");
        out += "\n" + inner;
        AppendBlock(member, inner, out);
      } else {
        out += " " + Scalar(member) + "\n";
      }
    }
  } else if (const auto* array = of.if_array()) {
    for (const value& item : *array) {
      begin_line();
      out += "- ";
      AppendBlock(item, indent + "  ", out);
    }
  } else {
    out += Scalar(of) + "\n";
  }
}

}  // namespace

schema::Result<std::string> SeccompProfileText(const ProfileInput& input, const std::string& name) {
  if (!IsObjectName(name)) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         "\"" + name +
                             "\" is no name of an object in Kubernetes: give one of small "
                             "letters, digits, - and . with --name",
                         0};
  }
  if (auto status = Refusal(input).Find(); !status) return std::move(status).error();
  boost::json::object spec = ResolvedObject(input);
  spec.stable_erase("defaultErrnoRet");  // EPERM
  const value resource = {{"apiVersion", "security-profiles-operator.x-k8s.io/v1beta1"},
                          {"kind", "SeccompProfile"},
                          {"metadata", {{"name", name}}},
                          {"spec", std::move(spec)}};
  std::string text;
  AppendBlock(resource, "", text);
  return text;
}

}  // namespace lint::cli
