#include "lint/report/target_list.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

namespace lint::report {
namespace {

using schema::kernel::Architecture;
using schema::kernel::KernelVersion;
using schema::kernel::Target;

// What distinguishes targets beside architecture and kernel, in --target's form.
std::string Rest(const Target& target, const Target& first, std::span<const Target> targets) {
  const auto differs = [&](auto member) {
    return std::ranges::any_of(targets,
                               [&](const Target& other) { return other.*member != first.*member; });
  };
  std::string rest;
  if (differs(&Target::libseccomp)) rest += ",libseccomp=" + ToString(target.libseccomp.version);
  if (differs(&Target::capabilities)) rest += ",caps=" + ToString(target.capabilities);
  if (differs(&Target::engine)) rest += ",engine=" + std::string(EngineName(target.engine));
  return rest;
}

// "3.5..4.19,6.1": neighbours in `all` as ranges.
std::string Kernels(const std::set<KernelVersion>& kernels, const std::set<KernelVersion>& all) {
  std::string text;
  for (auto next = all.begin(); next != all.end();) {
    if (!kernels.contains(*next)) {
      ++next;
      continue;
    }
    const KernelVersion first = *next;
    KernelVersion last = first;
    for (; next != all.end() && kernels.contains(*next); ++next) last = *next;
    if (!text.empty()) text += "+";
    text += ToString(first);
    if (last != first) text += ".." + ToString(last);
  }
  return text;
}

}  // namespace

std::string TargetList(std::span<const Target> targets, std::span<const std::size_t> indices) {
  if (indices.size() == targets.size()) return "all";
  std::set<KernelVersion> all_kernels;
  std::set<Architecture> all_architectures;
  for (const Target& target : targets) {
    all_kernels.insert(target.kernel);
    all_architectures.insert(target.architecture);
  }
  std::map<std::tuple<std::string, Architecture>, std::set<KernelVersion>> kernels;
  for (const std::size_t index : indices) {
    const Target& target = targets[index];
    kernels[{Rest(target, targets.front(), targets), target.architecture}].insert(target.kernel);
  }
  // Architectures with the same kernels are one part.
  std::map<std::tuple<std::string, std::set<KernelVersion>>, std::vector<Architecture>> parts;
  for (const auto& [key, some] : kernels) {
    parts[{std::get<std::string>(key), some}].push_back(std::get<Architecture>(key));
  }
  std::string text;
  for (const auto& [key, architectures] : parts) {
    const auto& [rest, some] = key;
    std::string part;
    if (architectures.size() != all_architectures.size()) {
      for (const Architecture architecture : architectures) {
        part +=
            (part.empty() ? ",arch=" : "+") + std::string(schema::kernel::Facts(architecture).name);
      }
    }
    if (some != all_kernels) part += ",kernel=" + Kernels(some, all_kernels);
    part += rest;
    text += (text.empty() ? "" : "; ") + (part.empty() ? "all" : part.substr(1));
  }
  return text;
}

}  // namespace lint::report
