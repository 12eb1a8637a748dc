#include "schema/profile/form_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <set>

#include "schema/kernel/suggestion.h"

namespace schema::profile {
namespace {

// Whether the two differ in case alone.
bool SameLetters(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); },
      [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

// Pointing at the whole object would quote the whole file.
Span Opening(Span span) { return {span.begin, span.begin + 1}; }

// What a rule or profile says in vain where the form does not have the key.
std::string_view EffectOf(std::string_view key) {
  if (key == "includes" || key == "excludes") return ", and the rule holds on every target";
  if (key == "archMap") return ", and the filter covers the native architecture alone";
  if (key == "defaultErrnoRet" || key == "defaultErrno") return ", and the default is EPERM";
  if (key == "errno") return ", and errnoRet or EPERM counts";
  return "";
}

}  // namespace

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

const FormTerms& TermsOf(Form form) {
  static constexpr std::array<FormTerms, 3> kWords = {{
      {"a profile", ": engines ignore it", ": Docker reads a key in any case, other engines do not",
       std::numeric_limits<std::uint64_t>::max()},
      {"linux.seccomp", ": runtimes ignore it",
       ": runc reads a key in any case, other runtimes do not",
       std::numeric_limits<std::uint64_t>::max()},
      {"a SeccompProfile's spec", ": the API server drops it or refuses the resource",
       ": Kubernetes knows keys in the right case alone",
       static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())},
  }};
  return kWords[static_cast<std::size_t>(form)];
}

Problem NotAnObject(Form form, const json::Value& value) {
  const std::string found(json::KindName(value.kind));
  const bool is_null = value.kind == json::Kind::kNull;
  switch (form) {
    case Form::kDocker:
      return {ProblemKind::kNotAnObject,
              value.span,
              "a profile is a JSON object, this is " + found +
                  (is_null ? ": Docker runs the container UNCONFINED with it"
                           : ": Docker does not load it"),
              "wrap it: { \"defaultAction\": ..., \"syscalls\": [...] }",
              {}};
    case Form::kOci:
      return {ProblemKind::kNotAnObject,
              value.span,
              "linux.seccomp is an object, this is " + found +
                  (is_null ? ": the runtime runs the container UNCONFINED with it"
                           : ": the runtime does not load the config"),
              "write \"seccomp\": { \"defaultAction\": ..., \"syscalls\": [...] }",
              {}};
    case Form::kSeccompProfile:
      break;
  }
  return {ProblemKind::kNotAnObject,
          value.span,
          "spec is an object, this is " + found + ": the API server refuses the resource",
          "write defaultAction and syscalls below spec",
          {}};
}

Problem NoDefaultAction(Form form, const json::Value& profile, bool has_no_rules) {
  Problem problem{ProblemKind::kMissingDefaultAction,
                  Opening(profile.span),
                  "no \"defaultAction\": runc and crun refuse the profile",
                  "add \"defaultAction\": \"SCMP_ACT_ERRNO\" for a list of allowed calls",
                  {}};
  if (form == Form::kSeccompProfile) {
    problem.message = "no \"defaultAction\" in spec: the API server refuses the resource";
    problem.help = "add \"defaultAction: SCMP_ACT_ERRNO\" for a list of allowed calls";
  } else if (has_no_rules) {
    const bool is_oci = form == Form::kOci;
    problem.message = std::string("no \"defaultAction\" and no \"syscalls\": ") +
                      (is_oci ? "runc" : "Docker") +
                      " runs the container UNCONFINED with such a profile, and says nothing" +
                      (is_oci ? "; crun refuses it" : "");
    problem.help =
        std::string("add \"defaultAction\": \"SCMP_ACT_ERRNO\" and the calls to allow, or ") +
        (is_oci ? "leave \"seccomp\" out" : "ask for unconfined by name");
  }
  return problem;
}

