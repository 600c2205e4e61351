// SPDX-License-Identifier: MIT
//
// Verdicts for the tests of reports.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "conformance/run/verdict.h"

namespace copilot::conformance {

inline Verdict Make(const std::string& id, Status status) {
  Verdict verdict;
  verdict.id = id;
  verdict.title = "Title of " + id;
  verdict.area = id.substr(0, id.find('/'));
  verdict.contract = {"C-1"};
  verdict.status = status;
  verdict.seconds = 0.25;
  return verdict;
}

// One of every status, with everything that a verdict can have.
inline std::vector<Verdict> EveryStatus() {
  std::vector<Verdict> verdicts;
  for (const auto& [id, status] : {std::pair{"auth/pass", Status::kPass},
                                   {"auth/fail", Status::kFail},
                                   {"auth/error", Status::kError},
                                   {"turn/skip", Status::kSkip},
                                   {"turn/rehearsed", Status::kRehearsed},
                                   {"turn/expected", Status::kExpectedFail},
                                   {"turn/unexpected", Status::kUnexpectedPass},
                                   {"turn/flake", Status::kFlake}}) {
    Verdict verdict = Make(id, status);
    verdict.target = "harness";
    verdict.level = "core";
    verdict.file = "scenarios/" + verdict.id + ".json";
    verdict.implementation = "some-harness";
    verdict.implementation_version = "1.2";
    verdict.reproduce = "copilot-conformance run " + verdict.id + " --keep";
    if (status == Status::kFail || status == Status::kExpectedFail ||
        status == Status::kFlake) {
      verdict.failures = {{"received session.create",
                           "$.model\n  expected  \"a\"\n  came      \"b\"\n"}};
      verdict.stderr_tail = "a log line";
      verdict.conversation = {
          {0.001, "runner", "harness", Utterance::Kind::kRequest,
           "attempt.run first", "{}"},
          {0.002, "harness", "CLI", Utterance::Kind::kRequest, "session.create",
           R"({"model":"b"})"},
          {0.003, "CLI", "harness", Utterance::Kind::kAnswer, "session.create",
           "{}"}};
    }
    if (status == Status::kSkip) verdict.reason = "lacks \"abort\"";
    if (status == Status::kError) verdict.reason = "no adapter";
    if (status == Status::kExpectedFail) verdict.reason = "issue 7";
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

inline std::vector<Verdict> OneOfEach() {
  Verdict fail = Make("auth/fail", Status::kFail);
  fail.failures = {{"result of first", "$.a\n  expected  1\n  came      2\n"}};
  fail.stderr_tail = "a log line";
  Verdict error = Make("turn/error", Status::kError);
  error.reason = "no adapter";
  Verdict skip = Make("turn/skip", Status::kSkip);
  skip.reason = "lacks \"abort\"";
  return {Make("auth/pass", Status::kPass), fail, error, skip};
}

}  // namespace copilot::conformance
