// A program that answers SCMP_ACT_NOTIFY, as the tests' containers find it at their listenerPath.

#pragma once

#include <linux/seccomp.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "schema/descriptor.h"

namespace runtime::launch {

struct Answer {
  enum class Kind {
    kContinue,
    kReturn,  // `error`, or if that is 0 `value`
    kSilence,
    kDie,  // the handler ends, with all that it holds
  };
  Kind kind = Kind::kContinue;
  int error = 0;
  std::int64_t value = 0;
};

// Of every call.
Answer Continue(const seccomp_notif& call);

// A process that is nobody's child; ends with this object. It takes any number of connections, and
// one message from each.
class NotifyHandler {
 public:
  using Decide = std::function<Answer(const seccomp_notif&)>;

  // Listens in a new folder, which goes with it. `reads` false: it takes no message off.
  explicit NotifyHandler(Decide decide = Continue, bool reads = true);
  NotifyHandler(const NotifyHandler&) = delete;
  NotifyHandler& operator=(const NotifyHandler&) = delete;
  ~NotifyHandler();

  const std::string& path() const { return path_; }
  // All that have come by now, each as it was sent. Waits for the first `count` of them.
  std::vector<std::string> Messages(std::size_t count = 1) const;

 private:
  std::string folder_;
  std::string path_;
  schema::Descriptor control_;  // the process ends at its end
};

}  // namespace runtime::launch
