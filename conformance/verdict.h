// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace copilot::conformance {

enum class Status {
  kPass,
  kFail,   // what is under test broke the rule
  kError,  // the infrastructure broke: no adapter, a wrong file
  kSkip,   // with a reason
  // A live scenario that passed with stand-ins for GitHub and the model: not
  // a pass.
  kRehearsed,
};

// One thing that is wrong, for people.
struct Failure {
  std::string title;   // "received session.create"
  std::string detail;  // several lines: path, expected, came
};

struct Verdict {
  std::string id;
  std::string title;
  std::string area;
  std::vector<std::string> contract;
  Status status = Status::kPass;
  std::string reason;  // of a skip or an error
  std::vector<Failure> failures;
  std::string stderr_tail;  // of the adapter or CLI, when something is wrong
  std::string kept_directory;
  double seconds = 0;
  int round = 1;           // with --repeat
  bool bad_input = false;  // the scenario itself is wrong
};

}  // namespace copilot::conformance
