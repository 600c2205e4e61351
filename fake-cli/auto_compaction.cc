// SPDX-License-Identifier: MIT
#include "fake-cli/auto_compaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/model/events.h"
#include "fake-cli/model/request.h"
#include "fake-cli/model/summary_call.h"
#include "fake-cli/tokens.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr char kMark[] = "compactionCheckpoint";

// Messages as the CLI counts them: with the system message.
int64_t Length(const Session& session) {
  return static_cast<int64_t>(session.conversation.size() +
                              SystemMessages(session).size());
}

std::string Role(const Json& message) { return message.value("role", ""); }

// What the user has said so far, which a summary keeps word by word.
std::string Prompts(const Json& conversation) {
  std::string all;
  for (const Json& message : conversation) {
    const auto content = message.find("content");
    if (Role(message) == "user" && content->is_string()) {
      all += content->get<std::string>() + "\n\n";
    }
  }
  return all;
}

int64_t CountAll(const Json& conversation) {
  int64_t tokens = 0;
  for (const Json& message : conversation) tokens += MessageTokens(message);
  return tokens;
}

JsonObject& AddParts(const Session& session, JsonObject& data) {
  return data.Int("systemTokens", session.system_tokens)
      .Int("conversationTokens", session.tokens)
      .Int("toolDefinitionsTokens", session.tool_tokens);
}

// One compaction beside the turns.
class AutoCompaction : public std::enable_shared_from_this<AutoCompaction> {
 public:
  AutoCompaction(const std::shared_ptr<Session>& session, int turn)
      : session_(session),
        turn_(turn),
        attempt_id_(session->host.ids().Uuid()),
        mark_(fmt::format("cp-1-{}", session->user_messages - 1)),
        length_(Length(*session)),
        prompts_(Prompts(session->conversation)) {}

  void Start() {
    const auto session = session_.lock();
    session->conversation.back()[kMark] = mark_;
    const int64_t limit = PromptLimit(session->config);
    JsonObject stage;
    stage.Text("kind", "compaction_started")
        .Int("turn", turn_)
        .Text("performedBy", "CompactionProcessor")
        .Int("currentTokens", session->context_tokens())
        .Int("tokenLimit", limit);
    AddParts(*session, stage).Text("trigger", "threshold");
    session->log.Ephemeral("model.compaction_started", stage.str());
    JsonObject start;
    start.Text("compactionAttemptId", attempt_id_)
        .Text("model", session->config.model);
    AddParts(*session, start)
        .Int("currentTokens", session->context_tokens())
        .Int("tokenLimit", limit)
        .Text("trigger", "threshold");
    session->log.Persist("session.compaction_start", start.str());
    SummarizeWithProvider(session, "", false,
                          [self = shared_from_this()](const Summary& summary) {
                            self->Finish(summary);
                          });
  }

 private:
  void Finish(const Summary& summary) {
    const auto session = session_.lock();
    if (session == nullptr) return;
    // It is the one that calls.
    session->host.After(
        1, [call = std::exchange(session->compaction_call, nullptr)] {});
    if (summary.error.empty()) {
      Apply(*session, summary);
    } else {
      Fail(*session, summary);
    }
    session->auto_compaction.reset();
    if (const auto then = std::exchange(session->after_compaction, nullptr)) {
      then();
    }
  }

  void Fail(Session& session, const Summary& summary) {
    JsonObject data = Outcome(session, "failed");
    data.Text("trigger", "threshold")
        .Text("failureReason", summary.reason)
        .Text("error", summary.error);
    session.log.Persist("session.compaction_complete", data.str());
    JsonObject stage;
    stage.Text("kind", "compaction_completed")
        .Int("turn", turn_)
        .Text("performedBy", "CompactionProcessor")
        .Bool("success", false)
        .Text("error", summary.error);
    session.log.Ephemeral("model.compaction_completed", stage.str());
  }

  void Apply(Session& session, const Summary& summary) {
    const int64_t before = session.context_tokens();
    Replace(session, summary.text);
    const int64_t after = session.context_tokens();
    const int64_t removed = length_ - Length(session);
    if (session.config.checkpoints) {
      const int number = ++session.workspace.summary_count;
      // The title of the summary is not heeded here.
      session.checkpoints.push_back(
          session.WriteCheckpoint(number, "", summary.text));
    }
    session.compacted = !std::exchange(session.was_compacted, true);
    TellComplete(session, summary, before, after, removed);
    TellInsufficient(session, after);
    TellStage(session, summary, before, after, removed);
  }

  // The summary stands for everything up to the mark.
  void Replace(Session& session, const std::string& text) {
    Json& all = session.conversation;
    const auto marked = std::find_if(
        all.begin(), all.end(),
        [&](const Json& message) { return message.value(kMark, "") == mark_; });
    Json kept = Json::array(
        {{{"role", "user"},
          {"content", "What the user said:\n\n" + prompts_ +
                          "The summary of what happened:\n\n" + text}}});
    if (marked != all.end()) kept.insert(kept.end(), marked + 1, all.end());
    all = std::move(kept);
    session.tokens = CountAll(all);
  }

