// SPDX-License-Identifier: MIT
//
// A recorded conversation with a real CLI: what each side said, what was
// started and how it ended, one JSON document a line (docs/traces.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::conformance {

struct TraceLine {
  enum class Kind { kFiles, kModel, kSpawn, kSent, kCame, kExit, kNote, kText };

  Kind kind = Kind::kNote;
  int number = 0;          // line of the file, from 1
  int moment_ms = 0;       // since the recording began
  nlohmann::json message;  // null when `raw` stands for it
  std::string raw;         // bytes outside of a frame of JSON
  std::string stream;      // of kText: "stdout" or "stderr"
  int connection = 0;      // of several
  int process = 0;         // of several
};

struct Trace {
  std::string name;
  std::vector<TraceLine> lines;
};

// The error names file and line.
tl::expected<Trace, std::string> LoadTrace(const std::string& path);

// What a recorded frame is known by: "answer 3", "session.event
// assistant.message", "request hooks.invoke". Frames with the same key are
// told apart by their order.
std::string KeyOf(const nlohmann::json& message);

}  // namespace copilot::conformance
