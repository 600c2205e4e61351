// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/schemas/differences.h"
#include "conformance/schemas/frame_checker.h"

namespace copilot::conformance {

// Judges the frames of a whole run by the published schemas and the accepted
// differences. Thread-safe.
class SchemaJudge {
 public:
  // Where a frame comes from.
  struct Source {
    std::string scenario;   // id; empty: from a recording or from its player
    bool recorded = false;  // said by the real CLI
    bool client = false;    // said by a client
  };

  // `differences` is a file. The error names what cannot be read.
  static tl::expected<std::unique_ptr<SchemaJudge>, std::string> Make(
      const std::string& directory, Strictness strictness,
      const std::string& differences);

  // What is wrong and nobody accepts. `answered` is the method of the call that
  // the message answers, when it is an answer.
  std::vector<Violation> Judge(const Source& source,
                               const nlohmann::json& message,
                               const std::string& answered);

  // Entries that nothing needed so far: of the real CLI, which its recordings
  // alone can need, or of scenarios. None when lenient.
  std::vector<std::string> Unneeded(bool of_scenarios) const;

  // Frames judged, and those that needed an accepted difference.
  size_t frames() const { return frames_; }
  size_t accepted() const { return accepted_; }

 private:
  SchemaJudge(PublishedSchemas schemas, SchemaDifferences differences)
      : checker_(std::move(schemas)), differences_(std::move(differences)) {}

  const FrameChecker checker_;
  const SchemaDifferences differences_;
  mutable std::mutex mutex_;
  std::set<size_t> needed_;
  size_t frames_ = 0;
  size_t accepted_ = 0;
};

// For people: the frame, and for each violation its path, the complaint and the
// value. Each line is indented by `indent`.
std::string Describe(const std::vector<Violation>& violations,
                     const std::string& indent);

}  // namespace copilot::conformance
