// SPDX-License-Identifier: MIT
//
// The host that an adapter talks to while a scenario runs
// (docs/adapter-protocol.md).
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "conformance/adapter/process.h"
#include "conformance/evidence/evidence.h"
#include "conformance/stage/loop.h"
#include "wire/peer.h"

namespace copilot::conformance {

// How the host behaves towards the harness: the scenario's `given`.
struct HostBehaviour {
  nlohmann::json tools = nlohmann::json::object();
  nlohmann::json policy;  // null: none
  nlohmann::json hooks = nlohmann::json::object();
  nlohmann::json native_hooks = nlohmann::json::object();
};

class Adapter : private AdapterProcess::Host {
 public:
  // `process` must not be null.
  Adapter(Loop& loop, std::unique_ptr<AdapterProcess> process,
          HostBehaviour behaviour, Evidence& evidence);
  ~Adapter() override;

  // Sends a request; `done` runs with what it came to.
  void Call(const std::string& method, const nlohmann::json& params,
            std::function<void(Outcome)> done);

  // Sends a request and waits for the answer. Throws StepFailed when the
  // adapter ends, when it answers nobody knows what, or when time is up.
  Outcome CallAndWait(const std::string& method, const nlohmann::json& params);

  // Ends the process.
  void Shutdown();

  // Tells a persistent adapter that the scenario has ended. The process, for
  // the next one; null, with the reason among the faults of the conversation,
  // when it is not fit for that. `clis_running` tells whether the adapter has
  // left CLIs.
  std::unique_ptr<AdapterProcess> EndScenario(
      const std::function<bool()>& clis_running);

  // The process, as it is.
  std::unique_ptr<AdapterProcess> Release() { return std::move(process_); }

  AdapterProcess& process() { return *process_; }

  // Throws StepFailed when nothing can come from the adapter any more.
  void CheckAlive();

 private:
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override;
  void OnNotification(const wire::Message& notification) override;
  void OnStderr(std::string_view text) override;
  void OnLine(bool incoming, std::string_view body) override;

  // How it ended: its exit status, which may take a moment to come in, or why
  // the connection ended.
  std::string HowItEnded();

  // Puts the end of the process on record, once.
  void KeepEnd();
  void ExecuteTool(const nlohmann::json& params,
                   const wire::Responder& responder);
  void Decide(const nlohmann::json& params, const wire::Responder& responder);
  void FireHook(const nlohmann::json& params, const wire::Responder& responder);
  void FireNativeHook(const nlohmann::json& params,
                      const wire::Responder& responder);

  Loop& loop_;
  const HostBehaviour behaviour_;
  Evidence& evidence_;
  std::unique_ptr<AdapterProcess> process_;
  std::vector<wire::Responder> stalled_;
  bool end_kept_ = false;
};

}  // namespace copilot::conformance
