#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <iostream>
#include <string>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/output_file.h"
#include "lint/cli/paths.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/resolved_profile.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/cli/seccomp_profile_text.h"
#include "lint/engine/profile_file.h"
#include "schema/policy/conflict.h"
#include "schema/policy/difference.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using schema::Result;

Result<std::string> JsonText(const ProfileInput& input, const std::string&) {
  return boost::json::serialize(ResolvedObject(input)) + "\n";
}

struct Form {
  std::string_view name;
  std::string_view file;  // by its end the text is read back
  Result<std::string> (*write)(const ProfileInput& input, const std::string& name);
};
constexpr std::array kForms = {Form{"docker", ".json", &JsonText}, Form{"oci", ".json", &JsonText},
                               Form{"seccompprofile", ".yaml", &SeccompProfileText}};

schema::Error NotTheSame(const std::string& what) {
  return {schema::ErrorCode::kInvalid, "the converted profile is not the same: " + what, 0};
}

// Reads the text back and compares what it means on the target.
schema::Status Prove(const ProfileInput& input, std::string_view file, const std::string& text) {
  const auto read = engine::ReadProfileFile(file, text, true);
  if (read.profiles.size() != 1 || !read.profiles.front().parsed.profile ||
      !read.profiles.front().parsed.problems.empty()) {
    return NotTheSame("it cannot be read back");
  }
  const auto& profile = *read.profiles.front().parsed.profile;
  const auto policy = schema::policy::Resolve(profile, input.target);
  if (!policy) return NotTheSame(policy.error().message);
  const auto differences = schema::policy::FindDifferences(input.policy, *policy);
  if (!differences) return schema::Error(differences.error());
  if (!differences->empty()) {
    const auto& first = differences->front();
    return NotTheSame((first.name.empty() ? "a call" : first.name) + " on " +
                      std::string(schema::kernel::Facts(first.architecture).name) + " gets " +
                      ToString(first.new_verdict) + ", not " + ToString(first.old_verdict));
  }
  const auto is_same = [](const auto& a, const auto& b) {
    return a.has_value() == b.has_value() && (!a || a->value == b->value);
  };
  if (policy->flags != input.policy.flags ||
      !is_same(profile.listener_path, input.profile.listener_path) ||
      !is_same(profile.listener_metadata, input.profile.listener_metadata)) {
    return NotTheSame("its flags or its listener differ");
  }
  return {};
}

// Whether the profile says something that depends on the target.
bool HasConditions(const schema::profile::Profile& profile) {
  return (profile.arch_map && !profile.arch_map->value.empty()) ||
         std::ranges::any_of(profile.syscalls,
                             [](const auto& rule) { return rule.includes || rule.excludes; });
}

std::string NameOf(const ProfileInput& input, const std::string& given) {
  if (!given.empty()) return given;
  return input.name == DisplayName("-") ? "profile"
                                        : std::filesystem::path(input.name).stem().string();
}

}  // namespace

po::options_description ConvertOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("to", po::value<std::string>()->value_name("FORM"),
       "docker; oci: the object linux.seccomp; seccompprofile: of Kubernetes' "
       "security-profiles-operator, in YAML")  //
      ("name", po::value<std::string>()->default_value("", "")->value_name("NAME"),
       "of a SeccompProfile; else the file's")  //
      ("out-file,o", po::value<std::string>()->default_value("-", ""),
       "where to write it; stdout if left out")  //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Convert(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("convert PROFILE --to FORM [OPTION...]", ConvertOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("convert takes one PROFILE");
  if (!values->contains("to")) return Complain("convert needs --to FORM");
  const auto* form = std::ranges::find(kForms, (*values)["to"].as<std::string>(), &Form::name);
  if (form == kForms.end()) return Complain("--to takes docker, oci or seccompprofile");
  auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  if (!target->engine_is_named && form->name != "docker") {
    target->engine = schema::kernel::Engine::kOci;  // who reads the other forms
  }
  const auto input = LoadProfile(operands[0], *target, exit_code);
  if (!input) return exit_code;

  const auto refuse = [&](const schema::Error& error) {
    Complain(error.message);
    return error.code == schema::ErrorCode::kSystem ? kUsage : kFound;
  };
  if (auto status = schema::policy::RefuseConflicts(input->policy); !status) {
    return refuse(status.error().While(input->name));
  }
  const auto text = form->write(*input, NameOf(*input, (*values)["name"].as<std::string>()));
  if (!text) return refuse(text.error());
  if (auto status = Prove(*input, form->file, *text); !status) return refuse(status.error());
  const auto written = WriteOutput(PathOf(*values, "out-file"), *text);
  if (!written) return Complain(written.error().message);
  if (HasConditions(input->profile)) {
    Complain("note: this holds for " + ToString(input->target) +
             " alone: conditions on capabilities, kernels and architectures are resolved");
  }
  return kOk;
}

}  // namespace lint::cli
