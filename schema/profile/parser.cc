#include "schema/profile/parser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "schema/kernel/suggestion.h"
#include "schema/profile/words.h"

namespace schema::profile {
namespace {

using json::Kind;
using json::Value;

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Whether the two differ in case alone.
bool SameLetters(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); },
      [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

class Parser {
 public:
  ParseResult Run(const Value& root) {
    if (root.kind != Kind::kObject) {
      Report(ProblemKind::kNotAnObject, root.span,
             "a profile is a JSON object, this is " + std::string(json::KindName(root.kind)) +
                 (root.kind == Kind::kNull ? ": Docker runs the container UNCONFINED with it"
                                           : ": Docker does not load it"),
             "wrap it: { \"defaultAction\": ..., \"syscalls\": [...] }");
      return {std::nullopt, std::move(problems_)};
    }
    Profile profile = Object<Profile>(root, "a profile");
    if (!profile.default_action && !Reported(ProblemKind::kUnknownAction, root)) {
      ReportMissingDefaultAction(root, profile);
    }
    profile.complete = complete_;
    std::ranges::stable_sort(problems_, {}, [](const Problem& p) { return p.span.begin; });
    return {std::move(profile), std::move(problems_)};
  }

 private:
  // One key of an object and what reads its value into a T.
  template <class T>
  struct Field {
    std::string_view key;
    void (Parser::*read)(const Value&, T&);
  };

  template <class T>
  static std::span<const Field<T>> Fields();

  void Report(ProblemKind kind, Span span, std::string message, std::string help = {}) {
    if (kind != ProblemKind::kUnknownKey) complete_ = false;
    problems_.push_back({kind, span, std::move(message), std::move(help), {}});
  }

  // Whether the value of a member of `object` itself was reported as `kind`.
  bool Reported(ProblemKind kind, const Value& object) const {
    return std::ranges::any_of(problems_, [&](const Problem& problem) {
      return problem.kind == kind &&
             std::ranges::any_of(object.members, [&](const json::Member& member) {
               return member.value.span == problem.span;
             });
    });
  }

  // `what` names the object in messages: "a rule".
  template <class T>
  T Object(const Value& value, std::string_view what) {
    T object;
    object.span = value.span;
    if (!Is(value, Kind::kObject, what)) return object;
    for (const json::Member& member : value.members) {
      const auto fields = Fields<T>();
      const auto field = std::ranges::find(fields, member.key.value, &Field<T>::key);
      if (field == fields.end()) {
        ReportUnknownKey<T>(member.key, what);
      } else if (member.value.kind != Kind::kNull) {
        key_ = field->key;
        (this->*field->read)(member.value, object);
      }
    }
    return object;
  }

  template <class T>
  void ReportUnknownKey(const Spanned<std::string>& key, std::string_view what) {
    std::vector<std::string_view> known;
    for (const Field<T>& field : Fields<T>()) known.push_back(field.key);
    const std::string_view nearest = kernel::Nearest(key.value, known);
    const std::string message = Quoted(key.value) + " is no key of " + std::string(what);
    if (nearest.empty()) {
      std::string help = "remove it; keys of " + std::string(what) + ":";
      for (const std::string_view name : known) help += " " + std::string(name);
      Report(ProblemKind::kUnknownKey, key.span, message + ": engines ignore it", help);
    } else {
      Report(ProblemKind::kMisspeltKey, key.span,
             message + ", did you mean " + Quoted(nearest) + "?",
             "write " + Quoted(nearest) +
                 (SameLetters(key.value, nearest)
                      ? ": Docker reads a key in any case, other engines do not"
                      : ": engines drop a key that they do not know in silence"));
      problems_.back().nearest = nearest;
    }
  }

  void ReportMissingDefaultAction(const Value& root, const Profile& profile) {
    // Pointing at the whole object would quote the whole file.
    const Span opening{root.span.begin, root.span.begin + 1};
    if (profile.syscalls.empty()) {
      Report(ProblemKind::kMissingDefaultAction, opening,
             "no \"defaultAction\" and no \"syscalls\": Docker runs the container UNCONFINED with "
             "such a profile, and says nothing",
             "add \"defaultAction\": \"SCMP_ACT_ERRNO\" and the calls to allow, or ask for "
             "unconfined by name");
    } else {
      Report(ProblemKind::kMissingDefaultAction, opening,
             "no \"defaultAction\": runc and crun refuse the profile",
             "add \"defaultAction\": \"SCMP_ACT_ERRNO\" for a list of allowed calls");
    }
  }

  // `what` names the value in messages; empty: by its key.
  bool Is(const Value& value, Kind kind, std::string_view what = {}) {
    if (value.kind == kind) return true;
    std::string help;
    if (kind == Kind::kArray && value.kind == Kind::kString) help = "put it into brackets: [...]";
    if (kind == Kind::kNumber && value.kind == Kind::kString) help = "write it without quotes";
    if (kind == Kind::kString && value.kind == Kind::kNumber) help = "write it in double quotes";
    // A null among the rules is a nil pointer to the engines, which crash on it.
    if (value.kind == Kind::kNull) help = "remove it";
    Report(ProblemKind::kWrongType, value.span,
           (what.empty() ? Quoted(key_) : std::string(what)) + " must be " +
               std::string(json::KindName(kind)) + ", this is " +
               std::string(json::KindName(value.kind)) + ": the profile does not load",
           help);
    return false;
  }

  void String(const Value& value, std::optional<Spanned<std::string>>& out) {
    if (Is(value, Kind::kString)) out = {value.text, value.span};
  }

  void Number(const Value& value, std::optional<Spanned<std::uint64_t>>& out) {
    if (!Is(value, Kind::kNumber)) return;
    if (const auto number = value.AsUnsigned()) {
      out = {*number, value.span};
      return;
    }
    const bool digits_alone = value.text.find_first_not_of("0123456789") == std::string::npos;
    Report(ProblemKind::kInexactNumber, value.span,
           value.text + " is not a whole number from 0 to 2^64-1: the profile does not load",
           digits_alone ? "the largest number is 18446744073709551615"
           : value.text.starts_with('-')
               ? "numbers are unsigned: of an argument -1 is 18446744073709551615 where it has 64 "
                 "bits, 4294967295 where it is an int"
               : "write it out in decimal digits, without fraction or exponent");
  }

  void Strings(const Value& value, std::vector<Spanned<std::string>>& out) {
    out.clear();
    if (!Is(value, Kind::kArray)) return;
    out.reserve(value.items.size());
    for (const Value& item : value.items) {
      if (item.kind == Kind::kString || Is(item, Kind::kString, "an item of " + Quoted(key_))) {
        out.push_back({item.text, item.span});
      }
    }
  }

  // A word that `parse` knows; otherwise a problem of this kind.
  template <class T>
  void Word(const Value& value, std::string_view what, ProblemKind unknown,
            std::optional<T> (*parse)(std::string_view), const Vocabulary& vocabulary,
            std::optional<Spanned<T>>& out) {
    if (!Is(value, Kind::kString, what)) return;
    if (const auto word = parse(value.text)) {
      out = {*word, value.span};
      return;
    }
    const std::string_view nearest = vocabulary.nearest(value.text);
    std::string help = nearest.empty() ? "known:" : "did you mean " + Quoted(nearest) + "?";
    if (nearest.empty()) {
      for (const std::string_view name : vocabulary.words) help += " " + std::string(name);
    }
    Report(unknown, value.span,
           Quoted(value.text) + " is no " + std::string(vocabulary.noun) + ": " +
               std::string(vocabulary.effect),
           help);
  }

  void Action(const Value& value, std::optional<Spanned<kernel::Action>>& out) {
    Word(value, {}, ProblemKind::kUnknownAction, &kernel::ParseAction, ActionWords(), out);
  }

  void Operator(const Value& value, std::optional<Spanned<kernel::Operator>>& out) {
    Word(value, {}, ProblemKind::kUnknownOperator, &kernel::ParseOperator, OperatorWords(), out);
  }

  void Architecture(const Value& value, std::optional<Spanned<kernel::Architecture>>& out) {
    Word(value, "an architecture", ProblemKind::kUnknownArchitecture, &kernel::FromScmpName,
         ArchitectureWords(), out);
  }

  void Architectures(const Value& value, std::vector<Spanned<kernel::Architecture>>& out) {
    out.clear();
    if (!Is(value, Kind::kArray)) return;
    for (const Value& item : value.items) {
      std::optional<Spanned<kernel::Architecture>> architecture;
      Architecture(item, architecture);
      if (architecture) out.push_back(*architecture);
    }
  }

  // An array of objects, each read as a T.
  template <class T>
  void Objects(const Value& value, std::string_view what, std::vector<T>& out) {
    out.clear();
    if (!Is(value, Kind::kArray)) return;
    out.reserve(value.items.size());
    for (const Value& item : value.items) {
      if (Is(item, Kind::kObject, what)) out.push_back(Object<T>(item, what));
    }
  }

  void MinKernel(const Value& value, Conditions& out) {
    if (!Is(value, Kind::kString)) return;
    if (const auto version = kernel::ParseMinKernel(value.text)) {
      out.min_kernel = {*version, value.span};
      return;
    }
    // moby's KernelVersion.UnmarshalJSON() leaves an empty one at 0.0.
    Report(ProblemKind::kMinKernelFormat, value.span,
           Quoted(value.text) + " is no kernel version of the form \"4.8\": Docker " +
               (value.text.empty() ? "takes it for one that every kernel reaches"
                                   : "does not load the profile"),
           "write the first two numbers of the release, with a dot between them");
  }

  void Args(const Value& value, Rule& rule) {
    rule.args_span = value.span;
    Objects<Argument>(value, "an argument condition", rule.args);
    auto item = value.items.begin();
    for (const Argument& argument : rule.args) {
      while (item->span != argument.span) ++item;  // that is no object
      // What was given and could not be typed has been reported already.
      const auto check = [&](std::string_view key, bool given, std::string_view effect) {
        if (given || HasValue(*item, key)) return;
        Report(ProblemKind::kIncompleteArg, {argument.span.begin, argument.span.begin + 1},
               "this argument condition has no " + Quoted(key) + ": " + std::string(effect),
               "it needs \"index\" (0 to 5), \"value\" and \"op\"; \"valueTwo\" goes with "
               "SCMP_CMP_MASKED_EQ");
      };
      check("index", argument.index.has_value(), "Docker takes 0 for it in silence");
      check("value", argument.value.has_value(), "Docker takes 0 for it in silence");
      check("op", argument.op.has_value(), "runc and crun refuse the profile");
    }
  }

  static bool HasValue(const Value& object, std::string_view key) {
    return std::ranges::any_of(object.members, [&](const json::Member& member) {
      return member.key.value == key && member.value.kind != Kind::kNull;
    });
  }

  // The readers that only pass a member on, so that the tables of fields can name them.
  template <auto kMember, class T>
  void ReadString(const Value& value, T& out) {
    String(value, out.*kMember);
  }
  template <auto kMember, class T>
  void ReadStrings(const Value& value, T& out) {
    Strings(value, out.*kMember);
  }
  template <auto kMember, class T>
  void ReadNumber(const Value& value, T& out) {
    Number(value, out.*kMember);
  }
  template <auto kMember, class T>
  void ReadAction(const Value& value, T& out) {
    Action(value, out.*kMember);
  }
  template <auto kMember>
  void ReadConditions(const Value& value, Rule& out) {
    out.*kMember = Object<Conditions>(value, "a set of conditions");
  }
  void ReadOperator(const Value& value, Argument& out) { Operator(value, out.op); }
  void ReadArchitecture(const Value& value, ArchMapEntry& out) {
    Architecture(value, out.architecture);
  }
  void ReadSubarchitectures(const Value& value, ArchMapEntry& out) {
    Architectures(value, out.subarchitectures);
  }
  void ReadArchitectures(const Value& value, Profile& out) {
    out.architectures.emplace().span = value.span;
    Architectures(value, out.architectures->value);
  }
  void ReadArchMap(const Value& value, Profile& out) {
    out.arch_map.emplace().span = value.span;
    Objects<ArchMapEntry>(value, "an entry of \"archMap\"", out.arch_map->value);
  }
  void ReadSyscalls(const Value& value, Profile& out) {
    out.syscalls_span = value.span;
    Objects<Rule>(value, "a rule", out.syscalls);
    auto item = value.items.begin();
    for (const Rule& rule : out.syscalls) {
      while (item->span != rule.span) ++item;  // that is no object
      if (rule.action || HasValue(*item, "action")) continue;
      Report(ProblemKind::kUnknownAction, {rule.span.begin, rule.span.begin + 1},
             "this rule has no \"action\": runc and crun refuse the profile",
             "say what its calls get, for example SCMP_ACT_ALLOW");
    }
  }
  void ReadNames(const Value& value, Rule& out) {
    out.names_span = value.span;
    Strings(value, out.names);
  }

  std::vector<Problem> problems_;
  std::string_view key_;  // of the value being read, for messages
  bool complete_ = true;
};

template <>
std::span<const Parser::Field<Argument>> Parser::Fields<Argument>() {
  static constexpr std::array<Field<Argument>, 4> kFields = {{
      {"index", &Parser::ReadNumber<&Argument::index>},
      {"value", &Parser::ReadNumber<&Argument::value>},
      {"valueTwo", &Parser::ReadNumber<&Argument::value_two>},
      {"op", &Parser::ReadOperator},
  }};
  return kFields;
}

template <>
std::span<const Parser::Field<Conditions>> Parser::Fields<Conditions>() {
  static constexpr std::array<Field<Conditions>, 3> kFields = {{
      {"caps", &Parser::ReadStrings<&Conditions::caps>},
      {"arches", &Parser::ReadStrings<&Conditions::arches>},
      {"minKernel", &Parser::MinKernel},
  }};
  return kFields;
}

template <>
std::span<const Parser::Field<Rule>> Parser::Fields<Rule>() {
  static constexpr std::array<Field<Rule>, 9> kFields = {{
      {"names", &Parser::ReadNames},
      {"name", &Parser::ReadString<&Rule::name>},
      {"action", &Parser::ReadAction<&Rule::action>},
      {"errnoRet", &Parser::ReadNumber<&Rule::errno_ret>},
      {"errno", &Parser::ReadString<&Rule::errno_name>},
      {"args", &Parser::Args},
      {"comment", &Parser::ReadString<&Rule::comment>},
      {"includes", &Parser::ReadConditions<&Rule::includes>},
      {"excludes", &Parser::ReadConditions<&Rule::excludes>},
  }};
  return kFields;
}

template <>
std::span<const Parser::Field<ArchMapEntry>> Parser::Fields<ArchMapEntry>() {
  static constexpr std::array<Field<ArchMapEntry>, 2> kFields = {{
      {"architecture", &Parser::ReadArchitecture},
      {"subArchitectures", &Parser::ReadSubarchitectures},
  }};
  return kFields;
}

template <>
std::span<const Parser::Field<Profile>> Parser::Fields<Profile>() {
  static constexpr std::array<Field<Profile>, 9> kFields = {{
      {"defaultAction", &Parser::ReadAction<&Profile::default_action>},
      {"defaultErrnoRet", &Parser::ReadNumber<&Profile::default_errno_ret>},
      {"defaultErrno", &Parser::ReadString<&Profile::default_errno_name>},
      {"architectures", &Parser::ReadArchitectures},
      {"archMap", &Parser::ReadArchMap},
      {"syscalls", &Parser::ReadSyscalls},
      {"flags", &Parser::ReadStrings<&Profile::flags>},
      {"listenerPath", &Parser::ReadString<&Profile::listener_path>},
      {"listenerMetadata", &Parser::ReadString<&Profile::listener_metadata>},
  }};
  return kFields;
}

}  // namespace

ParseResult Parse(const json::Document& document) { return Parser().Run(document.root); }

}  // namespace schema::profile