  JsonObject Outcome(const Session& session, std::string_view outcome) const {
    JsonObject data;
    data.Bool("success", outcome == "applied")
        .Text("outcome", outcome)
        .Text("compactionAttemptId", attempt_id_)
        .Int("preCompactionMessagesLength", length_)
        .Int("tokenLimit", PromptLimit(session.config));
    return data;
  }

  void TellComplete(Session& session, const Summary& summary, int64_t before,
                    int64_t after, int64_t removed) {
    JsonObject data = Outcome(session, "applied");
    data.Int("messagesRemoved", removed)
        .Text("summaryContent", summary.text)
        .Text("behaviorModelId", session.config.model)
        .Text("trigger", "threshold")
        .Int("preCompactionTokens", before)
        .Int("postCompactionTokens", after)
        .Int("tokensRemoved", std::max<int64_t>(0, before - after))
        .Text("tokenAccountingBasis", "local_full_context_estimate");
    AddParts(session, data).RawIf("compactionTokensUsed", summary.tokens_used);
    if (session.config.checkpoints) {
      data.Int("checkpointNumber", session.checkpoints.back().number)
          .Text("checkpointPath", session.checkpoints.back().path);
    }
    session.log.Persist("session.compaction_complete", data.str());
  }

  static void TellInsufficient(Session& session, int64_t tokens) {
    const int64_t limit = PromptLimit(session.config);
    if (tokens <= limit) return;
    const std::string metrics = JsonObject()
                                    .Int("post_compaction_tokens", tokens)
                                    .Int("token_limit", limit)
                                    .Int("over_by_tokens", tokens - limit)
                                    .str();
    session.log.Ephemeral(
        "model.telemetry",
        JsonObject()
            .Text("kind", "telemetry")
            .Raw("telemetry", JsonObject()
                                  .Text("event", "compaction_insufficient")
                                  .Raw("properties", "{}")
                                  .Raw("restrictedProperties", "{}")
                                  .Raw("metrics", metrics)
                                  .str())
            .str());
  }

  void TellStage(Session& session, const Summary& summary, int64_t before,
                 int64_t after, int64_t removed) {
    JsonObject result;
    result.Int("tokenLimit", PromptLimit(session.config))
        .Int("preCompactionMessagesLength", length_)
        .Int("postCompactionMessagesLength", Length(session))
        .Int("tokensRemoved", std::max<int64_t>(0, before - after))
        .Int("messagesRemoved", removed)
        .Text("summaryContent", summary.text)
        .Int("preCompactionTokens", before)
        .Int("postCompactionTokens", after)
        .RawIf("compactionTokensUsed", summary.tokens_used);
    if (session.config.checkpoints) {
      result.Int("checkpointNumber", session.checkpoints.back().number);
    }
    session.log.Ephemeral("model.compaction_completed",
                          JsonObject()
                              .Text("kind", "compaction_completed")
                              .Int("turn", turn_)
                              .Text("performedBy", "CompactionProcessor")
                              .Bool("success", true)
                              .Raw("compactionResult", result.str())
                              .str());
  }

  const std::weak_ptr<Session> session_;
  const int turn_;
  const std::string attempt_id_;
  const std::string mark_;  // of the last message that is summarised
  const int64_t length_;    // of the conversation, when it began
  const std::string prompts_;
};

}  // namespace

void CompactAtThreshold(const std::shared_ptr<Session>& session, int turn) {
  const auto threshold = session->config.compaction_threshold *
                         static_cast<double>(PromptLimit(session->config));
  if (static_cast<double>(session->context_tokens()) < threshold ||
      session->conversation.size() < 2 || session->compacting ||
      session->auto_compaction != nullptr) {
    return;
  }
  const auto compaction = std::make_shared<AutoCompaction>(session, turn);
  session->auto_compaction = compaction;
  compaction->Start();
}

void AwaitRoom(Session& session, std::function<void()> then) {
  const auto exhausted = session.config.exhaustion_threshold *
                         static_cast<double>(PromptLimit(session.config));
  if (session.auto_compaction == nullptr ||
      static_cast<double>(session.context_tokens()) < exhausted) {
    then();
  } else {
    session.after_compaction = std::move(then);
  }
}

std::string TruncateToLimit(Session& session) {
  const int64_t limit = PromptLimit(session.config);
  const int64_t tokens = session.context_tokens();
  if (tokens <= limit) return "";
  const int64_t length = Length(session);
  Json& all = session.conversation;
  // A prompt goes together with what it led to.
  while (session.context_tokens() > limit) {
    auto next = all.begin() + 1;
    while (next != all.end() && Role(*next) != "user") ++next;
    if (next == all.end()) break;
    all.erase(all.begin(), next);
    session.tokens = CountAll(all);
  }
  return JsonObject()
      .Int("tokenLimit", limit)
      .Int("preTruncationTokensInMessages", tokens)
      .Int("preTruncationMessagesLength", length)
      .Int("postTruncationTokensInMessages", session.context_tokens())
      .Int("postTruncationMessagesLength", Length(session))
      .Int("tokensRemovedDuringTruncation", tokens - session.context_tokens())
      .Int("messagesRemovedDuringTruncation", length - Length(session))
      .Int("toolDefinitionsTokenCount", session.tool_tokens)
      .Null("messagesTokenCounts")
      .Text("performedBy", "BasicTruncator")
      .str();
}

}  // namespace copilot::fake_cli
