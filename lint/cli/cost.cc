// `seccomp-lint cost`. Its JSON, where a number that there is not is null:
//     {"profile","target","programs":[
//       {"compiler":"direct","proved":true,"instructions":586,"executed_at_load":5000,"architectures":[
//         {"arch","numbers":471,"mean":8.5,"max":16,"longest":30,"always_allowed":300,"cached":true,
//          "most":[{"syscall","nr","executed"}],"checked":[{"syscall","nr","longest"}]}]},
//       {"compiler":"libseccomp","proved":false,"error":"..."}]}
// `most`: the five calls with arguments of 0 that execute most. `checked`: those that can be
// allowed and for which the filter is run all the same.

#include "schema/filter/cost.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/report/printable.h"
#include "lint/rules/places.h"
#include "schema/filter/filter.h"
#include "schema/filter/prove.h"
#include "schema/kernel/syscall.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using boost::json::array;
using boost::json::object;
using schema::filter::CallCost;
using schema::kernel::Architecture;

constexpr std::size_t kWorst = 5;

struct ArchitectureCost {
  Architecture architecture = Architecture::kX86_64;
  bool cached = false;  // the kernel keeps what is always allowed
  std::vector<CallCost> calls;

  std::string_view NameOf(const CallCost& call) const {
    return schema::kernel::NameOf(architecture, call.number);
  }
  std::size_t longest() const {
    std::size_t longest = 0;
    for (const CallCost& call : calls) longest = std::max(longest, call.longest);
    return longest;
  }
  std::size_t always_allowed() const {
    return static_cast<std::size_t>(std::ranges::count_if(calls, &CallCost::always_allowed));
  }
  // The calls that execute most where their arguments are 0, those first.
  std::vector<CallCost> Worst() const {
    std::vector<CallCost> worst;
    std::ranges::copy_if(calls, std::back_inserter(worst),
                         [&](const CallCost& call) { return !NameOf(call).empty(); });
    std::ranges::stable_sort(worst, std::ranges::greater{}, &CallCost::executed);
    if (worst.size() > kWorst) worst.resize(kWorst);
    return worst;
  }
  // Those that can be allowed but not without a look at the arguments.
  std::vector<CallCost> Checked() const {
    std::vector<CallCost> checked;
    std::ranges::copy_if(calls, std::back_inserter(checked), [](const CallCost& call) {
      return call.can_be_allowed && !call.always_allowed;
    });
    return checked;
  }
};

struct ProgramCost {
  std::string_view compiler;
  std::size_t instructions = 0;
  std::optional<std::size_t> at_load;
  std::vector<ArchitectureCost> architectures;  // the policy's, in its order
};

struct Attempt {
  std::string_view compiler;
  schema::Result<ProgramCost> cost;
};

schema::Result<ProgramCost> Measure(const ProfileInput& input, std::string_view compiler) {
  const auto filter =
      schema::filter::CompileAndProve(input.policy, *schema::filter::ParseCompiler(compiler));
  if (!filter) return filter.error();
  const auto& target = input.target;
  const auto at_load =
      schema::filter::LoadCost(filter->program, target.architecture, target.kernel);
  if (!at_load) return at_load.error();
  ProgramCost cost{compiler, filter->program.size(), *at_load, {}};
  const auto cached = schema::filter::CachedArchitectures(target.architecture, target.kernel);
  for (const auto& part : input.policy.architectures) {
    auto calls =
        schema::filter::CostOf(filter->program, part.architecture,
                               schema::filter::TableNumbers(part.architecture, target.kernel));
    if (!calls) return std::move(calls).error();
    const bool is_cached = std::ranges::find(cached, part.architecture) != cached.end();
    cost.architectures.push_back({part.architecture, is_cached, std::move(*calls)});
  }
  return cost;
}

// --- text

std::string OneDecimal(double value) {
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.1f", value));
  return text.data();
}

using Cell = std::function<std::string(const Attempt& attempt)>;

