// SPDX-License-Identifier: MIT
#include "fake-cli/model/provider_player.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/model/model_call.h"
#include "fake-cli/model/request.h"
#include "fake-cli/tools/catalogue.h"
#include "fake-cli/turn.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// How often the real CLI has an answer of finish reason `length` continued.
constexpr int kMostContinuations = 2;

// When and whether a failed call is tried again (protocol 15.2).
struct RetryPlan {
  const char* reason = "";
  std::array<int, 5> waits_ms{};
  int retries = 0;
};

RetryPlan PlanFor(const ModelFailure& failure) {
  if (failure.status == 401) {
    return {"transient_auth_error", {1000, 1000}, 2};
  }
  if (failure.status == 429) {
    return {"rate_limit", {6000, 7000, 11000, 15000, 22000}, 5};
  }
  if (failure.status >= 500 || failure.told) {
    return {"api_error", {600, 900, 1900, 3500, 7100}, 5};
  }
  if (failure.status != 0) return {};
  if (failure.refused) {
    return {"streaming_error", {1000, 2000, 4000, 8000, 8000}, 5};
  }
  return {"streaming_error", {1000, 1000, 1000, 1000, 1000}, 5};
}

TurnError FinalError(const ModelFailure& failure, const std::string& base_url,
                     int retries, int64_t waited_ms) {
  TurnError error;
  error.status_code = failure.status;
  error.message = failure.message;
  error.cause = failure.message;
  error.raw = failure.error_json;
  if (failure.status == 401 || failure.status == 403) {
    error.type = "authentication";
    error.message = fmt::format(
        "Authentication failed with provider at {} (HTTP {}).\n  Check your "
        "COPILOT_PROVIDER_API_KEY, COPILOT_PROVIDER_API_KEY_COMMAND, or "
        "COPILOT_PROVIDER_BEARER_TOKEN.",
        base_url, failure.status);
  } else if (failure.status == 404) {
    error.message = fmt::format(
        "Resource not found on provider at {} (HTTP 404).\n  Check the base "
        "URL and model name.",
        base_url);
  } else if (failure.refused) {
    error.message = fmt::format(
        "Could not connect to local model provider at {}.\n  Check that the "
        "service is running and the port is correct.",
        base_url);
  } else if (retries > 0) {
    if (failure.status == 429) error.type = "rate_limit";
    error.message = fmt::format(
        "Failed to get response from the AI model; retried {} times (total "
        "retry wait time: {:.2f} seconds) Last error: {}",
        retries, static_cast<double>(waited_ms) / 1000, failure.message);
    error.cause = "Error: " + error.message;
    if (failure.status != 0) {
      error.cause += fmt::format(" (Cause: {})", failure.message);
    }
  }
  return error;
}

class ProviderPlayer : public Player {
 public:
  explicit ProviderPlayer(Session& session) : session_(session) {}

  void Continue(Turn& turn) override {
    if (answered_) {
      turn.Finish();
      return;
    }
    attempt_ = 0;
    waited_ms_ = 0;
    turn.BeginCall([&] { Ask(turn); });
  }

  void OnOutcomes(const std::vector<ToolOutcome>&) override {
    answered_ = false;
  }

  void Cancel() override {
    cancelled_ = true;
    call_.reset();
  }

