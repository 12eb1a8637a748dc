#include "runtime/oci/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "lint/engine/placed_error.h"
#include "lint/report/printable.h"
#include "schema/descriptor.h"
#include "schema/json/read_file.h"
#include "schema/json/reader.h"
#include "schema/write_file.h"

namespace runtime::oci {
namespace {

using schema::Error;
using schema::Result;
using schema::Span;
using schema::Status;
using schema::json::Kind;
using schema::json::Member;
using schema::json::Value;

// `text` as Go's encoding/json compares keys: two letters beyond ASCII fold to ones within it.
std::string Folded(std::string_view text) {
  std::string folded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view kLongS = "\u017F";
    constexpr std::string_view kKelvin = "\u212A";
    if (text.substr(i).starts_with(kLongS)) {
      folded += 's';
      i += kLongS.size() - 1;
    } else if (text.substr(i).starts_with(kKelvin)) {
      folded += 'k';
      i += kKelvin.size() - 1;
    } else {
      folded += text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    }
  }
  return folded;
}

struct Edit {
  Span span;
  std::string text;
};

// `member` as the first one of `object`.
Edit Insert(const Value& object, const std::string& member) {
  const std::size_t at = object.span.begin + 1;
  return {{at, at}, member + (object.members.empty() ? "" : ",")};
}

// Takes the member out, with the comma that goes with it.
Edit Remove(const Value& object, const Member& member) {
  const auto index = static_cast<std::size_t>(&member - object.members.data());
  if (index + 1 < object.members.size()) {
    return {{member.key.span.begin, object.members[index + 1].key.span.begin}, ""};
  }
  const std::size_t begin =
      index > 0 ? object.members[index - 1].value.span.end : member.key.span.begin;
  return {{begin, member.value.span.end}, ""};
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

Bundle::Bundle(std::string path, schema::json::Document document)
    : path_(std::move(path)), document_(std::move(document)) {}

Error Bundle::Wrong(Span span, const std::string& message) const {
  return lint::engine::PlacedError(lint::report::Printable(path_), document_.text, span, message);
}

Result<Bundle> Bundle::Load(std::string path) {
  auto text = schema::json::ReadRegularFile(path);
  if (!text) return std::move(text).error();
  return Parse(std::move(path), std::move(*text));
}

Result<Bundle> Bundle::Parse(std::string path, std::string text) {
  auto json = schema::json::Read(std::move(text));
  Bundle bundle(std::move(path), std::move(json.document));
  if (!json.problems.empty()) {
    return bundle.Wrong(json.problems.front().span, json.problems.front().message);
  }
  if (auto status = bundle.Find(); !status) return std::move(status).error();
  return bundle;
}

Result<const Member*> Bundle::MemberOf(const Value& object, std::string_view key) const {
  const Member* found = nullptr;
  if (object.kind == Kind::kNull) return found;
  if (object.kind != Kind::kObject) {
    return Wrong(object.span,
                 "expected an object, not " + std::string(schema::json::KindName(object.kind)));
  }
  for (const Member& member : object.members) {
    if (member.key.value == key) {
      found = &member;
    } else if (member.key.value.size() >= key.size() && Folded(member.key.value) == key) {
      return Wrong(member.key.span,
                   Quoted(lint::report::Printable(member.key.value)) + " counts as " + Quoted(key) +
                       " for some runtimes and as nothing for others: write " + Quoted(key));
    }
  }
  return found;
}

Status Bundle::Find() {
  const Value& root = document_.root;
  if (root.kind != Kind::kObject) {
    return Wrong(root.span,
                 "expected an object, not " + std::string(schema::json::KindName(root.kind)));
  }
  // Assigns the member; what follows it in a chain is asked for where it is there.
  const auto find = [&](const Value& object, std::string_view key, const Member*& to) -> Status {
    auto found = MemberOf(object, key);
    if (!found) return std::move(found).error();
    to = *found;
    return {};
  };
  if (auto status = find(root, "linux", linux_); !status) return status;
  if (linux_ != nullptr) {
    if (auto status = find(linux_->value, "seccomp", seccomp_member_); !status) return status;
  }
  if (seccomp_member_ != nullptr && seccomp_member_->value.kind != Kind::kNull) {
    seccomp_ = &seccomp_member_->value;
  }
  if (auto status = find(root, "annotations", annotations_); !status) return status;
  if (annotations_ != nullptr) {
    const Member* profile = nullptr;
    if (auto status = find(annotations_->value, kProfileAnnotation, profile); !status)
      return status;
    if (profile != nullptr && profile->value.kind != Kind::kString) {
      return Wrong(profile->value.span, "expected the name of a profile, not " +
                                            std::string(KindName(profile->value.kind)));
    }
    if (profile != nullptr) profile_ = {profile->value.text, profile->value.span};
  }
  const Member* process = nullptr;
  const Member* capabilities = nullptr;
  const Member* bounding = nullptr;
  if (auto status = find(root, "process", process); !status) return status;
  if (process == nullptr) return {};
  if (auto status = find(process->value, "capabilities", capabilities); !status) return status;
  if (capabilities == nullptr) return {};
  if (auto status = find(capabilities->value, "bounding", bounding); !status) return status;
  if (bounding == nullptr) return {};
  for (const Value& name : bounding->value.items) {
    if (const auto number = schema::kernel::ParseCapability(name.text)) bounding_.Add(*number);
  }
  return {};
}

std::string Bundle::With(std::string_view seccomp, std::string_view program) const {
  const Value& root = document_.root;
  std::vector<Edit> edits;
  if (!seccomp.empty()) {
    const std::string member = Quoted("seccomp") + ":" + std::string(seccomp);
    if (seccomp_member_ != nullptr) {
      edits.push_back({seccomp_member_->value.span, std::string(seccomp)});
    } else if (linux_ == nullptr) {
      edits.push_back(Insert(root, Quoted("linux") + ":{" + member + "}"));
    } else if (linux_->value.kind == Kind::kNull) {
      edits.push_back({linux_->value.span, "{" + member + "}"});
    } else {
      edits.push_back(Insert(linux_->value, member));
    }
  }
  const Member* old = nullptr;
  if (annotations_ != nullptr) {
    const auto& members = annotations_->value.members;
    const auto found = std::ranges::find_if(
        members, [](const Member& member) { return member.key.value == kProgramAnnotation; });
    if (found != members.end()) old = &*found;
  }
  const std::string member = Quoted(kProgramAnnotation) + ":" + Quoted(program);
  if (old != nullptr) {
    edits.push_back(program.empty() ? Remove(annotations_->value, *old)
                                    : Edit{old->value.span, Quoted(program)});
  } else if (!program.empty()) {
    if (annotations_ == nullptr) {
      edits.push_back(Insert(root, Quoted("annotations") + ":{" + member + "}"));
    } else if (annotations_->value.kind == Kind::kNull) {
      edits.push_back({annotations_->value.span, "{" + member + "}"});
    } else {
      edits.push_back(Insert(annotations_->value, member));
    }
  }
  std::ranges::stable_sort(edits, std::ranges::greater(),
                           [](const Edit& edit) { return edit.span.begin; });
  std::string text = document_.text;
  for (const Edit& edit : edits) {
    text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.text);
  }
  return text;
}

Status Bundle::Replace(std::string_view text) const {
  const auto failure = [&](int number) {
    return schema::SystemError("cannot write " + path_, number);
  };
  // A link is replaced, not what it leads to, which may be another bundle's, too.
  struct stat old {};
  if (stat(path_.c_str(), &old) != 0) return failure(errno);
  std::string temporary = path_.substr(0, path_.rfind('/') + 1) + ".seccomp-oci.XXXXXX";
  const schema::Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return failure(errno);
  // Without fsync(2): after a crash of the machine no container of it is left.
  int failed = schema::WriteLike(file.number(), old, text);
  if (failed == 0 && std::rename(temporary.c_str(), path_.c_str()) != 0) failed = errno;
  if (failed == 0) return {};
  unlink(temporary.c_str());
  return failure(failed);
}

}  // namespace runtime::oci
