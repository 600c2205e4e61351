// SPDX-License-Identifier: MIT
//
// The SdkSession of a real CLI: dispatches its events, runs its tools and
// permission handlers on worker threads, answers its questions.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harness/abort_signal.h"
#include "harness/cli_connection.h"
#include "harness/executor.h"
#include "harness/sdk_session.h"
#include "harness/session_config.h"

namespace copilot::harness {

class CliSession : public SdkSession,
                   public SessionSink,
                   public std::enable_shared_from_this<CliSession> {
 public:
  // Registers with the connection, so that no event is missed.
  static std::shared_ptr<CliSession> Make(
      std::shared_ptr<CliConnection> connection, std::shared_ptr<Clock> clock,
      std::shared_ptr<Executor> executor, std::string id,
      const SessionConfig& config);
  ~CliSession() override;

  // It was never opened: unregisters without telling the CLI.
  void Forget();

  std::string id() const override { return id_; }
  ListenerId On(std::string type, Listener listener) override;
  void Off(ListenerId id) override;
  Status Send(const MessageOptions& message) override;
  Expected<std::optional<Json>> SendAndWait(const MessageOptions& message,
                                            Milliseconds timeout) override;
  Status Abort() override;
  Status Disconnect() override;
  Expected<Json> CompactHistory(
      const std::optional<std::string>& custom_instructions) override;
  Status AbortManualCompaction() override;
  Status CancelBackgroundCompaction(Milliseconds bound) override;

  void OnEvent(std::string_view raw_event) override;
  void OnUserInput(std::string_view raw_params,
                   wire::Responder responder) override;
  void OnHook(std::string_view raw_params, wire::Responder responder) override;
  void OnConnectionEnded(const Error& error) override;

 private:
  struct Turn;  // one SendAndWait

  CliSession(std::shared_ptr<CliConnection> connection,
             std::shared_ptr<Clock> clock, std::shared_ptr<Executor> executor,
             std::string id, const SessionConfig& config);

  Json Params() const { return {{"sessionId", id_}}; }
  Status CallVoid(const char* method, Json params,
                  Milliseconds limit = kCallLimit);
  Json SendParams(const MessageOptions& message) const;
  std::vector<Listener> ListenersFor(const std::string& type) const;
  void HandleRequestEvent(const SessionEvent& event);
  void StartTool(const SessionEvent& event);
  void RunTool(const std::string& request_id, const SdkTool& tool,
               const ToolInvocation& invocation);
  void StartPermission(const SessionEvent& event);
  void AdvanceTurn(const SessionEvent& event);
  void EndPending(const Error& error);

  const std::shared_ptr<CliConnection> connection_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Executor> executor_;
  const std::string id_;
  const std::vector<SdkTool> tools_;
  const PermissionHandler on_permission_request_;
  const UserInputHandler on_user_input_request_;
  const NativeHooks hooks_;

  mutable std::mutex mutex_;
  ListenerId next_listener_ = 1;
  std::map<std::string, std::map<ListenerId, Listener>> listeners_;
  std::map<std::string, AbortController> pending_tools_;  // by request id
  std::vector<std::shared_ptr<Turn>> turns_;
  std::optional<Error> end_;  // set once it is disconnected
};

}  // namespace copilot::harness
