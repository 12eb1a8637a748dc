#include "tests/runtime/launch/notify_ways.h"

#include <fcntl.h>
#include <linux/seccomp.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace runtime::launch {

namespace fs = std::filesystem;
using schema::filter::Filter;

Filter Asking(Filter filter, const std::string& path) {
  filter.flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  filter.listener = schema::filter::Listener{path, ""};
  return filter;
}

Filter AskingAbout(std::initializer_list<long> numbers, const std::string& path) {
  return Asking(FilterOn(numbers, SECCOMP_RET_USER_NOTIF), path);
}

Filter AskingAboutAll(const std::string& path) {
  Filter filter;
  filter.program = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
  return Asking(filter, path);
}

namespace {

// `folder`: an open one, for a monitor.
struct Way {
  const char* name;
  void (*arrange)(Spec& spec, int folder);
};

constexpr std::array kWays = {
    Way{"plain", [](Spec&, int) {}},
    Way{"process 1", [](Spec& spec, int) { spec.namespaces.pid = true; }},
    Way{"init", [](Spec& spec, int) { spec.namespaces.pid = spec.init = true; }},
    Way{"another user",
        [](Spec& spec, int) {
          spec.user = User{kNobody, kNobody, {}};
        }},
    Way{"no_new_privs and another user",
        [](Spec& spec, int) {
          spec.user = User{kNobody, kNobody, {}};
          spec.bounding = schema::kernel::CapabilitySet();
          spec.no_new_privs = true;
        }},
    Way{"late filter",
        [](Spec& spec, int) {
          spec.late_filter = [filter = *spec.filter] { return filter; };
          spec.filter.reset();
        }},
    Way{"monitor",
        [](Spec& spec, int folder) {
          spec.monitor = Monitor{folder, "status"};
        }},
    Way{"monitor, init, a dying launcher, late filter",
        [](Spec& spec, int folder) {
          spec.monitor = Monitor{folder, "status"};
          spec.namespaces.pid = spec.init = true;
          spec.parent_death_signal = SIGKILL;
          spec.late_filter = [filter = *spec.filter] { return filter; };
          spec.filter.reset();
        }},
};

}  // namespace

void InEveryWay(const Spec& spec, const std::function<void(const Spec&)>& body) {
  InEveryWay([&] { return spec; }, body);
}

void InEveryWay(const std::function<Spec()>& make, const std::function<void(const Spec&)>& body) {
  std::string folder = testing::TempDir() + "ending_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  {
    const Descriptor open_folder(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const Way& way : kWays) {
      SCOPED_TRACE(way.name);
      Spec changed = make();
      way.arrange(changed, open_folder.number());
      body(changed);
      fs::remove(folder + "/status");
      EXPECT_TRUE(fs::is_empty(folder));
    }
  }
  fs::remove_all(folder);
}

std::size_t WayCount() { return kWays.size(); }

}  // namespace runtime::launch
