// SPDX-License-Identifier: MIT
#include "conformance/report/junit.h"

#include <fmt/format.h>

#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "conformance/report/excerpt.h"
#include "conformance/report/text.h"
#include "conformance/report/totals.h"

namespace copilot::conformance {
namespace {

constexpr size_t kConversation = 60;  // lines
constexpr size_t kWidth = 240;        // characters of one

void AddText(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name)
      .append_child(pugi::node_pcdata)
      .set_value(Printable(text).c_str());
}

// An expected failure has no element of its own; as a skip it keeps a build
// green and stays visible.
void AddSkip(pugi::xml_node node, const Verdict& verdict) {
  std::string why = verdict.reason;
  if (verdict.status == Status::kExpectedFail) {
    why = "expected to fail: " + Message(verdict);
  }
  AddText(node, "skipped", why);
}

void AddProblem(pugi::xml_node node, const Verdict& verdict) {
  const bool error = verdict.status == Status::kError;
  auto problem = node.append_child(error ? "error" : "failure");
  problem.append_attribute("type") = Name(verdict.status);
  problem.append_attribute("message") = Message(verdict).c_str();
  problem.append_child(pugi::node_pcdata)
      .set_value(Explanation(verdict).c_str());
  std::string around = ExcerptText(verdict, kConversation, kWidth);
  if (!verdict.reproduce.empty()) around += verdict.reproduce + "\n";
  if (!around.empty()) AddText(node, "system-out", around);
  if (!verdict.stderr_tail.empty()) {
    AddText(node, "system-err", verdict.stderr_tail);
  }
}

void AddCase(pugi::xml_node suite, const Verdict& verdict) {
  auto node = suite.append_child("testcase");
  std::string name = NameOf(verdict);
  if (verdict.status == Status::kRehearsed) name += " (rehearsed)";
  node.append_attribute("name") = name.c_str();
  node.append_attribute("classname") = verdict.area.c_str();
  node.append_attribute("time") =
      fmt::format("{:.3f}", verdict.seconds).c_str();
  if (verdict.status == Status::kSkip ||
      verdict.status == Status::kExpectedFail) {
    AddSkip(node, verdict);
  } else if (IsRed(verdict.status)) {
    AddProblem(node, verdict);
  }
}

void AddTotals(pugi::xml_node node, const Totals& totals) {
  node.append_attribute("tests") = totals.total();
  node.append_attribute("failures") = totals.failed - totals.errors;
  node.append_attribute("errors") = totals.errors;
}

}  // namespace

std::string JUnitReport(const std::vector<Verdict>& verdicts, double seconds) {
  pugi::xml_document document;
  auto root = document.append_child("testsuites");
  const Totals totals = Count(verdicts);
  root.append_attribute("name") = "copilot-conformance";
  AddTotals(root, totals);
  root.append_attribute("time") = fmt::format("{:.3f}", seconds).c_str();
  std::map<std::string, std::vector<Verdict>> areas;
  for (const Verdict& verdict : verdicts) {
    areas[verdict.area].push_back(verdict);
  }
  for (const auto& [area, members] : areas) {
    auto suite = root.append_child("testsuite");
    const Totals some = Count(members);
    suite.append_attribute("name") = area.c_str();
    AddTotals(suite, some);
    suite.append_attribute("skipped") = some.skipped + some.expected_failures;
    for (const Verdict& verdict : members) AddCase(suite, verdict);
  }
  std::ostringstream out;
  document.save(out, "  ");
  return out.str();
}

}  // namespace copilot::conformance