std::string Row(const std::string& label, const std::vector<Attempt>& attempts, const Cell& cell) {
  constexpr std::size_t kLabelWidth = 46;
  constexpr std::size_t kCellWidth = 12;
  std::string row = label;
  row.resize(kLabelWidth, ' ');
  for (const Attempt& attempt : attempts) {
    const std::string text = cell(attempt);
    row += std::string(kCellWidth - std::min(kCellWidth, text.size()), ' ') + text;
  }
  return row + "\n";
}

// A cell of what was measured.
Cell Proved(std::function<std::string(const ProgramCost& cost)> function) {
  return [function = std::move(function)](const Attempt& attempt) {
    return attempt.cost ? function(*attempt.cost) : "not proved";
  };
}

std::string Listed(const ArchitectureCost& cost, const std::vector<CallCost>& calls,
                   std::size_t CallCost::*count) {
  std::vector<std::string> words;
  for (const CallCost& call : calls) {
    const std::string_view name = cost.NameOf(call);
    words.push_back((name.empty() ? std::to_string(call.number) : std::string(name)) + " " +
                    std::to_string(call.*count));
  }
  return rules::Listed(words);
}

struct Quantity {
  std::string_view label;
  std::string (*text)(const ArchitectureCost& cost);
};
constexpr std::array kQuantities = {
    Quantity{
        "  executed, arguments 0: mean",
        [](const ArchitectureCost& cost) { return OneDecimal(schema::filter::Mean(cost.calls)); }},
    Quantity{"  executed, arguments 0: most",
             [](const ArchitectureCost& cost) {
               return std::to_string(schema::filter::Most(cost.calls));
             }},
    Quantity{"  executed, any arguments: most",
             [](const ArchitectureCost& cost) { return std::to_string(cost.longest()); }},
    Quantity{"  allowed without a look at arguments",
             [](const ArchitectureCost& cost) { return std::to_string(cost.always_allowed()); }},
};

std::string ArchitectureText(std::size_t index, const std::vector<Attempt>& attempts,
                             const ArchitectureCost& first) {
  std::string text = "\n" + std::string(schema::kernel::Facts(first.architecture).name) + ", " +
                     std::to_string(first.calls.size()) + " numbers" +
                     (first.cached ? "" : ", of which the kernel caches none") + "\n";
  for (const Quantity& quantity : kQuantities) {
    text += Row(std::string(quantity.label), attempts, Proved([&](const ProgramCost& cost) {
                  return quantity.text(cost.architectures[index]);
                }));
  }
  for (const Attempt& attempt : attempts) {
    if (!attempt.cost) continue;
    const ArchitectureCost& cost = attempt.cost->architectures[index];
    const std::string begin = "  " + std::string(attempt.compiler) + ", ";
    text += begin +
            "the most with arguments 0: " + Listed(cost, cost.Worst(), &CallCost::executed) + "\n";
    const auto checked = cost.Checked();
    if (checked.empty()) continue;
    text += begin + "allowed by arguments, at most: " + Listed(cost, checked, &CallCost::longest) +
            "\n";
  }
  return text;
}

std::string Text(const ProfileInput& input, const std::vector<Attempt>& attempts) {
  std::string text = report::Printable(input.name) + " on " +
                     report::Printable(schema::kernel::ToString(input.target)) + "\n\n";
  text += Row("", attempts, [](const Attempt& attempt) { return std::string(attempt.compiler); });
  text +=
      Row("instructions, of at most " + std::to_string(schema::filter::kMaxInstructions), attempts,
          Proved([](const ProgramCost& cost) { return std::to_string(cost.instructions); }));
  text += Row("executed by the kernel to load it", attempts, Proved([](const ProgramCost& cost) {
                return cost.at_load ? std::to_string(*cost.at_load) : "none";
              }));
  const auto first = std::ranges::find_if(
      attempts, [](const Attempt& attempt) { return attempt.cost.has_value(); });
  for (std::size_t i = 0; i < first->cost->architectures.size(); ++i) {
    text += ArchitectureText(i, attempts, first->cost->architectures[i]);
  }
  for (const Attempt& attempt : attempts) {
    if (attempt.cost) continue;
    text += "\n" + std::string(attempt.compiler) +
            ", not proved: " + report::Printable(attempt.cost.error().message) + "\n";
  }
  return text;
}

