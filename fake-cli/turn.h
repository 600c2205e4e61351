// SPDX-License-Identifier: MIT
//
// One user message from `user.message` to idle: the agent loop, event by event
// in the order of protocol 10. A player makes the moves; this class knows how
// the CLI tells of them.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "fake-cli/brain.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

class Turn : public std::enable_shared_from_this<Turn> {
 public:
  Turn(Session& session, QueuedMessage message);

  void Start();
  // `acknowledge` runs after the turn's own events and before idle.
  void Abort(const std::string& reason,
             const std::function<void()>& acknowledge);
  // Ends without a word: the session is gone.
  void Drop();
  bool tools_running() const { return tools_left_ > 0; }
  bool live() const { return live_; }

  Session& session() { return session_; }
  const QueuedMessage& message() const { return message_; }
  int call_index() const { return call_index_; }
  bool call_open() const { return call_open_; }

  // --- Moves of the player. Each leads to Continue, unless said otherwise.

  // Begins a model call: everything up to the request to the model. Does not
  // lead to Continue: CompleteCall, Fail or Retry must follow.
  void BeginCall();
  // A chunk of text or reasoning, if the session streams.
  void Delta(std::string_view text);
  void ReasoningDelta(std::string_view text);
  // The model's answer; begins the call if that has not happened. Runs the
  // tools it asks for.
  void CompleteCall(ModelAnswer answer);
  // An answer without any content: the CLI tells of it and gives up. Ends the
  // turn.
  void CompleteEmpty(ModelAnswer answer);
  // An answer that the model could not finish: dropped, and continued by the
  // next call (protocol 15.2).
  void CompleteCutOff(ModelAnswer answer);
  // The failed attempt of a call that is tried again; does not lead to
  // Continue.
  void Retry(std::string_view reason, const TurnError& error, int attempt);
  // Ends the turn with session.error.
  void Fail(const TurnError& error);
  // Ends the turn with an abort that nobody asked for.
  void AbortByRuntime(const std::string& reason);
  // Any session event.
  void Event(const nlohmann::json& step);
  void Reemit(const std::string& type, int times);
  void Compaction(const nlohmann::json& step);
  // Idle now; what follows happens in the background.
  void GoIdle();
  void Wait(int64_t ms);
  // Nothing happens any more until an abort. Does not lead to Continue.
  void Stall();
  // The turn is over. Does not lead to Continue.
  void Finish();

 private:
  struct RunningTool {
    ToolRequest request;
    ToolOutcome outcome;
    std::string pending_tool;  // request ids, while they wait
    std::string pending_permission;
    bool done = false;
  };

  EventLog& log() { return session_.log; }
  void Next();
  void EmitUserMessage();
  void EmitSystemMessage();
  void EmitUsage(const ModelAnswer& answer);
  std::string ToolRequestsJson() const;
  void EmitAssistantMessage(const ModelAnswer& answer);

  void StartTool(size_t index);
  void AskPermission(size_t index);
  void OnDecision(size_t index, const nlohmann::json& decision);
  void RunApproved(size_t index);
  void CallClientTool(size_t index);
  void AskUser(size_t index);
  void CompleteTool(size_t index, const std::string& result_json,
                    const std::string& error_message,
                    const std::string& error_code);
  void ToolSucceeded(size_t index, const std::string& text);
  void ToolFailed(size_t index, const std::string& text,
                  const std::string& message, const std::string& code);
  void OnToolsDone();

  void EndCall();
  void CancelByUser();
  void End(bool aborted);

  Session& session_;
  QueuedMessage message_;
  std::unique_ptr<Player> player_;
  std::string interaction_id_;
  bool live_ = true;
  bool in_background_ = false;
  bool idle_told_ = false;

  int call_index_ = -1;
  bool call_open_ = false;
  bool answered_ = false;   // the open call has its answer
  std::string message_id_;  // of the assistant message of this call
  std::string reasoning_id_;
  bool message_started_ = false;
  int64_t streamed_bytes_ = 0;
  std::string api_call_id_;

  std::vector<RunningTool> tools_;
  size_t tools_left_ = 0;
  bool user_cancelled_ = false;
};

}  // namespace copilot::fake_cli
