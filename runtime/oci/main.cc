// seccomp-oci: an OCI runtime in front of runc or crun, so that no container starts on an invalid
// profile or an unproved filter.

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/isolator/kernel_support.h"
#include "runtime/oci/bundle.h"
#include "runtime/oci/command_line.h"
#include "runtime/oci/configuration.h"
#include "runtime/oci/make.h"
#include "runtime/oci/refusal.h"
#include "runtime/oci/source.h"
#include "schema/kernel/capability.h"
#include "schema/write_file.h"

namespace {

namespace oci = runtime::oci;
using schema::Error;
using schema::ErrorCode;
using schema::Status;

constexpr int kRefused = 1;  // as runc and crun fail

bool IsThisProgram(const std::string& path) {
  struct stat one {};
  struct stat other {};
  return stat(path.c_str(), &one) == 0 && stat("/proc/self/exe", &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Only where there is nothing to become does it return.
Error Become(const oci::Configuration& configuration, std::vector<std::string> args) {
  if (IsThisProgram(configuration.runtime)) {
    return {ErrorCode::kInvalid,
            "the configured runtime " + configuration.runtime + " is seccomp-oci itself", 0};
  }
  std::string name = configuration.runtime;
  std::vector<char*> argv = {name.data()};
  for (std::string& argument : args) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(configuration.runtime.c_str(), argv.data());
  return schema::SystemError("cannot start the runtime " + configuration.runtime, errno);
}

// Makes the bundle's config.json one that the runtime loads a proved filter from.
Status PrepareBundle(const oci::CommandLine& line, const oci::Configuration& configuration) {
  const bool is_absolute = line.config_name.starts_with('/');
  auto bundle =
      oci::Bundle::Load(is_absolute ? line.config_name : line.bundle + "/" + line.config_name);
  if (!bundle) return std::move(bundle).error();
  const auto source = oci::ChooseSource(*bundle, configuration);
  if (!source) return source.error();
  oci::Made made;
  if (*source) {
    if (auto status = runtime::isolator::CheckKernelHasFilters(); !status) return status;
    auto proved =
        oci::MakeFor(**source, bundle->document().text, bundle->bounding(), configuration);
    if (!proved) return std::move(proved).error();
    made = std::move(*proved);
  }
  const std::string text = bundle->With(made.seccomp, made.program);
  if (text == bundle->document().text) return {};
  return bundle->Replace(text);
}

Status CheckRestore(const oci::Configuration& configuration) {
  if (configuration.unconfined == oci::Unconfined::kAllow) return {};
  return Error{ErrorCode::kInvalid,
               "restore brings processes back with the filters of their checkpoint, which nobody "
               "can prove: it is refused where \"unconfined\" is not \"allow\"",
               0};
}

Status Prepare(const oci::CommandLine& line, const oci::ReadConfiguration& read) {
  switch (line.effect) {
    case oci::Effect::kOther:
      return {};  // with a wrong configuration, too: nothing is to be stuck
    case oci::Effect::kStart:
      if (!read.status) return read.status;
      return PrepareBundle(line, read.configuration);
    case oci::Effect::kRestore:
      if (!read.status) return read.status;
      return CheckRestore(read.configuration);
  }
  return {};
}

int Complain(const Error& error) {
  std::cerr << "seccomp-oci: " << error.message << "\n";
  return kRefused;
}

int Answer(const Status& status) { return status ? 0 : Complain(status.error()); }

// The default profile for a container with Docker's capabilities, with all and with none. What is
// to be known of a good configuration goes to the standard output.
Status CheckAll(const oci::ReadConfiguration& read) {
  if (!read.status) return read.status;
  oci::Configuration configuration = read.configuration;
  if (access(configuration.runtime.c_str(), X_OK) != 0) {
    return schema::SystemError("the runtime " + configuration.runtime, errno);
  }
  if (IsThisProgram(configuration.runtime)) {
    return Error{ErrorCode::kInvalid, "the configured runtime is seccomp-oci itself", 0};
  }
  const std::string facts = "runtime: " + configuration.runtime +
                            "\ndefault profile: " + configuration.default_profile.value_or("none") +
                            "\n";
  Status told = schema::WriteStandardOutput(facts);
  if (!told || !configuration.default_profile) return told;
  configuration.cache.clear();
  const auto source = oci::ReadSource(*configuration.default_profile, configuration);
  if (!source) return source.error();
  for (const auto bounding :
       {schema::kernel::CapabilitySet::Docker(), schema::kernel::CapabilitySet::All(),
        schema::kernel::CapabilitySet()}) {
    auto made = oci::MakeFor(*source, {}, bounding, configuration);
    if (!made) {
      return std::move(made).error().While("with caps=" + schema::kernel::Summary(bounding));
    }
  }
  return schema::WriteStandardOutput(
      oci::WarningsOf(*source, schema::kernel::CapabilitySet::Docker(), configuration));
}

int Main(const std::vector<std::string>& args) {
  auto line = oci::ParseCommandLine(args);
  if (!line) return Complain(line.error());
  if (line->help) return Answer(schema::WriteStandardOutput(oci::Help()));
  if (line->version) {
    return Answer(schema::WriteStandardOutput("seccomp-oci " SECCOMP_LINT_VERSION "\n"));
  }
  const auto read = oci::LoadConfiguration(line->configuration);
  if (line->check) return Answer(CheckAll(read));
  if (const Status status = Prepare(*line, read); !status) {
    oci::TellRefusal(*line, status.error().message);
    return kRefused;
  }
  return Complain(Become(read.configuration, std::move(line->for_runtime)));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& exception) {
    std::cerr << "seccomp-oci: internal error, please report it: " << exception.what() << "\n";
    return kRefused;
  }
}
