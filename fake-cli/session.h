// SPDX-License-Identifier: MIT
//
// An open session: its configuration, its history, what it waits for, and the
// turn that runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "fake-cli/event_log.h"
#include "fake-cli/hooks.h"
#include "fake-cli/mcp/servers.h"
#include "fake-cli/message_queue.h"
#include "fake-cli/permission.h"
#include "fake-cli/releases/old_requests.h"
#include "fake-cli/session_config.h"
#include "fake-cli/session_store.h"
#include "fake-cli/usage.h"
#include "wire/peer.h"
#include "wire/secret.h"

namespace copilot::fake_cli {

class FileSystem;
class Host;
class SessionFs;
class Shells;
class Turn;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Host& host, Workspace workspace, SessionConfig config);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& id() const { return workspace.id; }

  // Queues a message and starts a turn if none runs.
  void Send(QueuedMessage message);

  // Begins a turn with the next message that waits, if one may begin now.
  void StartNext();

  // Forgets an event and all that came after it. `done` gets how many; nothing
  // when there is no such event.
  void Truncate(const std::string& event_id,
                std::function<void(std::optional<int64_t> removed)> done);

  // From now on the client keeps the files. Before anything is in them.
  void KeepFiles(std::unique_ptr<SessionFs> fs);
  // Where the files are.
  std::string directory() const;
  std::string events_file() const;
  std::shared_ptr<FileSystem> files() const;
  Checkpoint WriteCheckpoint(int number, std::string title,
                             const std::string& text);

  // Ends the running turn. `acknowledge` runs before idle is told, at once
  // when nothing runs.
  void Abort(const std::string& reason,
             const std::function<void()>& acknowledge);

  // Answers of clients to what the session asked. False for an unknown or
  // settled request. `acknowledge` runs between the event that tells of the
  // answer and what follows from it.
  bool AnswerTool(const std::string& request_id, const nlohmann::json& params,
                  const std::function<void()>& acknowledge);
  bool AnswerPermission(const std::string& request_id,
                        const nlohmann::json& answer,
                        const std::function<void()>& acknowledge);

  // Takes over what the history of the log tells. Tools that were called and
  // did not end are told as interrupted with the next message, unless the
  // session awaits them.
  void Restore();
  // The tools that a client has not answered may still be; then the agent goes
  // on (protocol 18.4).
  void AwaitPending();
  // Called by a turn before its first word.
  void TellInterrupted();

  // Keeps the pictures among the attachments of a message, each once.
  void KeepAssets(const nlohmann::json& attachments);

  // session.usage_checkpoint, after a compaction.
  void TellUsage();

  // A hook wants the agent to go on with this prompt.
  void GoOn(const std::string& prompt);

  // Called by the turn.
  void OnTurnFinished(bool aborted, bool silent);
  void Background();  // the turn goes on without holding the session

  // Called by a compaction: messages that waited for it begin.
  void CompactionEnded();

  // Tells of a task of the session: "change", "completed", "disposed"
  // (protocol 19.2). `task` and `reaction` are JSON documents; empty: null.
  void TellTask(std::string_view kind, const std::string& task = "",
                const std::string& reaction = "");

  // session.shutdown by a client: no turn begins any more, but the session
  // stays open.
  void Shut();

  // Asks the user through the clients: message and requestedSchema of `form`.
  // `source` is an MCP server; may be empty.
  void Elicit(const nlohmann::json& form, const std::string& source,
              std::function<void(const nlohmann::json& result)> answer);
  // Those who wait for an answer of the user get "cancel".
  void CancelElicitations();

  // Ends without a word or a trace on disk: an inner session.
  void Drop();

  // Writes session.shutdown; `on_wire` false keeps it from the clients.
  void Close(bool on_wire);
  // The same where a client keeps the files: with what it is asked to do.
  void Leave(std::function<void()> done);
  bool closed() const { return closed_; }

  bool processing() const { return turn_ != nullptr; }
  std::string PendingPermissions() const;  // JSON array
  // That of a turn whose model has not spoken yet; empty: none.
  std::string WithdrawableMessage() const;
  void Flush();

  Host& host;
  Workspace workspace;
  SessionConfig config;
  EventLog log;
  Hooks hooks{*this};
  OldRequests old_requests{*this};
  std::set<int> attached;  // connections
  bool approve_all = false;
  std::set<std::string> approvals;  // "commands:ls", "custom-tool:lookup"
  std::vector<PermissionRule> rules;
  bool tell_filters = false;  // they have changed
  std::vector<Checkpoint> checkpoints;
  std::string notice;  // for the model, with the next prompt
  int interests = 0;   // registered in the event log so far
  std::map<std::string, std::function<void(const nlohmann::json& result)>>
      pending_elicitations;
  int user_messages = 0;
  bool announced_skills = false;
  std::string mode = "interactive";
  nlohmann::json conversation = nlohmann::json::array();  // chat messages
  bool compacted = false;  // the next turn tells what was used
  bool compacting = false;
  std::shared_ptr<void> running_compaction;
  std::shared_ptr<void> compaction_call;  // its model call
  std::function<bool()> cancel_compaction;
  std::shared_ptr<void> auto_compaction;   // runs beside the turns
  std::function<void()> after_compaction;  // a turn that waits for it
  bool was_compacted = false;              // by itself
  int64_t tokens = 0;                      // of the conversation, estimated
  std::vector<std::string> system_parts;   // what the model was told last
  int64_t system_tokens = 0;
  int64_t tool_tokens = 0;
  Usage usage;
  int64_t context_tokens() const {
    return tokens + system_tokens + tool_tokens;
  }

  using ToolAnswer = std::function<void(const nlohmann::json& params)>;
  using PermissionAnswer = std::function<void(const nlohmann::json& result)>;
  struct PendingTool {
    ToolAnswer answer;
  };
  struct PendingPermission {
    std::string tool_call_id;
    std::string prompt_request;  // raw JSON
    PermissionAnswer answer;
  };
  std::map<std::string, PendingTool> pending_tools;
  std::map<std::string, PendingPermission> pending_permissions;
  std::unique_ptr<SessionFs> fs;   // null: the files are on this machine
  std::shared_ptr<Shells> shells;  // of the built-in bash; may be null
  McpServers mcp{*this};
  std::vector<std::weak_ptr<Session>> agents;  // inner sessions at work
  MessageQueue queue;
  bool queue_paused = false;  // no turn begins by itself

 private:
  void EndTurns();
  // Whether one of the agents takes something.
  bool AnyAgent(const std::function<bool(Session&)>& takes);
  void TakeEvent(std::string_view event);
  void TakeUsage(const std::string& record);
  void OnAwaited(const std::string& call_id, const nlohmann::json& params);
  std::string ShutdownData() const;
  const std::string task_subscription_;

  struct Interrupted {
    std::string name;
    std::string arguments;
    std::string request_id;  // of external_tool.requested; may be empty
  };
  std::map<std::string, Interrupted> interrupted_;  // by tool call
  size_t awaited_ = 0;                              // of them
  std::shared_ptr<Turn> turn_;
  std::vector<std::shared_ptr<Turn>> background_;
  std::set<std::string> assets_;  // ids of those that are kept
  bool takes_model_ = false;      // the one that its history names last
  bool shut_ = false;
  bool closed_ = false;
  friend class Turn;
};

// Raw JSON of permission.completed's result for a decision (protocol 12.2).
std::string CompletedResult(const nlohmann::json& decision);

}  // namespace copilot::fake_cli