// --- json

array JsonCalls(const ArchitectureCost& cost, const std::vector<CallCost>& calls,
                std::string_view key, std::size_t CallCost::*count) {
  array out;
  for (const CallCost& call : calls) {
    object item = {{"syscall", nullptr}, {"nr", call.number}, {key, call.*count}};
    if (!cost.NameOf(call).empty()) item["syscall"] = cost.NameOf(call);
    out.push_back(std::move(item));
  }
  return out;
}

object Json(const ProgramCost& program) {
  array architectures;
  for (const ArchitectureCost& cost : program.architectures) {
    architectures.push_back(
        object{{"arch", schema::kernel::Facts(cost.architecture).name},
               {"numbers", cost.calls.size()},
               {"mean", schema::filter::Mean(cost.calls)},
               {"max", schema::filter::Most(cost.calls)},
               {"longest", cost.longest()},
               {"always_allowed", cost.always_allowed()},
               {"cached", cost.cached},
               {"most", JsonCalls(cost, cost.Worst(), "executed", &CallCost::executed)},
               {"checked", JsonCalls(cost, cost.Checked(), "longest", &CallCost::longest)}});
  }
  object out = {{"compiler", program.compiler},
                {"proved", true},
                {"instructions", program.instructions},
                {"executed_at_load", nullptr},
                {"architectures", std::move(architectures)}};
  if (program.at_load) out["executed_at_load"] = *program.at_load;
  return out;
}

std::string Json(const ProfileInput& input, const std::vector<Attempt>& attempts) {
  array programs;
  for (const Attempt& attempt : attempts) {
    programs.push_back(attempt.cost ? Json(*attempt.cost)
                                    : object{{"compiler", attempt.compiler},
                                             {"proved", false},
                                             {"error", attempt.cost.error().message}});
  }
  return boost::json::serialize(object{{"profile", input.name},
                                       {"target", schema::kernel::ToString(input.target)},
                                       {"programs", std::move(programs)}}) +
         "\n";
}

}  // namespace

po::options_description CostOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("compiler", po::value<std::string>()->default_value("both"),
       "direct: ours; libseccomp; both")  //
      ("horizon", po::bool_switch(),
       "numbers above the highest that the profile names get ENOSYS, as with runc")  //
      ("format", po::value<std::string>()->default_value("text"), "text or json")    //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Cost(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("cost PROFILE [OPTION...]", CostOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("cost takes one PROFILE");
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") return Complain("--format takes text or json");
  const std::string wanted = (*values)["compiler"].as<std::string>();
  if (wanted != "both" && !schema::filter::ParseCompiler(wanted)) {
    return Complain("--compiler takes direct, libseccomp or both");
  }
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  const auto input = LoadProfile(operands[0], *target, exit_code,
                                 {.enosys_horizon = (*values)["horizon"].as<bool>()});
  if (!input) return exit_code;
  std::vector<Attempt> attempts;
  for (const std::string_view compiler : {"direct", "libseccomp"}) {
    if (wanted != "both" && wanted != compiler) continue;
    attempts.push_back({compiler, Measure(*input, compiler)});
  }
  if (std::ranges::none_of(attempts, [](const Attempt& one) { return one.cost.has_value(); })) {
    Complain(input->name + ": " + attempts.front().cost.error().message);
    return kFound;
  }
  std::cout << (format == "json" ? Json(*input, attempts) : Text(*input, attempts));
  return kOk;
}

}  // namespace lint::cli
