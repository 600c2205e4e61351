// SPDX-License-Identifier: MIT
//
// The process of an adapter, and the line to it. It may serve one scenario
// after the other.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "conformance/evidence/evidence.h"
#include "conformance/protocol/conversation.h"
#include "conformance/stage/loop.h"
#include "wire/child_process.h"
#include "wire/peer.h"

namespace copilot::conformance {

// Not thread-safe: use it on the io_context's thread.
class AdapterProcess : private wire::Peer::Handler {
 public:
  // Who takes part in the conversation for the time of a scenario.
  class Host {
   public:
    virtual ~Host() = default;
    virtual void OnRequest(const wire::Message& request,
                           wire::Responder responder) = 0;
    virtual void OnNotification(const wire::Message& notification) = 0;
    virtual void OnStderr(std::string_view text) = 0;
    // A line that was received or sent, before anything else is made of it.
    virtual void OnLine(bool incoming, std::string_view body) = 0;
  };

  // Throws EnvironmentFailed when the command cannot be started.
  AdapterProcess(asio::io_context& io, const std::vector<std::string>& command,
                 std::vector<std::string> environment,
                 const std::string& directory);
  ~AdapterProcess() override;

  // `host` must outlive the next Attach or Detach.
  void Attach(Host* host) { host_ = host; }
  // Nobody listens any more, and nobody is called back.
  void Detach();

  // Sends a request; `done` runs with what it came to, unless Detach comes
  // first.
  void Call(const std::string& method, const nlohmann::json& params,
            std::function<void(Outcome)> done);
  // Ends the conversation: what is pending fails.
  void Close();

  // Orderly end: `shutdown`, then a short wait, then by force.
  void Shutdown(Loop& loop);

  // Whether the adapter has closed its side.
  bool gone() const { return !end_reason_.empty(); }
  bool closed() const { return peer_ == nullptr; }
  const std::string& end_reason() const { return end_reason_; }
  std::optional<wire::ExitStatus> exit_status() const {
    return child_->exit_status();
  }

  AdapterConversation& conversation() { return conversation_; }

  // What it answered to initialize; null before.
  nlohmann::json hello;
  bool persistent() const {
    return hello.is_object() && hello.value("persistent", false);
  }

 private:
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override;
  void OnNotification(const wire::Message& notification) override;
  void OnClosed(const std::string& reason) override { end_reason_ = reason; }

  Host* host_ = nullptr;
  // Gone when nobody wants to be called back any more.
  std::shared_ptr<bool> attached_ = std::make_shared<bool>(true);
  AdapterConversation conversation_;
  std::string end_reason_;
  std::unique_ptr<wire::ChildProcess> child_;
  std::unique_ptr<wire::Peer> peer_;
};

}  // namespace copilot::conformance
