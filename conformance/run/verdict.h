// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/evidence/conversation.h"

namespace copilot::conformance {

enum class Status {
  kPass,
  kFail,   // what is under test broke the rule
  kError,  // the infrastructure broke: no adapter, a wrong file
  kSkip,   // with a reason
  // A live scenario that passed with stand-ins for GitHub and the model: not
  // a pass.
  kRehearsed,
  kExpectedFail,    // failed, as the expectations say
  kUnexpectedPass,  // passed, though the expectations say that it fails
  kFlake,           // failed among others, and passed on its own
};

// The implementation that a cli scenario tests.
inline constexpr char kCopilotCli[] = "copilot-cli";

// Whether it turns a run red.
constexpr bool IsRed(Status status) {
  return status == Status::kFail || status == Status::kError ||
         status == Status::kUnexpectedPass || status == Status::kFlake;
}

// One thing that is wrong, for people.
struct Failure {
  std::string title;  // "received session.create"
  // Several lines. Where two values differ: the path, then "  expected  " with
  // what should have come, then "  came      " with what did.
  std::string detail;
};

struct Verdict {
  std::string id;
  std::string title;
  std::string area;
  std::vector<std::string> contract;
  std::string target;  // harness, cli, live
  std::string level;   // core, extended, edge
  std::string file;    // of the scenario
  Status status = Status::kPass;
  // Of a skip, an error, or what the expectations say about it.
  std::string reason;
  std::vector<Failure> failures;
  std::string stderr_tail;  // of the adapter or CLI, when something is wrong
  std::string kept_directory;
  // Of what is wrong always, of everything else on request.
  std::vector<Utterance> conversation;
  // The command that runs this scenario alone, as this run did.
  std::string reproduce;
  double seconds = 0;
  size_t frames = 0;       // that the monitors have seen
  int round = 1;           // with --repeat
  bool bad_input = false;  // the scenario itself is wrong
  // What was under test, as it names itself: the adapter, or kCopilotCli in a
  // cli scenario. Empty when it did not get so far.
  std::string implementation;
  std::string implementation_version;
};

}  // namespace copilot::conformance