 private:
  void Ask(Turn& turn) {
    ModelRequest request =
        MakeRequest(session_, MakePrompt(session_, session_.conversation));
    fingerprint_ = Fingerprint(session_.conversation);
    // What is tried again counts as the agent's, as every follow-up does.
    const bool agent = session_.config.sub_agent;
    const bool first = !agent && turn.call_index() == 0 && attempt_ == 0;
    request.headers = RequestHeaders(session_.config.provider, first,
                                     agent   ? "conversation-subagent"
                                     : first ? "conversation-user"
                                             : nullptr);
    AddRequestHeaders(turn.message().request_headers, &request.headers);
    // The turn owns this player and outlives the call.
    const std::weak_ptr<Turn> weak = turn.weak_from_this();
    const auto with_turn = [weak](auto function) {
      return [weak, function](auto&&... args) {
        const auto live = weak.lock();
        if (live && live->live()) {
          function(*live, std::forward<decltype(args)>(args)...);
        }
      };
    };
    thinks_ = request.body.contains("thinking");
    // Anthropic's tools have no type.
    const char* type = request.api == &Messages() ? "" : "function";
    call_ = StartModelCall(
        session_, std::move(request),
        ModelCall::Handlers{
            {with_turn([](Turn& t, const std::string& text) { t.Delta(text); }),
             with_turn([](Turn& t, const std::string& text) {
               t.ReasoningDelta(text);
             }),
             with_turn([type](Turn& t, const ToolRequest& tool) {
               t.ToolDelta(tool.id, tool.name, type, tool.arguments);
             }),
             with_turn([](Turn& t) { t.StartMessage(); })},
            with_turn([this](Turn& t, ModelAnswer answer) {
              OnAnswer(t, std::move(answer));
            }),
            with_turn([this](Turn& t, const ModelFailure& failure) {
              OnFailure(t, failure);
            })});
  }

  void OnAnswer(Turn& turn, ModelAnswer answer) {
    // The call is on the stack: it may only go later.
    const auto done = std::shared_ptr<ModelCall>(std::move(call_));
    session_.host.After(1, [done] {});
    answered_ = answer.tools.empty();
    if (thinks_) answer.reasoning_summary = "detailed";
    if (answered_ && answer.cut_off() && continuations_ < kMostContinuations) {
      ++continuations_;
      answered_ = false;
      turn.CompleteCutOff(std::move(answer));
      return;
    }
    if (answered_ && answer.text().empty() && answer.reasoning.empty()) {
      turn.CompleteEmpty(std::move(answer));
      return;
    }
    turn.CompleteCall(std::move(answer));
  }

  void OnFailure(Turn& turn, const ModelFailure& failure) {
    const auto done = std::shared_ptr<ModelCall>(std::move(call_));
    session_.host.After(1, [done] {});
    const RetryPlan plan = PlanFor(failure);
    turn.FailAttempt(Attempt(failure));
    if (attempt_ >= plan.retries) {
      turn.Fail(FinalError(failure, BaseUrl(session_.config.provider), attempt_,
                           waited_ms_));
      return;
    }
    int wait = plan.waits_ms[static_cast<size_t>(attempt_)];
    if (failure.retry_after_s >= 0) wait = failure.retry_after_s * 1000;
    ++attempt_;
    waited_ms_ += wait;
    const std::weak_ptr<Turn> weak = turn.weak_from_this();
    session_.host.After(wait, [this, weak, reason = plan.reason] {
      const auto live = weak.lock();
      if (!live || !live->live() || cancelled_) return;
      live->Retry(reason);
      Ask(*live);
    });
  }

  CallFailure Attempt(const ModelFailure& failure) const {
    CallFailure told;
    told.endpoint = ApiOf(session_.config.provider).endpoint;
    told.status = failure.status;
    told.error_json = failure.error_json;
    told.type = failure.type;
    told.code = failure.code;
    if (failure.status == 400) told.bad_request_kind = "structured_error";
    if (failure.status >= 400 && failure.status < 500) {
      told.fingerprint = fingerprint_;
    }
    told.attempt = attempt_;
    told.request_bytes = failure.request_bytes;
    told.duration_ms = failure.duration_ms;
    return told;
  }

  Session& session_;
  std::unique_ptr<ModelCall> call_;
  bool answered_ = false;
  bool cancelled_ = false;
  bool thinks_ = false;  // the model was asked to
  std::string fingerprint_;
  int attempt_ = 0;
  int continuations_ = 0;
  int64_t waited_ms_ = 0;
};

}  // namespace

std::unique_ptr<Player> MakeProviderPlayer(Session& session) {
  return std::make_unique<ProviderPlayer>(session);
}

}  // namespace copilot::fake_cli
