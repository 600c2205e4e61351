// SPDX-License-Identifier: MIT
//
// The adapter's process and the conversation with it
// (docs/adapter-protocol.md).
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "conformance/evidence.h"
#include "conformance/loop.h"
#include "wire/child_process.h"
#include "wire/peer.h"

namespace copilot::conformance {

// How the host behaves towards the harness: the scenario's `given`.
struct HostBehaviour {
  nlohmann::json tools = nlohmann::json::object();
  nlohmann::json policy;  // null: none
  nlohmann::json hooks = nlohmann::json::object();
};

class Adapter : private wire::Peer::Handler {
 public:
  // Throws EnvironmentFailed when the command cannot be started.
  Adapter(Loop& loop, const std::vector<std::string>& command,
          std::vector<std::string> environment, const std::string& directory,
          HostBehaviour behaviour, Evidence& evidence);
  ~Adapter() override;

  // Sends a request; `done` runs with what it came to.
  void Call(const std::string& method, const nlohmann::json& params,
            std::function<void(Outcome)> done);

  // Sends a request and waits for the answer. Throws StepFailed when the
  // adapter ends or time is up.
  Outcome CallAndWait(const std::string& method, const nlohmann::json& params);

  // Orderly end: `shutdown`, then a short wait, then by force.
  void Shutdown();

  // Whether the adapter has closed its side.
  bool gone() const { return !end_reason_.empty(); }

  // Once it is gone: its exit status, which may take a moment to come in, or
  // why the connection ended.
  std::string HowItEnded();

 private:
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override;
  void OnNotification(const wire::Message& notification) override;
  void OnGarbage(const wire::RpcError& error, std::string_view body,
                 bool fatal) override;
  void OnClosed(const std::string& reason) override;

  void ExecuteTool(const nlohmann::json& params,
                   const wire::Responder& responder);
  void Decide(const nlohmann::json& params, const wire::Responder& responder);
  void FireHook(const nlohmann::json& params, const wire::Responder& responder);

  Loop& loop_;
  const HostBehaviour behaviour_;
  Evidence& evidence_;
  std::unique_ptr<wire::ChildProcess> child_;
  std::unique_ptr<wire::Peer> peer_;
  std::vector<wire::Responder> stalled_;
  std::string end_reason_;
};

}  // namespace copilot::conformance
