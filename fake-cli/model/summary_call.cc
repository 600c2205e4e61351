// SPDX-License-Identifier: MIT
#include "fake-cli/model/summary_call.h"

#include <fmt/format.h>

#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/model/events.h"
#include "fake-cli/model/model_call.h"
#include "fake-cli/model/request.h"
#include "fake-cli/tools/catalogue.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr char kPrompt[] =
    "Summarise the conversation so far, so that it can go on from the summary "
    "alone.";

class SummaryCall : public std::enable_shared_from_this<SummaryCall> {
 public:
  SummaryCall(const std::shared_ptr<Session>& session, bool told,
              std::function<void(Summary)> done)
      : session_(session),
        told_(told),
        done_(std::move(done)),
        scope_(session->config) {
    scope_.initiator = "agent";
    scope_.tool_count = static_cast<int64_t>(
        OfferedTools(session->config, session->mode).size());
    scope_.summary = true;
  }

  void Start(const std::string& instructions) {
    const auto session = session_.lock();
    for (Json message : session->conversation) {
      message.erase("__copilotAutoApprovalHumanMessageIndex");
      message.erase("copilotBillingMetadata");
      messages_.push_back(std::move(message));
    }
    messages_.push_back(
        {{"role", "user"},
         {"content",
          instructions.empty() ? kPrompt : kPrompt + ("\n\n" + instructions)}});
    Prompt prompt = MakePrompt(*session, messages_);
    prompt.stream = false;
    prompt.may_call_tools = false;
    ModelRequest request = MakeRequest(*session, prompt);
    request.headers = RequestHeaders(session->config.provider, false,
                                     "conversation-compaction");
    scope_.request_messages =
        Dump(ChatCompletions().body(prompt).at("messages"));
    Tell("model.turn_started", StageEvent("turn_started", session->config, 0));
    if (told_) session->log.Hide("model.log", R"({"kind":"log"})", &chain_);
    Tell("model.model_call_started",
         StageEvent("model_call_started", session->config, 0));
    const auto ignore = [](const auto&) {};
    // The session owns the call: it ends with the session, or with the
    // compaction.
    session->compaction_call = StartModelCall(
        *session, std::move(request),
        ModelCall::Handlers{
            {ignore, ignore, ignore, [] {}},
            [self = shared_from_this()](ModelAnswer answer) {
              self->OnAnswer(std::move(answer));
            },
            [self = shared_from_this()](const ModelFailure& failure) {
              self->OnFailure(failure);
            }});
  }

 private:
  void Tell(std::string_view type, const std::string& data) {
    if (!told_) return;
    EventOptions options;
    options.chain = &chain_;
    session_.lock()->log.Emit(type, data, options);
  }

  void OnAnswer(ModelAnswer answer) {
    const auto session = session_.lock();
    Json spoken = SpokenMessage(answer);
    spoken["apiCallId"] = answer.api_call_id;
    spoken["outputTokens"] = answer.usage.value("outputTokens", 0);
    Tell("model.model_call_success", CallSuccessEvent(scope_, answer));
    Tell("model.message", MessageEvent(scope_, answer, spoken));
    Tell("model.response", ResponseEvent(scope_, answer));
    Tell("model.turn_ended", StageEvent("turn_ended", session->config, 0));
    Json all = SystemMessages(*session);
    all.insert(all.end(), messages_.begin(), messages_.end());
    all.push_back(std::move(spoken));
    Tell("model.messages_snapshot", JsonObject()
                                        .Text("kind", "messages_snapshot")
                                        .Raw("messages", Dump(all))
                                        .str());
    Summary summary;
    summary.text = answer.text();
    if (summary.text.empty()) {
      summary.error = "Compaction failed: received empty response from model";
      summary.reason = "empty_response";
    }
    const auto count = [&](const char* name) {
      return answer.usage.value(name, int64_t{0});
    };
    summary.tokens_used =
        JsonObject()
            .Int("requestCount", 1)
            .Text("aiCreditsStatus", "unavailable")
            .Text("modelDisplayName", session->config.model)
            .Int("inputTokens", count("inputTokens"))
            .Int("outputTokens", count("outputTokens"))
            .Int("cacheReadTokens", count("cacheReadTokens"))
            .Int("cacheWriteTokens", count("cacheWriteTokens"))
            .Int("duration", answer.duration_ms)
            .Text("model", session->config.model)
            .str();
    done_(std::move(summary));
  }

  void OnFailure(const ModelFailure& failure) {
    const auto session = session_.lock();
    CallFailure told;
    told.endpoint = ApiOf(session->config.provider).endpoint;
    told.status = failure.status;
    told.error_json = failure.error_json;
    told.type = failure.type;
    told.code = failure.code;
    if (failure.status == 400) told.bad_request_kind = "structured_error";
    told.request_bytes = failure.request_bytes;
    told.duration_ms = failure.duration_ms;
    Tell("model.model_call_failure", ModelCallFailureEvent(scope_, told));
    Tell("model.turn_failed",
         StageEvent("turn_failed", session->config, 0,
                    fmt::format(R"("error":{})", Quote(failure.message))));
    Tell("model.turn_ended", StageEvent("turn_ended", session->config, 0));
    Summary summary;
    summary.error = "host-rethrow: " + failure.message;
    summary.reason = "provider_rejected";
    summary.status_code = failure.status;
    done_(std::move(summary));
  }

  const std::weak_ptr<Session> session_;
  const bool told_;
  const std::function<void(Summary)> done_;
  ModelCallScope scope_;
  Json messages_ = Json::array();
  std::string chain_;  // id of the last event
};

}  // namespace

void SummarizeWithProvider(const std::shared_ptr<Session>& session,
                           const std::string& instructions, bool told,
                           std::function<void(Summary)> done) {
  std::make_shared<SummaryCall>(session, told, std::move(done))
      ->Start(instructions);
}

}  // namespace copilot::fake_cli
