// SPDX-License-Identifier: MIT
//
// What a run of a scenario has left for its checks, and the checks themselves.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/evidence/conversation_log.h"
#include "conformance/evidence/journal.h"
#include "conformance/run/verdict.h"
#include "conformance/scenario/matcher.h"
#include "conformance/stage/sandbox.h"
#include "wire/child_process.h"

namespace copilot::conformance {

// What a step came to.
struct Outcome {
  bool ok = false;
  nlohmann::json value;  // the result, or {code, message}
};

struct Evidence {
  // What is under test, as it names itself; empty when it did not.
  std::string implementation;
  std::string implementation_version;
  std::map<std::string, Outcome> outcomes;  // by the steps' names
  // Calls and notifications of the adapter: method and params.
  std::vector<std::pair<std::string, nlohmann::json>> notified;
  // What the runner and the adapter said to each other, in the same form as the
  // journal's records.
  std::vector<std::string> adapter_lines;
  std::string stderr_text;
  ConversationLog log;
  // Of a cli scenario:
  std::vector<nlohmann::json> events;  // session events, in order
  std::vector<nlohmann::json> model_requests;
  std::optional<wire::ExitStatus> exit;
  // Files that are not the harness's doing: given, or written by steps.
  std::set<std::string> own_files;
};

// Holds `checks` against the evidence; returns what fails. Checks are expanded
// with the sandbox's names first.
std::vector<Failure> Check(const std::vector<nlohmann::json>& checks,
                           const Evidence& evidence, const Journal& journal,
                           const Sandbox& sandbox);

}  // namespace copilot::conformance
