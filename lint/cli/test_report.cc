#include "lint/cli/test_report.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "lint/report/printable.h"
#include "lint/report/xml.h"
#include "lint/rules/places.h"

namespace lint::cli {
namespace {

using report::Printable;
using rules::Counted;

std::string Place(const TableReport& report, const BrokenLine& broken) {
  return report.table + ":" + std::to_string(broken.expectation.line) + ":" +
         std::to_string(broken.expectation.verdict_span.begin + 1);
}

std::string Message(const BrokenLine& broken) {
  if (!broken.problem.empty()) return broken.problem;
  return broken.call + " gets " + ToString(broken.got) +
         (broken.ambiguous ? " or another, since the rules contradict each other" : "") + ", not " +
         ToString(broken.expectation.verdict);
}

std::string QuoteOf(const BrokenLine& broken) {
  const auto& [begin, end] = broken.expectation.verdict_span;
  std::string number = std::to_string(broken.expectation.line);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
  std::string before = broken.expectation.text.substr(0, begin);
  for (char& c : before) c = c == '\t' ? '\t' : ' ';
  return number + " | " + Printable(broken.expectation.text, true) + "\n" +
         std::string(number.size(), ' ') + " | " + before + "^" +
         std::string(end > begin ? end - begin - 1 : 0, '~') + "\n";
}

std::string Text(const std::vector<TableReport>& reports) {
  std::string out;
  std::size_t lines = 0;
  std::size_t broken_lines = 0;
  std::size_t untried = 0;
  std::size_t not_tried = 0;
  for (const TableReport& report : reports) {
    if (!report.problem.empty()) ++not_tried;
    lines += report.lines;
    broken_lines += report.broken.size();
    untried += report.untried.size();
    for (const BrokenLine& broken : report.broken) {
      out += Printable(Place(report, broken)) + ": error: " + Printable(Message(broken)) + "\n" +
             QuoteOf(broken);
      for (const std::string& because : broken.because) {
        out += "  because of " + Printable(because) + "\n";
      }
      if (!broken.target.empty()) out += "  target: " + Printable(broken.target) + "\n";
    }
    for (const UntriedRule& rule : report.untried) {
      out += Printable(report.profile) + ":" + std::to_string(rule.line) + ":" +
             std::to_string(rule.column) + ": untried: " + Printable(rule.message) + "\n";
    }
  }
  out += Counted(reports.size(), "table") + ", " + Counted(lines, "line") + ": ";
  if (broken_lines != 0) {
    out += std::to_string(broken_lines) + " of them " + (broken_lines == 1 ? "does" : "do") +
           " not hold";
  } else {
    out += lines == 0 ? "nothing tried" : "all hold";
  }
  if (untried != 0) out += ", " + Counted(untried, "gap");
  if (not_tried != 0) out += ", " + Counted(not_tried, "table") + " not tried";
  return out + "\n";
}

boost::json::object JsonVerdict(const schema::kernel::Verdict& verdict) {
  const auto& facts = schema::kernel::Facts(verdict.action);
  boost::json::object object = {{"action", facts.scmp_name}, {"errno", nullptr}};
  if (facts.takes_errno) object["errno"] = verdict.data;
  return object;
}

boost::json::object JsonBroken(const TableReport& report, const BrokenLine& broken) {
  boost::json::object object = {{"file", Printable(report.table)},
                                {"line", broken.expectation.line},
                                {"column", broken.expectation.verdict_span.begin + 1},
                                {"text", Printable(broken.expectation.text)},
                                {"message", Printable(Message(broken))},
                                {"expected", JsonVerdict(broken.expectation.verdict)},
                                {"got", nullptr},
                                {"call", broken.call},
                                {"target", Printable(broken.target)}};
  if (broken.problem.empty()) object["got"] = JsonVerdict(broken.got);
  boost::json::array because;
  for (const std::string& line : broken.because) because.emplace_back(Printable(line));
  object["because"] = std::move(because);
  return object;
}

std::string Json(const std::vector<TableReport>& reports) {
  boost::json::array failures;
  boost::json::array untried;
  boost::json::array problems;
  std::size_t lines = 0;
  for (const TableReport& report : reports) {
    lines += report.lines;
    if (!report.problem.empty()) {
      problems.push_back(boost::json::object{{"file", Printable(report.table)},
                                             {"message", Printable(report.problem)}});
    }
    for (const BrokenLine& broken : report.broken) failures.push_back(JsonBroken(report, broken));
    for (const UntriedRule& rule : report.untried) {
      untried.push_back(boost::json::object{{"file", Printable(report.profile)},
                                            {"line", rule.line},
                                            {"column", rule.column},
                                            {"message", Printable(rule.message)}});
    }
  }
  const boost::json::object summary = {
      {"tables", reports.size()}, {"lines", lines}, {"failed", failures.size()}};
  return boost::json::serialize(boost::json::object{{"version", 1},
                                                    {"summary", summary},
                                                    {"failures", std::move(failures)},
                                                    {"untried", std::move(untried)},
                                                    {"problems", std::move(problems)}}) +
         "\n";
}

// `element`: failure or error.
std::string JunitCase(const std::string& element, const TableReport& report,
                      const std::string& name, const std::string& message,
                      const std::string& body) {
  return "    <testcase" + report::XmlAttribute("classname", report.profile) +
         report::XmlAttribute("name", name) + ">\n      <" + element +
         report::XmlAttribute("message", message) + ">" + report::XmlEscaped(body) + "</" +
         element + ">\n    </testcase>\n";
}

// Lines that hold are told as one case a table: thousands of cases help nobody.
std::string Junit(const std::vector<TableReport>& reports) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seccomp-lint test\">\n";
  for (const TableReport& report : reports) {
    const std::size_t failures = report.broken.size() + report.untried.size();
    const bool tried = report.problem.empty();
    out += "  <testsuite" + report::XmlAttribute("name", report.table) +
           report::XmlAttribute("tests", std::to_string(failures + 1)) +
           report::XmlAttribute("failures", std::to_string(failures)) +
           report::XmlAttribute("errors", tried ? "0" : "1") + ">\n";
    for (const BrokenLine& broken : report.broken) {
      std::string body = Place(report, broken) + ": " + Message(broken);
      for (const std::string& because : broken.because) body += "\nbecause of " + because;
      out += JunitCase("failure", report, broken.expectation.text, Message(broken), body);
    }
    for (const UntriedRule& rule : report.untried) {
      out += JunitCase("failure", report, "coverage", rule.message,
                       report.profile + ":" + std::to_string(rule.line) + ": " + rule.message);
    }
    const std::size_t holding = report.lines - std::min(report.lines, report.broken.size());
    out += tried ? "    <testcase" + report::XmlAttribute("classname", report.profile) +
                       report::XmlAttribute("name",
                                            Counted(holding, "line") +
                                                (holding == 1 ? " that holds" : " that hold")) +
                       "/>\n"
                 : JunitCase("error", report, "the table", report.problem, report.problem);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

constexpr std::array kFormats = {std::pair{std::string_view("text"), &Text},
                                 std::pair{std::string_view("json"), &Json},
                                 std::pair{std::string_view("junit"), &Junit}};

}  // namespace

RenderTables TableFormat(std::string_view name) {
  for (const auto& [known, render] : kFormats) {
    if (known == name) return render;
  }
  return nullptr;
}

}  // namespace lint::cli