Problem ForeignKey(Form form, const Spanned<std::string>& key) {
  const bool is_resource = form == Form::kSeccompProfile;
  return {ProblemKind::kForeignKey,
          key.span,
          Quoted(key.value) + " is a key of Docker's profiles, not of " +
              (is_resource ? "a SeccompProfile: the API server drops it or refuses the resource"
                           : "linux.seccomp: runtimes drop it in silence") +
              std::string(EffectOf(key.value)),
          "keep the profile in Docker's form and make this one of it, for a target, with "
          "`seccomp-lint convert`",
          {}};
}

Problem UnknownKey(Form form, const Spanned<std::string>& key, std::string_view what,
                   std::span<const std::string_view> known) {
  const std::string_view nearest = kernel::Nearest(key.value, known);
  Problem problem{ProblemKind::kUnknownKey,
                  key.span,
                  Quoted(key.value) + " is no key of " + std::string(what),
                  "",
                  {}};
  if (nearest.empty()) {
    problem.message += TermsOf(form).unknown;
    problem.help = "remove it; keys of " + std::string(what) + ":";
    for (const std::string_view name : known) problem.help += " " + std::string(name);
    return problem;
  }
  problem.kind = ProblemKind::kMisspeltKey;
  problem.message += ", did you mean " + Quoted(nearest) + "?";
  problem.help = "write " + Quoted(nearest);
  problem.help += SameLetters(key.value, nearest)
                      ? TermsOf(form).other_case
                      : ": engines drop a key that they do not know in silence";
  problem.nearest = nearest;
  return problem;
}

Problem InexactNumber(const json::Value& number) {
  if (number.AsUnsigned()) {
    return {ProblemKind::kInexactNumber,
            number.span,
            number.text +
                " is beyond 2^63-1, and integers in the Kubernetes API are signed: it "
                "refuses the resource",
            "a profile in a file on the node (localhostProfile) can say it",
            {}};
  }
  constexpr std::size_t kShown = 40;  // of digits, of which a file may have a million
  const bool digits_alone = number.text.find_first_not_of("0123456789") == std::string::npos;
  return {ProblemKind::kInexactNumber,
          number.span,
          number.text.substr(0, kShown) + (number.text.size() > kShown ? "..." : "") +
              " is not a whole number from 0 to 2^64-1: the profile does not load",
          digits_alone ? "the largest number is 18446744073709551615"
          : number.text.starts_with('-')
              ? "numbers are unsigned: of an argument -1 is 18446744073709551615 where it has 64 "
                "bits, 4294967295 where it is an int"
              : "write it out in decimal digits, without fraction or exponent",
          {}};
}

Problem NothingThere(const Place& place) {
  const Span span = Opening(place.around->span);
  if (place.form == Form::kOci) {
    return {
        ProblemKind::kMissingDefaultAction,
        span,
        "no linux.seccomp in this config: the runtime runs the container UNCONFINED",
        "add linux.seccomp, such as `seccomp-lint resolve PROFILE` prints, or ask for unconfined "
        "by name",
        {}};
  }
  return {ProblemKind::kMissingDefaultAction,
          span,
          "no spec in this SeccompProfile: the API server refuses the resource",
          "add spec, with defaultAction and syscalls",
          {}};
}

ParseResult NoProfile(const json::Document& document) {
  std::set<std::string> kinds;
  const auto add = [&](const json::Value& item) {
    const json::Value* kind = Find(item, "kind");
    if (kind != nullptr && kind->kind == json::Kind::kString) kinds.insert(kind->text);
  };
  add(document.root);
  for (const json::Value& item : document.root.items) add(item);
  std::string found;
  for (const std::string& kind : kinds) found += (found.empty() ? "" : ", ") + kind;
  std::string help =
      "engines read profiles of Docker's form as JSON alone; the resource is apiVersion "
      "security-profiles-operator.x-k8s.io/v1beta1, kind SeccompProfile";
  const Span span = document.root.kind == json::Kind::kNull ? Span() : Opening(document.root.span);
  return {std::nullopt,
          {{ProblemKind::kNotAnObject,
            span,
            "no SeccompProfile in this YAML" + (found.empty() ? "" : ", but " + found),
            std::move(help),
            {}}}};
}

}  // namespace schema::profile
