#include "lint/report/html.h"

#include <array>
#include <string>
#include <utility>

#include "lint/report/html_finding.h"
#include "lint/report/html_matrix.h"
#include "lint/report/html_page.h"
#include "lint/report/html_text.h"
#include "lint/report/matrix.h"
#include "lint/rules/places.h"

namespace lint::report {
namespace {

using rules::Counted;
using rules::Severity;

constexpr std::array kSeverities = {Severity::kError, Severity::kWarning, Severity::kInfo};

// Nothing but the page's own style and script counts, whatever slips into it.
// Source: Content Security Policy Level 3.
std::string ContentSecurityPolicy() {
  return "default-src 'none'; style-src 'sha256-" + std::string(kPageCssSha256) +
         "'; script-src 'sha256-" + std::string(kPageJsSha256) +
         "'; base-uri 'none'; form-action 'none'";
}

// Hidden until the script runs.
std::string Controls() {
  std::string out =
      "<div class=controls id=controls role=search hidden>\n"
      "<label>Search <input type=search id=search placeholder=\"call, file, rule or text\" "
      "aria-keyshortcuts=\"/\" autocomplete=off spellcheck=false></label>\n";
  for (const Severity severity : kSeverities) {
    const std::string name(rules::SeverityName(severity));
    out += "<label><input type=checkbox name=severity value=" + name + " checked> ";
    out += name + "</label>\n";
  }
  return out +
         "<label>Rule <select id=rule><option value=\"\">all</select></label>\n"
         "<label id=differing-label><input type=checkbox id=differing> only calls on which profiles "
         "differ</label>\n"
         "<button type=button id=clear>Clear</button>\n"
         "<button type=button id=fold>Fold or open all files</button>\n"
         "<span class=status id=status role=status></span>\n"
         "<span class=muted><kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous "
         "finding</span>\n</div>\n";
}

std::string Begin(const FormatOptions& options) {
  return "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
         "<meta http-equiv=Content-Security-Policy content=\"" +
         ContentSecurityPolicy() +
         "\">\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=generator content=\"seccomp-lint " +
         HtmlEscaped(options.tool_version) + "\">\n<title>seccomp-lint report</title>\n<style>" +
         std::string(kPageCss) +
         "</style>\n</head>\n<body>\n<a class=skip href=#files>To the findings</a>\n"
         "<header>\n<div><h1>seccomp-lint report</h1>\n<nav aria-label=\"Parts of the page\">"
         "<a href=#overview>Summary</a> <a href=#matrix>Calls</a> <a href=#files>Findings</a> "
         "<a href=#rules>Rules</a></nav></div>\n" +
         Controls() +
         "</header>\n<main>\n<section id=files aria-labelledby=files-title>\n"
         "<h2 id=files-title>Findings by file</h2>\n";
}

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
              const FormatOptions&) {
  Piece piece;
  piece.columns.push_back(ColumnOf(file, targets));
  piece.findings = FileHtml(file, piece.columns.front(), targets);
  return piece;
}

std::string Numbered(std::string_view findings, std::size_t file) {
  const std::string number = std::to_string(file);
  std::string out;
  out.reserve(findings.size());
  for (const char c : findings) {
    if (c == kFileNumber) {
      out += number;
    } else {
      out += c;
    }
  }
  return out;
}

std::string Figure(std::size_t count, std::string_view noun) {
  const std::string counted = Counted(count, noun);  // "3 errors"
  return "<li><b>" + std::to_string(count) + "</b> " + counted.substr(counted.find(' ') + 1) + "\n";
}

// How often each rule has found something.
std::string CountsByRule(const Tally& tally) {
  if (tally.rules.empty()) return "";
  std::string out =
      "<h2>By rule</h2>\n<div class=wide><table class=counts>\n<thead><tr><th scope=col>rule"
      "<th scope=col class=num>errors<th scope=col class=num>warnings<th scope=col class=num>infos"
      "<th scope=col class=num>suppressed<th scope=col>what it finds</thead>\n<tbody>\n";
  for (const auto& [id, counts] : tally.rules) {
    const auto cell = [](std::size_t count) {
      return "<td class=num>" + (count == 0 ? std::string() : std::to_string(count));
    };
    out += "<tr><th scope=row><a class=rule-id href=#" + std::string(id) + ">" + std::string(id) +
           " " + HtmlEscaped(counts.rule->name) + "</a>";
    for (const Severity severity : kSeverities) {
      out += cell(counts.by_severity[static_cast<std::size_t>(severity)]);
    }
    out += cell(counts.suppressed) + "<td>" + HtmlProse(counts.rule->summary) + "\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string Summary(const Tally& tally) {
  std::string out =
      "<section id=summary aria-labelledby=summary-title>\n<h2 id=summary-title>Summary</h2>\n"
      "<ul class=figures>\n" +
      Figure(tally.files, "file");
  for (const Severity severity : kSeverities) {
    out += Figure(tally.Count(severity), rules::SeverityName(severity));
  }
  out += "<li><b>" + std::to_string(tally.Suppressed()) + "</b> suppressed\n</ul>\n";
  if (tally.unreadable != 0) {
    out += "<p><b>" + Counted(tally.unreadable, "path") +
           " could not be read</b>: the error output of the run says why.</p>\n";
  }
  return out + CountsByRule(tally) + "</section>\n";
}

std::string RuleHtml(const rules::Rule& rule) {
  const auto example = [](std::string_view title, std::string_view text) {
    return "<p>" + std::string(title) + "</p>\n<pre><code>" + HtmlEscapedLines(text) +
           "</code></pre>\n";
  };
  return "<article class=rule id=" + std::string(rule.id) + "><h3>" + std::string(rule.id) + " " +
         HtmlEscaped(rule.name) + "</h3> " + SeverityHtml(rule.severity) + "\n<p><b>" +
         HtmlProse(rule.summary) + "</b></p>\n" + "<p class=text>" + HtmlProse(rule.why) +
         "</p>\n" + example("Bad:", rule.bad) + example("Good:", rule.good) +
         "<p class=muted>Source: " + HtmlEscaped(rule.source) + "</p>\n</article>\n";
}

std::string Rules(const Tally& tally) {
  std::string out =
      "<section id=rules aria-labelledby=rules-title>\n<h2 id=rules-title>Rules that found "
      "something</h2>\n";
  if (tally.rules.empty()) out += "<p>None did.</p>\n";
  for (const auto& [id, counts] : tally.rules) out += RuleHtml(*counts.rule);
  return out + "</section>\n";
}

std::string End(const Tally& tally, const Piece& kept, const FormatOptions&) {
  std::string out = tally.files == 0 ? "<p>No file was checked.</p>\n" : "";
  out += "</section>\n<div id=overview>\n" + Summary(tally);
  out += MatrixHtml(kept.columns);
  return out + "</div>\n" + Rules(tally) + "</main>\n<script>" + std::string(kPageJs) +
         "</script>\n</body>\n</html>\n";
}

}  // namespace

const Format kHtml = {"html", "", &Begin, &PieceOf, &End, &Numbered};

}  // namespace lint::report
