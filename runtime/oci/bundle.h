// A bundle's config.json: what of it decides on the filter, and its replacement.
// Source: https://github.com/opencontainers/runtime-spec, config.md and config-linux.md.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/error.h"
#include "schema/json/document.h"
#include "schema/kernel/capability.h"

namespace runtime::oci {

// In which a container names its profile.
inline constexpr std::string_view kProfileAnnotation = "io.seccomp-lint.profile";
// In which crun takes a program, as base64.
inline constexpr std::string_view kProgramAnnotation = "run.oci.seccomp_bpf_data";

class Bundle {
 public:
  // Errors: kInvalid, with FILE:LINE:COLUMN: no JSON object, a key twice, or one that a runtime
  // written in Go takes for another: it compares keys without case; kNotFound, kSystem.
  static schema::Result<Bundle> Load(std::string path);
  static schema::Result<Bundle> Parse(std::string path, std::string text);

  Bundle(Bundle&&) = default;
  Bundle& operator=(Bundle&&) = default;

  const std::string& path() const { return path_; }
  const schema::json::Document& document() const { return document_; }
  // linux.seccomp, which the engine wrote; nullptr: absent or null.
  const schema::json::Value* seccomp() const { return seccomp_; }
  const std::optional<schema::Spanned<std::string>>& profile() const { return profile_; }
  // process.capabilities.bounding; without it a container has none. Names that Linux does not have
  // are left out, as runtimes do.
  schema::kernel::CapabilitySet bounding() const { return bounding_; }

  // The text with linux.seccomp as `seccomp` (empty: as it is) and the program's annotation as
  // `program` (empty: without it, whoever wrote it). All other bytes stay as they are.
  std::string With(std::string_view seccomp, std::string_view program) const;

  // Puts `text` in the file's place, all of it or, with an error, nothing; its owner and mode stay.
  // A link is replaced by a file.
  // Errors: kSystem.
  schema::Status Replace(std::string_view text) const;

 private:
  Bundle(std::string path, schema::json::Document document);
  schema::Status Find();
  schema::Error Wrong(schema::Span span, const std::string& message) const;
  // The member `key` of an object, nullptr where there is none.
  schema::Result<const schema::json::Member*> MemberOf(const schema::json::Value& object,
                                                       std::string_view key) const;

  std::string path_;
  schema::json::Document document_;
  const schema::json::Member* linux_ = nullptr;  // these and the next: also where the value is null
  const schema::json::Member* annotations_ = nullptr;
  const schema::json::Member* seccomp_member_ = nullptr;
  const schema::json::Value* seccomp_ = nullptr;
  std::optional<schema::Spanned<std::string>> profile_;
  schema::kernel::CapabilitySet bounding_;
};

}  // namespace runtime::oci
