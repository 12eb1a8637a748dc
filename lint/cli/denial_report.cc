#include "lint/cli/denial_report.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "lint/report/printable.h"
#include "lint/rules/places.h"
#include "schema/hex.h"
#include "schema/json/document.h"
#include "schema/kernel/errno_name.h"

namespace lint::cli {
namespace {

using boost::json::array;
using boost::json::object;
using report::Printable;
using rules::Counted;
using schema::Hex;
using schema::kernel::Action;
using schema::kernel::AuditRecord;
using schema::kernel::Verdict;

// What a person reads at once.
constexpr std::size_t kShownReasons = 12;
constexpr std::size_t kShownCallers = 8;
constexpr std::size_t kShownWhen = 4;

constexpr std::array kDone = {
    std::pair{Action::kKillThread, "killed the thread"},
    std::pair{Action::kKillProcess, "killed the process"},
    std::pair{Action::kTrap, "sent SIGSYS instead"},
    std::pair{Action::kErrno, "made it fail"},
    std::pair{Action::kTrace, "asked the tracer"},
    std::pair{Action::kLog, "let it pass and recorded it"},
    std::pair{Action::kNotify, "asked the process that listens"},
    std::pair{Action::kAllow, "let it pass"},
};

std::string Did(const AuditRecord& record, const std::optional<Verdict>& did) {
  if (!record.code) return "the record does not say what the kernel did";
  if (!did) {
    return "the kernel killed the process for a code that it does not know (" + Hex(*record.code) +
           ")";
  }
  if (record.some_kill) return "the kernel killed the thread or the process";
  const auto* done = std::ranges::find(kDone, did->action, &std::pair<Action, const char*>::first);
  // The data is in the record only of some old kernels: no data is no errno 0.
  const std::string what =
      did->data != 0 ? ToString(*did) : std::string(schema::kernel::Facts(did->action).scmp_name);
  return "the kernel " + std::string(done->second) + " (" + what + ")";
}

std::string CallName(const ExplainedCall& call) {
  const PlacedCall& placed = call.explanation.placed;
  return placed.name.empty() ? "call " + call.record.syscall : Printable(placed.name);
}

std::string Head(const ExplainedCall& call) {
  const PlacedCall& placed = call.explanation.placed;
  std::string text = CallName(call) + " on ";
  text += placed.architecture ? std::string(schema::kernel::Facts(*placed.architecture).name)
                              : "an unknown architecture (" + Printable(placed.arch) + ")";
  if (placed.number && !placed.name.empty()) {
    text += " (number " + std::to_string(*placed.number) + ")";
  }
  return text + ": " + Did(call.record, call.explanation.did) + ", " +
         Counted(call.count, "record") + "\n";
}

std::string CallersText(const ExplainedCall& call) {
  std::string text;
  for (std::size_t i = 0; i < std::min(call.callers.size(), kShownCallers); ++i) {
    const Caller& caller = call.callers[i];
    std::vector<std::string> pids;
    for (const std::uint32_t pid : caller.pids) pids.push_back(std::to_string(pid));
    text += "  by " + (caller.comm.empty() ? "a program without a name" : Printable(caller.comm));
    if (!caller.exe.empty()) text += " (" + Printable(caller.exe) + ")";
    if (!pids.empty())
      text += (pids.size() == 1 ? ", process " : ", processes ") + rules::Listed(pids);
    if (call.callers.size() > 1) text += ", " + Counted(caller.count, "record");
    text += "\n";
  }
  if (call.callers.size() > kShownCallers) {
    text += "  by " + std::to_string(call.callers.size() - kShownCallers) + " more programs\n";
  }
  return text;
}

std::string When(const std::vector<std::string>& when) {
  std::string text;
  for (std::size_t i = 0; i < std::min(when.size(), kShownWhen); ++i) {
    text += (i == 0 ? " if " : " or ") + when[i];
  }
  if (when.size() > kShownWhen) {
    text += " or in " + std::to_string(when.size() - kShownWhen) + " more cases";
  }
  return text;
}

std::string VerdictsText(const Explanation& explanation) {
  if (!explanation.undecided.empty()) {
    return "  the profile gives no verdict: " + Printable(explanation.undecided) + "\n";
  }
  std::string text;
  for (const auto& outcome : explanation.outcomes) {
    text += "  the profile gives " + ToString(outcome.verdict) +
            (outcome.when.empty() ? ", whatever the arguments" : When(outcome.when)) + "\n";
  }
  return text;
}

schema::Span RuleSpan(const ProfileInput& input, std::size_t rule) {
  return input.profile.syscalls[rule].span;
}

std::string Place(const ProfileInput& input, std::size_t rule) {
  const auto position = schema::Locate(input.document.text, RuleSpan(input, rule).begin);
  return Printable(input.name) + ":" + std::to_string(position.line) + ":" +
         std::to_string(position.column);
}

std::string ReasonsText(const ProfileInput& input, const std::vector<Reason>& reasons) {
  std::string text;
  for (std::size_t i = 0; i < std::min(reasons.size(), kShownReasons); ++i) {
    const Reason& reason = reasons[i];
    text += "    ";
    if (reason.rule) {
      text += Place(input, *reason.rule) + ": rule " + std::to_string(*reason.rule) + " ";
    }
    text += Printable(reason.text) + "\n";
  }
  if (reasons.size() > kShownReasons) {
    text += "    and " + std::to_string(reasons.size() - kShownReasons) + " more rules\n";
  }
  return text;
}

std::string RemediesText(const ProfileInput& input, const std::vector<Remedy>& remedies) {
  std::string text;
  for (const Remedy& remedy : remedies) {
    text += (&remedy == &remedies.front() ? "  to allow it: " : "            or: ") +
            Printable(remedy.text);
    if (remedy.rule) text += " (" + Place(input, *remedy.rule) + ")";
    if (!remedy.when.empty()) text += ", for" + When(remedy.when);
    if (remedy.others.value_or(0) > 0) {
      text += "; that allows " + Counted(*remedy.others, "other call") + " too";
    }
    text += "\n";
  }
  return text;
}

object VerdictObject(Verdict verdict) {
  const auto& facts = schema::kernel::Facts(verdict.action);
  object out = {{"action", facts.scmp_name}, {"errno", nullptr}};
  if (facts.takes_errno) out["errno"] = verdict.data;
  return out;
}

array Strings(const std::vector<std::string>& texts) {
  array out;
  for (const std::string& text : texts) out.emplace_back(Printable(text));
  return out;
}

boost::json::value OrNull(std::string_view text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(Printable(text));
}

void AddRule(const ProfileInput& input, const std::optional<std::size_t>& rule, object& to) {
  to["rule"] = nullptr;
  if (!rule) return;
  const schema::Span span = RuleSpan(input, *rule);
  to["rule"] = *rule;
  to["pointer"] = schema::json::PointerTo(input.document, span);
  to["line"] = schema::Locate(input.document.text, span.begin).line;
}

object ReasonObject(const ProfileInput& input, const Reason& reason) {
  object out = {{"message", Printable(reason.text)}};
  AddRule(input, reason.rule, out);
  return out;
}

object RemedyObject(const ProfileInput& input, const Remedy& remedy) {
  object out = {{"kind", remedy.kind},
                {"message", Printable(remedy.text)},
                {"add", nullptr},
                {"when", Strings(remedy.when)},
                {"others", nullptr}};
  AddRule(input, remedy.rule, out);
  if (!remedy.added.empty()) out["add"] = boost::json::parse(remedy.added);
  if (remedy.others) out["others"] = *remedy.others;
  return out;
}

object CallerObject(const Caller& caller) {
  array pids;
  for (const std::uint32_t pid : caller.pids) pids.emplace_back(pid);
  return {{"comm", Printable(caller.comm)},
          {"exe", OrNull(caller.exe)},
          {"pids", std::move(pids)},
          {"records", caller.count}};
}

// The action alone where the record has no data: see Did().
boost::json::value DidValue(const AuditRecord& record, const std::optional<Verdict>& did) {
  if (!did) return nullptr;
  object out = VerdictObject(*did);
  if (did->data == 0) out["errno"] = nullptr;
  if (record.some_kill) out["action"] = "SCMP_ACT_KILL";
  return out;
}

object CallObject(const ProfileInput& input, const ExplainedCall& call) {
  const Explanation& explanation = call.explanation;
  const PlacedCall& placed = explanation.placed;
  object out = {{"syscall", OrNull(placed.name)},
                {"arch", nullptr},
                {"nr", nullptr},
                {"records", call.count},
                {"code", nullptr},
                {"did", DidValue(call.record, explanation.did)},
                {"target", ToString(placed.target)},
                {"undecided", OrNull(explanation.undecided)},
                {"mismatch", OrNull(explanation.mismatch)},
                {"risk", nullptr},
                {"notes", Strings(explanation.notes)}};
  if (placed.architecture) out["arch"] = schema::kernel::Facts(*placed.architecture).name;
  if (placed.number) out["nr"] = *placed.number;
  if (call.record.code) out["code"] = Hex(*call.record.code);
  if (explanation.risk != nullptr) {
    out["risk"] = {{"message", explanation.risk->gains}, {"source", explanation.risk->source}};
  }
  array callers;
  for (const Caller& caller : call.callers) callers.push_back(CallerObject(caller));
  out["callers"] = std::move(callers);
  array verdicts;
  for (const auto& outcome : explanation.outcomes) {
    object verdict = VerdictObject(outcome.verdict);
    verdict["when"] = Strings(outcome.when);
    verdicts.push_back(std::move(verdict));
  }
  out["verdicts"] = std::move(verdicts);
  array reasons;
  for (const Reason& reason : explanation.reasons) reasons.push_back(ReasonObject(input, reason));
  out["reasons"] = std::move(reasons);
  array remedies;
  for (const Remedy& remedy : explanation.remedies) remedies.push_back(RemedyObject(input, remedy));
  out["remedies"] = std::move(remedies);
  return out;
}

}  // namespace

std::string DenialText(const ProfileInput& input, const ExplainedCall& call) {
  const Explanation& explanation = call.explanation;
  std::string text = Head(call) + CallersText(call) + VerdictsText(explanation) +
                     ReasonsText(input, explanation.reasons);
  if (!explanation.mismatch.empty()) {
    text += "  the record does not fit: " + Printable(explanation.mismatch) + "\n";
  }
  text += RemediesText(input, explanation.remedies);
  if (explanation.risk != nullptr) {
    text += "  risk: " + CallName(call) + " " + std::string(explanation.risk->gains) + " [" +
            std::string(explanation.risk->source) + "]\n";
  }
  for (const std::string& note : explanation.notes) text += "  note: " + Printable(note) + "\n";
  return text;
}

std::string DenialJson(const ProfileInput& input, std::span<const ExplainedCall> calls) {
  array all;
  for (const ExplainedCall& call : calls) all.push_back(CallObject(input, call));
  return boost::json::serialize(object{
             {"version", 1}, {"profile", Printable(input.name)}, {"calls", std::move(all)}}) +
         "\n";
}

}  // namespace lint::cli
