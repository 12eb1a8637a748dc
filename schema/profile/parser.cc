#include "schema/profile/parser.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "schema/profile/form_words.h"
#include "schema/profile/words.h"

namespace schema::profile {
namespace {

using json::Kind;
using json::Value;

class Parser {
 public:
  explicit Parser(Form form) : form_(form) {}

  ParseResult Run(const Value& root) {
    if (root.kind != Kind::kObject) {
      problems_.push_back(NotAnObject(form_, root));
      return {std::nullopt, std::move(problems_)};
    }
    Profile profile = Object<Profile>(root, TermsOf(form_).profile);
    if (!profile.default_action && !Reported(ProblemKind::kUnknownAction, root)) {
      problems_.push_back(NoDefaultAction(form_, root, profile.syscalls.empty()));
      complete_ = false;
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
    unsigned forms = kAllForms;  // that have the key
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
      if (field == fields.end() || (field->forms & MaskOf(form_)) == 0) {
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
    for (const Field<T>& field : Fields<T>()) {
      if ((field.forms & MaskOf(form_)) != 0) {
        known.push_back(field.key);
      } else if (field.key == key.value && field.key != kRemark) {
        problems_.push_back(ForeignKey(form_, key));
        complete_ = false;
        return;
      }
    }
    problems_.push_back(UnknownKey(form_, key, what, known));
    if (problems_.back().kind != ProblemKind::kUnknownKey) complete_ = false;
  }

  // `what` names the value in messages; empty: by its key.
  bool Is(const Value& value, Kind kind, std::string_view what = {}) {
    if (value.kind == kind) return true;
    std::string help;
    if (kind == Kind::kArray && value.kind == Kind::kString) help = "put it into brackets: [...]";
    if (kind == Kind::kNumber && value.kind == Kind::kString) help = "write it without quotes";
    if (kind == Kind::kString && (value.kind == Kind::kNumber || value.kind == Kind::kBoolean)) {
      help = "write it in double quotes";
    }
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
    const auto number = value.AsUnsigned();
    if (number && *number <= TermsOf(form_).largest) {
      out = {*number, value.span};
      return;
    }
    problems_.push_back(InexactNumber(value));
    complete_ = false;
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
    for (Argument& argument : rule.args) {
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
      if (form_ == Form::kSeccompProfile) {  // where 0 may be left out
        if (!HasValue(*item, "value")) argument.value = {0, argument.span};
      } else {
        check("value", argument.value.has_value(), "Docker takes 0 for it in silence");
      }
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
  void ReadDefaultAction(const Value& value, Profile& out) {
    // To engines that are written in Go it is none.
    if (value.kind != Kind::kString || !value.text.empty()) Action(value, out.default_action);
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
  void ErrnoRet(const Value& value, Rule& out) {
    Number(value, out.errno_ret);
    if (form_ != Form::kSeccompProfile || !out.errno_ret || out.errno_ret->value != 0) return;
    // `omitempty` of the operator's types; the runtime then takes EPERM.
    out.errno_ret.reset();
    problems_.push_back({ProblemKind::kIgnoredErrno,
                         value.span,
                         "errnoRet 0 is dropped by the operator, and the call gets EPERM",
                         "remove it, or write the error that is meant",
                         {}});
  }
  void BaseProfile(const Value& value, Profile& out) {
    String(value, out.base_profile);
    if (out.base_profile && out.base_profile->value.empty()) out.base_profile.reset();
  }
  void Nothing(const Value&, Profile&) {}
  void ReadNames(const Value& value, Rule& out) {
    out.names_span = value.span;
    Strings(value, out.names);
  }

  static constexpr std::string_view kRemark = "comment";

  Form form_;
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
      {"name", &Parser::ReadString<&Rule::name>, kDockerAlone},
      {"action", &Parser::ReadAction<&Rule::action>},
      {"errnoRet", &Parser::ErrnoRet},
      {"errno", &Parser::ReadString<&Rule::errno_name>, kDockerAlone},
      {"args", &Parser::Args},
      {kRemark, &Parser::ReadString<&Rule::comment>, kFiles},
      {"includes", &Parser::ReadConditions<&Rule::includes>, kDockerAlone},
      {"excludes", &Parser::ReadConditions<&Rule::excludes>, kDockerAlone},
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
  static constexpr std::array<Field<Profile>, 12> kFields = {{
      {"defaultAction", &Parser::ReadDefaultAction},
      {"defaultErrnoRet", &Parser::ReadNumber<&Profile::default_errno_ret>, kFiles},
      {"defaultErrno", &Parser::ReadString<&Profile::default_errno_name>, kDockerAlone},
      {"architectures", &Parser::ReadArchitectures},
      {"archMap", &Parser::ReadArchMap, kDockerAlone},
      {"syscalls", &Parser::ReadSyscalls},
      {"flags", &Parser::ReadStrings<&Profile::flags>},
      {"listenerPath", &Parser::ReadString<&Profile::listener_path>},
      {"listenerMetadata", &Parser::ReadString<&Profile::listener_metadata>},
      {"baseProfileName", &Parser::BaseProfile, kResourceAlone},
      {"disabled", &Parser::Nothing, kResourceAlone},  // v1beta1; not a matter of the filter
      {"state", &Parser::Nothing, kResourceAlone},     // v1
  }};
  return kFields;
}

}  // namespace

ParseResult Parse(const json::Document& document) { return Parse(AsDocker(document)); }

ParseResult Parse(const Place& place) {
  if (place.profile == nullptr) return {std::nullopt, {NothingThere(place)}};
  ParseResult result = Parser(place.form).Run(*place.profile);
  if (result.profile) result.profile->no_new_privileges = place.no_new_privileges;
  return result;
}

}  // namespace schema::profile
