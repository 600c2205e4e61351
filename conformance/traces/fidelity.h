// SPDX-License-Identifier: MIT
//
// How well what a CLI said agrees with what the real one said in the same
// conversation.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/scenario/matcher.h"
#include "conformance/traces/trace.h"
#include "wire/document.h"

namespace copilot::conformance {

// One thing that the CLI said or did.
struct Frame {
  std::string key;  // KeyOf, or "exit", "stdout", "stderr"; with the
                    // connection in front when there are several
  nlohmann::json message;
  int line = 0;               // of the recording; 0 for what came
  bool any_time = false;      // its place among the others tells nothing
  std::string answered = {};  // the method of the call, for an answer
};

// What may differ, each with its reason (schema/differences.schema.json).
class AcceptedDifferences {
 public:
  static tl::expected<AcceptedDifferences, wire::DocumentErrors> Load(
      const std::string& path);

  // Why a trace need not be followed yet; empty when it must.
  std::string OpenReason(const std::string& trace) const;

  // `path` is a JSON path, or "missing", "unexpected", "order".
  bool Accepts(const std::string& trace, const std::string& key,
               const std::string& path) const;

 private:
  struct Entry {
    std::string trace;
    std::string frame;
    std::vector<std::string> paths;
  };
  std::vector<Entry> entries_;
  std::map<std::string, std::string> open_;  // reasons, by trace
};

struct Difference {
  std::string key;
  int line = 0;           // of the recording; 0 for what nobody expected
  std::string kind;       // "value", "missing", "unexpected", "order"
  Mismatches mismatches;  // of a value
};

struct Fidelity {
  std::string trace;
  size_t frames = 0;    // recorded, and those that nobody expected
  size_t same = 0;      // but for accepted differences
  size_t accepted = 0;  // of these, the ones that needed it
  std::vector<Difference> differences;
  std::string skipped;  // why the trace was not played
  std::string open;     // why differences do not count

  double figure() const {
    return frames == 0 ? 0
                       : 100.0 * static_cast<double>(same) /
                             static_cast<double>(frames);
  }
};

// Frames with the same key are compared in their order. Across keys the order
// counts too, except for frames that the real CLI sends at any time.
Fidelity CompareFrames(const std::string& trace,
                       const std::vector<Frame>& recorded,
                       const std::vector<Frame>& came,
                       const AcceptedDifferences& accepted);

// Whether the real CLI sends such frames at any time (protocol 9, 19).
bool IsRacy(const std::string& key);

}  // namespace copilot::conformance
