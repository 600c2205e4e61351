// SPDX-License-Identifier: MIT
#include "fake-cli/compaction.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/model/events.h"
#include "fake-cli/tokens.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using Reply = std::function<void(tl::expected<std::string, std::string>)>;

constexpr char kOwnSummary[] =
    "<overview>The conversation so far.</overview>\n<checkpoint_title>"
    "Conversation so far</checkpoint_title>";

// One compaction from start to end.
class Compaction : public std::enable_shared_from_this<Compaction> {
 public:
  Compaction(std::shared_ptr<Session> session, Json params, Json plan,
             Reply reply)
      : session_(std::move(session)),
        params_(std::move(params)),
        plan_(std::move(plan)),
        reply_(std::move(reply)),
        attempt_id_(session_->host.ids().Uuid()) {}

  void Start(const Summarizer& summarize) {
    if (session_->conversation.empty()) {
      Complete(Outcome("not_applicable")
                   .Text("outcomeReason", "nothing_to_compact")
                   .Text("error", "Nothing to compact."),
               tl::unexpected(std::string("Nothing to compact.")));
      return;
    }
    session_->compacting = true;
    EmitStart();
    if (plan_.value("stall", false)) return;
    const int64_t delay = plan_.value("delayMs", 0);
    const auto go = [self = shared_from_this(), summarize] {
      if (!self->done_) self->Run(summarize);
    };
    if (delay > 0) {
      session_->host.After(delay, go);
    } else {
      go();
    }
  }

  bool Cancel() {
    if (done_) return false;
    Complete(Outcome("cancelled").Text("outcomeReason", "manual_abort"),
             tl::unexpected(std::string("Compaction Cancelled")));
    return true;
  }

 private:
  void EmitStart() {
    JsonObject data;
    data.Text("compactionAttemptId", attempt_id_)
        .Text("model", session_->config.model)
        .Int("systemTokens", session_->system_tokens)
        .Int("conversationTokens", session_->tokens)
        .Int("toolDefinitionsTokens", session_->tool_tokens)
        .Int("currentTokens", session_->context_tokens())
        .Int("tokenLimit", PromptLimit(session_->config));
    const Json trigger = params_.value("trigger", Json());
    if (trigger.is_string()) data.Raw("trigger", trigger.dump());
    session_->log.Persist("session.compaction_start", data.str());
  }

  void Run(const Summarizer& summarize) {
    const std::string error = plan_.value("error", "");
    if (!error.empty()) {
      Summary failed;
      failed.error = error;
      failed.reason = "provider_rejected";
      Fail(failed);
      return;
    }
    if (plan_.contains("summary") || !summarize) {
      Summary summary;
      summary.text = plan_.value("summary", kOwnSummary);
      Apply(summary);
      return;
    }
    summarize([self = shared_from_this()](const Summary& summary) {
      if (self->done_) return;
      if (summary.error.empty()) {
        self->Apply(summary);
      } else {
        self->Fail(summary);
      }
    });
  }

  void Fail(const Summary& summary) {
    JsonObject data = Outcome("failed");
    data.Text("failureReason", summary.reason)
        .Text("error", summary.error)
        .RawIf("compactionTokensUsed", summary.tokens_used);
    if (summary.status_code != 0) {
      data.Int("statusCode", summary.status_code)
          .Text("model", session_->config.model);
    }
    Complete(data, tl::unexpected(summary.error));
  }

  void Apply(const Summary& written) {
    if (!plan_.value("success", true)) {
      Complete(Outcome("failed"), JsonObject()
                                      .Bool("success", false)
                                      .Int("tokensRemoved", 0)
                                      .Int("messagesRemoved", 0)
                                      .str());
      return;
    }
    const std::string& summary = written.text;
    const auto length = static_cast<int64_t>(session_->conversation.size());
    const int64_t before = session_->context_tokens();
    const Json message = {{"role", "user"}, {"content", Introduced(summary)}};
    session_->conversation = Json::array({message});
    session_->tokens = MessageTokens(message);
    const int64_t removed =
        plan_.value("tokensRemoved",
                    std::max<int64_t>(0, before - session_->context_tokens()));
    const int64_t after =
        plan_.value("currentTokens", session_->context_tokens());
    const int64_t messages =
        plan_.value("messagesRemoved", std::max<int64_t>(0, length - 1));
    JsonObject data = Outcome("applied");
    data.Int("preCompactionMessagesLength", length)
        .Int("messagesRemoved", messages)
        .Int("preCompactionTokens", before)
        .Int("postCompactionTokens", after)
        .Int("tokensRemoved", removed)
        .Text("tokenAccountingBasis", "local_full_context_estimate")
        .Text("summaryContent", summary)
        .Text("behaviorModelId", session_->config.model)
        .RawIf("compactionTokensUsed", written.tokens_used)
        .Int("systemTokens", session_->system_tokens)
        .Int("conversationTokens", session_->tokens)
        .Int("toolDefinitionsTokens", session_->tool_tokens);
    const Json instructions = params_.value("customInstructions", Json());
    if (instructions.is_string()) {
      data.Raw("customInstructions", instructions.dump());
    }
    AddCheckpoint(summary, &data);
    session_->compacted = true;
    Complete(data, Result(summary, messages, removed, after), Window(after));
  }

