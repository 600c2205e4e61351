// SPDX-License-Identifier: MIT
#include "conformance/report/ctrf.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "conformance/report/excerpt.h"
#include "conformance/report/text.h"
#include "conformance/report/totals.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kConversation = 60;  // lines
constexpr size_t kWidth = 240;        // characters of one

// What is green without being a pass is "other": rehearsals, and failures that
// were expected.
const char* StatusOf(Status status) {
  switch (status) {
    case Status::kPass:
      return "passed";
    case Status::kSkip:
      return "skipped";
    case Status::kRehearsed:
    case Status::kExpectedFail:
      return "other";
    default:
      return "failed";
  }
}

int64_t Milliseconds(double seconds) {
  return static_cast<int64_t>(std::llround(seconds * 1000));
}

Json Lines(const std::string& text) {
  Json lines = Json::array();
  std::istringstream in(Printable(text));
  std::string line;
  while (std::getline(in, line)) lines.push_back(line);
  return lines;
}

Json TestOf(const Verdict& verdict) {
  Json test = {{"name", NameOf(verdict)},
               {"status", StatusOf(verdict.status)},
               {"duration", Milliseconds(verdict.seconds)},
               {"suite", {verdict.area}},
               {"type", "conformance"},
               {"rawStatus", Name(verdict.status)},
               {"tags", verdict.contract}};
  if (!verdict.file.empty()) test["filePath"] = verdict.file;
  if (!verdict.level.empty()) test["labels"]["level"] = verdict.level;
  if (!verdict.target.empty()) test["labels"]["target"] = verdict.target;
  test["extra"]["title"] = Printable(verdict.title);
  if (verdict.status == Status::kFlake) {
    test["flaky"] = true;
    test["retries"] = 1;
  }
  if (const std::string message = Message(verdict); !message.empty()) {
    test["message"] = message;
  }
  if (verdict.status == Status::kPass) return test;
  if (const std::string trace = Explanation(verdict); !trace.empty()) {
    test["trace"] = trace;
  }
  if (const std::string around = ExcerptText(verdict, kConversation, kWidth);
      !around.empty()) {
    test["stdout"] = Lines(around);
  }
  if (!verdict.stderr_tail.empty()) {
    test["stderr"] = Lines(verdict.stderr_tail);
  }
  if (!verdict.reproduce.empty()) {
    test["extra"]["reproduce"] = Printable(verdict.reproduce);
  }
  return test;
}

}  // namespace

std::string CtrfReport(const RunReport& run) {
  const Totals totals = Count(run.verdicts);
  std::set<std::string> suites;
  Json tests = Json::array();
  for (const Verdict& verdict : run.verdicts) {
    suites.insert(verdict.area);
    tests.push_back(TestOf(verdict));
  }
  const std::string name = JudgedIn(run);
  Json tool = {{"name", "copilot-conformance"}};
  if (!name.empty()) tool["extra"]["judged"] = Printable(name);
  const int64_t start = Milliseconds(run.started);
  const Json summary = {{"tests", totals.total()},
                        {"passed", totals.passed},
                        {"failed", totals.failed},
                        {"skipped", totals.skipped},
                        {"pending", 0},
                        {"other", totals.rehearsed + totals.expected_failures},
                        {"flaky", totals.flakes},
                        {"suites", suites.size()},
                        {"start", start},
                        {"stop", start + Milliseconds(run.seconds)},
                        {"duration", Milliseconds(run.seconds)}};
  return Json{{"reportFormat", "CTRF"},
              {"specVersion", "0.0.0"},
              {"generatedBy", "copilot-conformance"},
              {"results",
               {{"tool", tool},
                {"summary", summary},
                {"tests", std::move(tests)}}}}
             .dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace copilot::conformance
