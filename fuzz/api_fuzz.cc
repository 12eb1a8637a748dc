// What comes over the agent's socket: calls, one a line, to an agent that starts nothing (its
// scheduler drops the work). Each is answered at most once, with a status that HTTP's clients know.
// The agent must be root's, even this one: without, only the reading is tried.

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "runtime/agent/api.h"
#include "runtime/agent/body.h"
#include "runtime/agent/container_id.h"
#include "runtime/agent/credentials.h"
#include "runtime/agent/launch_request.h"

namespace {

using namespace runtime::agent;

void CheckRequest(const std::string& text) {
  const auto body = Body::Read(text);
  if (!body) {
    REQUIRE(body.error().code == schema::ErrorCode::kInvalid && !body.error().message.empty());
    return;
  }
  const auto call = body->Find(body->root(), "launch_container", schema::json::Kind::kObject);
  if (!call || *call == nullptr) return;
  const auto request = ReadLaunchRequest(*body, **call);
  if (!request) {
    REQUIRE(request.error().message.starts_with("request body, line "));
    return;
  }
  REQUIRE(!request->id.empty() && request->id.size() <= 255 && !request->value.empty());
  const std::string folder = FolderOf(request->id);
  REQUIRE(folder.find('/') == std::string::npos && folder != "." && folder != "..");
  const auto parent = ParentOf(request->id);
  REQUIRE(!parent || (IsWithin(request->id, *parent) && !IsWithin(*parent, request->id)));
  REQUIRE(request->id.ends_with(OwnIdOf(request->id)));
  REQUIRE(request->rootfs.empty() || request->rootfs.front() == '/');
  for (const auto& [name, value] : request->environment) {
    REQUIRE(!name.empty() && name.find('=') == std::string::npos);
  }
}

void CheckCredentials(const std::string& text) {
  const auto credentials = Credentials::Read(text);
  REQUIRE(credentials || credentials.error().code == schema::ErrorCode::kInvalid);
  if (credentials) REQUIRE(!credentials->Admit("") && !credentials->Admit("Basic"));
  if (const auto decoded = DecodeBase64(text)) REQUIRE(decoded->size() <= text.size() / 4 * 3);
}

// Of a folder that was there for a moment.
Records NoRecords() {
  std::string name = (std::filesystem::temp_directory_path() / "api_fuzz.XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  const auto records = Records::Open(name);
  REQUIRE(records);
  std::filesystem::remove_all(name);
  return *records;
}

// An agent whose containers never come to be.
class Agent {
 public:
  explicit Agent(const Records& records)
      : log_(LogFormat::kText, Level::kError, false),
        containers_(*Composer::Create(flags_), Sandboxes("/nonexistent"), records, scheduler_,
                    metrics_, log_),
        api_(containers_, flags_, "0", metrics_) {}

  void Call(const std::string& body) {
    int answers = 0;
    const auto cancel = api_.Handle(body, [&](const Response& response) {
      ++answers;
      REQUIRE(std::ranges::count(kStatuses, response.status) == 1);
      boost::json::error_code error;
      if (response.status == 200 && !response.body.empty()) {
        (void)boost::json::parse(response.body, error);
      }
      REQUIRE(!error);
      REQUIRE(response.status != 400 || !response.body.empty());
    });
    REQUIRE(answers <= 1);
    if (cancel) cancel();
  }

 private:
  class Nothing : public Scheduler {
    void Post(std::function<void()>) override {}
    void PostPatient(std::function<void()>) override {}
    void Soon(std::function<void()>) override {}
    void WhenReadable(int, std::function<void()>) override {}
  };

  Flags flags_;
  Nothing scheduler_;
  Metrics metrics_;
  Log log_;
  Containers containers_;
  Api api_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::AsText(data, size);
  CheckCredentials(std::string(text));
  static const Records records = NoRecords();
  std::optional<Agent> agent;
  if (geteuid() == 0) agent.emplace(records);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    CheckRequest(line);
    if (agent) agent->Call(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
