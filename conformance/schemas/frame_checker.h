// SPDX-License-Identifier: MIT
//
// Holds what a CLI says against the published schemas.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "conformance/schemas/published.h"

namespace copilot::conformance {

struct Violation {
  std::string
      frame;         // "session.event abort", "result session.send",
                     // "request hooks.invoke", "notification host.event";
                     // of a client "params session.send", "answer hooks.invoke"
  std::string path;  // into the message; "unknown" when the schemas say
                     // nothing of such frames
  std::string value;      // what stands there, for people
  std::string complaint;  // "expected string, got null"
};

// Compiles a schema when a frame needs it for the first time. Thread-safe.
class FrameChecker {
 public:
  explicit FrameChecker(PublishedSchemas schemas);
  ~FrameChecker();

  const PublishedSchemas& schemas() const { return schemas_; }

  // What is wrong with a message of the CLI. `answered` is the method of the
  // call that it answers, when it is an answer. Errors have no schema, nor have
  // answers to nobody knows what.
  std::vector<Violation> Check(const nlohmann::json& message,
                               const std::string& answered) const;

  // The same of a message of the client. A method that the schemas do not name
  // is all right: they leave out those of the SDK's first days.
  std::vector<Violation> CheckClient(const nlohmann::json& message,
                                     const std::string& answered) const;

 private:
  struct Compiled;
  struct Subject;

  const Compiled& CompiledAt(const std::string& pointer) const;
  std::vector<Violation> Hold(const Subject& subject) const;

  const PublishedSchemas schemas_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<Compiled>> compiled_;
};

}  // namespace copilot::conformance
