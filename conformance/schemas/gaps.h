// SPDX-License-Identifier: MIT
//
// What a release publishes and the fake does not know. Which methods the fake
// knows, it says itself. Which events and members it knows, the recordings
// tell: it is proven to say what they hold, and nothing more is.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "conformance/schemas/published.h"
#include "conformance/traces/trace.h"

namespace copilot::conformance {

struct Known {
  std::set<std::string> methods;
  std::set<std::string> stubs;  // those with one answer, whatever is asked
  // What was seen of each schema: "session.event abort", "params
  // session.send", "result session.send", "request hooks.invoke". The values
  // belong to the recordings.
  std::map<std::string, std::vector<const nlohmann::json*>> seen;

  // The trace must outlive this.
  void Learn(const Trace& trace);
};

// Lines for people and programs, each list sorted.
struct Gaps {
  std::set<std::string> methods;
  std::set<std::string> requests;  // to the client
  std::set<std::string> events;
  // "session.event abort $.data.reason"; of what was seen at all and is no
  // stub. A form that was not seen ends like "$.data.result{kind:
  // \"approved\"}".
  std::set<std::string> members;

  // Without what is in `older` as well.
  Gaps Without(const Gaps& older) const;
  // A line for each gap and one with the counts.
  std::string ToText() const;
  nlohmann::json ToJson() const;
};

Gaps FindGaps(const PublishedSchemas& schemas, const Known& known);

}  // namespace copilot::conformance
