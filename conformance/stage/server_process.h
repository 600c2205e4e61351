// SPDX-License-Identifier: MIT
//
// Programs that say on a line of their output where they listen.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "conformance/run/target.h"
#include "wire/child_process.h"
#include "wire/transport.h"

namespace copilot::conformance {

class ServerProcess {
 public:
  // Waits for the line; `place` is what follows `mark` on it, as far as it is
  // made of `characters`. Throws EnvironmentFailed when there is none.
  ServerProcess(Loop& loop, wire::ChildOptions options, const std::string& mark,
                const char* characters);

  const std::string& place() const { return place_; }
  wire::ChildProcess& child() { return *child_; }
  // Its output is still read here.
  std::unique_ptr<wire::ChildProcess> TakeChild() { return std::move(child_); }

 private:
  std::unique_ptr<wire::ChildProcess> child_;
  std::unique_ptr<wire::Transport> output_;
  std::string place_;
};

// The fake model behind a CLI of this scenario.
class ModelProcess {
 public:
  // `script` as fake-model reads it.
  ModelProcess(Stage& stage, const nlohmann::json& script);

  // "http://127.0.0.1:41213/v1"
  const std::string& url() const { return process_.place(); }
  // The same without a path, where it stands in for GitHub.
  std::string origin() const;

  // Ends it, and keeps what it was asked as evidence.
  void End();

 private:
  Stage& stage_;
  ServerProcess process_;
};

}  // namespace copilot::conformance
