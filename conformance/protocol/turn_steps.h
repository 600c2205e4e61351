// SPDX-License-Identifier: MIT
//
// The steps of `adapter check` that run turns. Each throws Wrong when something
// is not as docs/adapter-protocol.md says.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "conformance/protocol/checked_adapter.h"

namespace copilot::conformance {

class TurnSteps {
 public:
  // `adapter` must outlive it.
  explicit TurnSteps(CheckedAdapter& adapter) : adapter_(adapter) {}

  void Attempt();
  void Deltas();
  void Tool();
  void Permission();
  void Question();
  void Abort();
  void Steer();
  void Compact();
  void Hooks();
  void NativeHooks();
  void Transcript();

 private:
  // The parameters of attempt.run.
  nlohmann::json Call(const std::string& name, const std::string& prompt,
                      const std::string& session = "session-1") const;
  // With a tool, in a turn in which the model calls it.
  nlohmann::json ToolCall(const std::string& name) const;
  nlohmann::json Run(const nlohmann::json& call);
  // A turn that does not end by itself, once it is under way.
  std::shared_ptr<PendingCall> RunForEver(const std::string& name);
  // The assistant's text, checked.
  void Said(const nlohmann::json& result, const std::string& text,
            const std::string& why);
  // A member of the result, checked.
  void IsTrue(const nlohmann::json& result, const std::string& member,
              bool expected, const std::string& why,
              const std::string& section);

  CheckedAdapter& adapter_;
};

// What the fake CLI says to the prompts of the steps.
nlohmann::json TurnScript();

}  // namespace copilot::conformance
