#include "runtime/oci/source.h"

#include <utility>

#include "lint/engine/placed_error.h"
#include "lint/report/printable.h"
#include "runtime/isolator/profile_file.h"

namespace runtime::oci {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

Result<std::optional<Source>> Chosen(Result<Source> source) {
  if (!source) return std::move(source).error();
  return std::optional<Source>(std::move(*source));
}

Result<std::optional<Source>> FromAnnotation(const Bundle& bundle,
                                             const Configuration& configuration) {
  const auto& [name, span] = *bundle.profile();
  const auto wrong = [&, place = span](const std::string& message) {
    return lint::engine::PlacedError(lint::report::Printable(bundle.path()), bundle.document().text,
                                     place, std::string(kProfileAnnotation) + ": " + message);
  };
  if (!configuration.allow_annotation) {
    return wrong("containers may not choose their profile here (allow_annotation)");
  }
  if (configuration.profiles.empty()) {
    return wrong("no directory of profiles is configured (profiles)");
  }
  auto source = ReadSource(name, configuration);
  if (!source) return wrong(source.error().message);
  return Chosen(std::move(source));
}

}  // namespace

Result<Source> ReadSource(const std::string& name, const Configuration& configuration) {
  auto text = isolator::ReadProfileFile(configuration.profiles, name);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    // In words of our own: an engine that reads "No such file" thinks of the container's command.
    return Error{
        ErrorCode::kNotFound,
        "there is no profile " + lint::report::Printable(name) + " in " + configuration.profiles,
        0};
  }
  if (!text) return std::move(text).error();
  return Source{configuration.profiles + "/" + name, std::move(*text), {}};
}

Result<std::optional<Source>> ChooseSource(const Bundle& bundle,
                                           const Configuration& configuration) {
  if (bundle.profile()) return FromAnnotation(bundle, configuration);
  if (bundle.seccomp() == nullptr) {
    switch (configuration.unconfined) {
      case Unconfined::kAllow:
        return std::optional<Source>();
      case Unconfined::kRefuse:
        return Invalid(lint::report::Printable(bundle.path()) +
                       " asks for no filter: linux.seccomp is missing; containers without one are "
                       "refused here (unconfined)");
      case Unconfined::kDefault:
        break;
    }
  }
  if (configuration.default_profile) {
    return Chosen(ReadSource(*configuration.default_profile, configuration));
  }
  const schema::json::Value* written = bundle.seccomp();
  if (written == nullptr) return Invalid("there is no default profile");
  const schema::Span span = written->span;
  return std::optional(Source{
      bundle.path(), bundle.document().text.substr(span.begin, span.end - span.begin), span});
}

}  // namespace runtime::oci