  // What the model is told in place of the conversation.
  static std::string Introduced(const std::string& summary) {
    return "This conversation was compacted. What happened so far:\n\n" +
           summary;
  }

  void AddCheckpoint(const std::string& summary, JsonObject* data) {
    if (!session_->config.checkpoints) return;
    const int number = ++session_->workspace.summary_count;
    std::string text = summary;
    const std::string title = TakeCheckpointTitle(&text);
    const Checkpoint written = session_->WriteCheckpoint(number, title, text);
    session_->checkpoints.push_back(written);
    data->Int("checkpointNumber", number).Text("checkpointPath", written.path);
  }

  std::string Result(const std::string& summary, int64_t messages,
                     int64_t removed, int64_t after) const {
    return JsonObject()
        .Bool("success", true)
        .Int("tokensRemoved", removed)
        .Int("messagesRemoved", messages)
        .Text("summaryContent", summary)
        .Raw("contextWindow", Window(after))
        .str();
  }

  std::string Window(int64_t tokens) const {
    return JsonObject()
        .Int("tokenLimit", PromptLimit(session_->config))
        .Int("currentTokens", tokens)
        .Int("messagesLength", 1)
        .Int("systemTokens", session_->system_tokens)
        .Int("conversationTokens", session_->tokens)
        .Int("toolDefinitionsTokens", session_->tool_tokens)
        .str();
  }

  JsonObject Outcome(std::string_view outcome) const {
    JsonObject data;
    data.Bool("success", outcome == "applied")
        .Text("outcome", outcome)
        .Text("compactionAttemptId", attempt_id_)
        .Int("tokenLimit", PromptLimit(session_->config));
    return data;
  }

  // `window`: what session.usage_info tells; may be empty.
  void Complete(const JsonObject& data,
                tl::expected<std::string, std::string> answer,
                const std::string& window = "") {
    done_ = true;
    // It may be the one that calls.
    session_->host.After(
        1, [call = std::exchange(session_->compaction_call, nullptr)] {});
    session_->log.Persist("session.compaction_complete", data.str());
    if (!window.empty()) session_->log.Ephemeral("session.usage_info", window);
    reply_(std::move(answer));
    session_->CompactionEnded();
  }

  const std::shared_ptr<Session> session_;
  const Json params_;
  const Json plan_;
  const Reply reply_;
  const std::string attempt_id_;
  bool done_ = false;
};

}  // namespace

void CompactHistory(const std::shared_ptr<Session>& session, const Json& params,
                    const Json& plan, const Summarizer& summarize,
                    Reply reply) {
  if (session->compacting) {
    reply(tl::unexpected(std::string("Compaction already in progress.")));
    return;
  }
  const auto compaction =
      std::make_shared<Compaction>(session, params, plan, std::move(reply));
  session->cancel_compaction = [weak = std::weak_ptr(compaction)] {
    const auto running = weak.lock();
    return running != nullptr && running->Cancel();
  };
  compaction->Start(summarize);
  // What waits (a delay, a model call, a stall) keeps it through this.
  session->running_compaction = compaction;
}

bool AbortCompaction(Session& session) {
  return session.cancel_compaction && session.cancel_compaction();
}

void EmitBackgroundCompaction(Session& session, const Json& plan) {
  const std::string phase = plan.value("phase", "both");
  EventOptions options;
  options.agent_id = plan.value("agentId", "");
  const int64_t removed = plan.value("tokensRemoved", 100);
  if (phase != "complete") {
    session.log.Emit("session.compaction_start",
                     JsonObject()
                         .Text("model", session.config.model)
                         .Int("currentTokens", session.tokens)
                         .Int("tokenLimit", kTokenLimit)
                         .Text("trigger", "threshold")
                         .str(),
                     options);
  }
  if (phase == "start") return;
  JsonObject data;
  data.Bool("success", plan.value("success", true))
      .TextIf("error", plan.value("error", ""))
      .Int("messagesRemoved", plan.value("messagesRemoved", 2))
      .Int("preCompactionTokens", session.tokens)
      .Int("tokensRemoved", removed)
      .Text("summaryContent", plan.value("summary", "The conversation so far."))
      .Int("tokenLimit", kTokenLimit)
      .Text("trigger", "threshold");
  session.log.Emit("session.compaction_complete", data.str(), options);
}

}  // namespace copilot::fake_cli
