// SPDX-License-Identifier: MIT
//
// One user message from `user.message` to idle: the agent loop, event by event
// in the order of protocol 10. A player makes the moves; this class knows how
// the CLI tells of them.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fake-cli/attachments.h"
#include "fake-cli/brain.h"
#include "fake-cli/model/events.h"
#include "fake-cli/session.h"
#include "fake-cli/tool_result.h"
#include "fake-cli/tools/built_in.h"

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
  // Whether the model has said anything.
  bool spoken() const {
    return call_index_ > 0 || message_started_ || !spoken_.is_null();
  }

  Session& session() { return session_; }
  const QueuedMessage& message() const { return message_; }
  int call_index() const { return call_index_; }
  bool call_open() const { return call_open_; }

  // --- Moves of the player. Each leads to Continue, unless said otherwise.

  // Begins a model call: everything up to the request to the model. Does not
  // lead to Continue: CompleteCall, Fail or Retry must follow. `ask` sends the
  // request, if there is one.
  void BeginCall(const std::function<void()>& ask = nullptr);
  // The model begins to speak; a chunk of text implies it. If the session
  // streams.
  void StartMessage();
  // A chunk of text or reasoning, if the session streams.
  void Delta(std::string_view text);
  void ReasoningDelta(std::string_view text);
  // A part of a tool call's arguments, if the session streams. `type` is that
  // of the call; may be empty.
  void ToolDelta(const std::string& call_id, const std::string& name,
                 std::string_view type, std::string_view arguments);
  // The model's answer; begins the call if that has not happened. Runs the
  // tools it asks for.
  void CompleteCall(ModelAnswer answer);
  // An answer without any content: the CLI tells of it and gives up. Ends the
  // turn.
  void CompleteEmpty(ModelAnswer answer);
  // An answer that the model could not finish: dropped, and continued by the
  // next call (protocol 15.2).
  void CompleteCutOff(ModelAnswer answer);
  // The attempt of the open call failed. Does not lead to Continue: Retry or
  // Fail must follow.
  void FailAttempt(const CallFailure& failure);
  // The open call is tried again, from now on. Does not lead to Continue.
  void Retry(std::string_view reason);
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
    std::shared_ptr<BuiltInTool> built_in;  // while it is at work
    bool allowed = false;                   // by a hook
    bool done = false;
    int64_t started_ms = 0;  // since 1970
  };

  EventLog& log() { return session_.log; }
  void Next();
  void ChooseModel();
  // `named`: the session has its name from this message; `new_here`: this
  // process has not had a turn of it.
  void Introduce(bool named, bool new_here);
  void Prepare(bool new_here);
  void Open(bool new_here);
  void Submit();
  std::string Obstacle() const;
  void TakePrompt(const nlohmann::json& output);
  void Begin();
  void TellOfFilters();
  void MarkBilled();
  void EmitUserMessage();
  void EmitSystemMessage();
  void CountTools();
  // `truncation`: data of session.truncation; may be empty.
  void AnnounceCall(const std::string& truncation = "",
                    const std::function<void()>& ask = nullptr);
  std::string CheckpointList() const;
  ModelCallScope Scope() const;
  bool IsBuiltIn(const std::string& tool) const;
  const McpTool* FindMcpTool(const std::string& tool) const;  // or null
  std::string Originating() const;
  void RememberInterruption();
  std::string UnknownTool(const std::string& name) const;
  bool EditsFiles(const ModelAnswer& answer) const;
  // Everything that is told of an answer before what it means.
  void EmitAnswer(ModelAnswer& answer);
  std::string ToolRequestsJson() const;
  void EmitAssistantMessage(const ModelAnswer& answer);
  void EmitSnapshot();

  // A tool's way: hooks may refuse or change the call, the user is asked, it
  // runs, hooks may change the result, and it is told.
  void AskBeforeTool(size_t index);
  void TakeToolDecision(size_t index, const nlohmann::json& output);
  void Correct(const ToolRequest& request);
  void StartTool(size_t index);
  void AskPermission(size_t index);
  void OnDecision(size_t index, const nlohmann::json& decision);
  void RunApproved(size_t index);
  void CallClientTool(size_t index);
  void AskUser(size_t index);
  void FinishTool(size_t index, const ToolResult& result);
  void TakeToolReview(size_t index, ToolResult result,
                      const nlohmann::json& output);
  void CompleteTool(size_t index, const ToolResult& result);
  nlohmann::json ResultForHooks(const ToolResult& result) const;
  nlohmann::json Telemetry(const ToolResult& result) const;
  void OnToolsDone();

  void FinishCall(std::string_view outcome, int64_t duration_ms);
  void TellFailure(const std::string& error);
  void EndWith(const TurnError& error);
  void EndCall(std::string_view occasion = "");
  void CancelByUser();
  void End(bool aborted);

  Session& session_;
  QueuedMessage message_;
  std::unique_ptr<Player> player_;
  std::string interaction_id_;
  std::string mode_;  // of the session, when the turn began
  Attachments attachments_;
  std::string transformed_;            // the prompt as the model gets it
  std::vector<std::string> contexts_;  // that hooks add after the tools
  bool live_ = true;
  bool in_background_ = false;
  bool idle_told_ = false;

  int call_index_ = -1;
  bool call_open_ = false;
  bool retried_ = false;    // the open call is not the first attempt
  int64_t tool_count_ = 0;  // offered to the model
  nlohmann::json spoken_;   // its answer, as a message
  bool answered_ = false;   // the open call has its answer
  std::string message_id_;  // of the assistant message of this call
  std::string reasoning_id_;
  bool message_started_ = false;
  int64_t streamed_bytes_ = 0;
  ModelAnswer answer_;                // of the open call
  std::set<std::string> told_tools_;  // whose deltas have begun

  std::vector<RunningTool> tools_;
  size_t tools_left_ = 0;
  int unbilled_ = 0;  // messages of this turn that have no answer yet
  bool user_cancelled_ = false;
};

}  // namespace copilot::fake_cli
