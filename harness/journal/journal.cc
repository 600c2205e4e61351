// SPDX-License-Identifier: MIT
#include "harness/journal/journal.h"

#include <algorithm>
#include <utility>

#include "harness/journal/journal_params.h"
#include "harness/journal/projection.h"

namespace copilot::harness {
namespace {

constexpr char kUnconfirmed[] =
    "Copilot steering ended before its SDK user event could persist";

Row UserRow(std::string key, Json message) {
  std::string source = Fingerprint(message);
  return {std::move(key), std::move(source), std::move(message)};
}

}  // namespace

Journal::Journal(JournalContext context)
    : c_(std::move(context)),
      origin_{c_.params.model_api, c_.params.provider, c_.params.model_id},
      writer_(c_.store, c_.host, c_.executor, [this](const Error& failure) {
        receipts_.Reject(failure);
        c_.abort_session();
      }) {}

Journal::~Journal() { Close(); }

const std::vector<std::string>& Journal::EventTypes() {
  static const auto* const types = new std::vector<std::string>{
      "user.message",         "assistant.message", "assistant.reasoning",
      "assistant.turn_start", "session.error",     "tool.execution_complete",
      "tool.user_requested",  "system.message",    "skill.invoked",
      "system.notification"};
  return *types;
}

std::string Journal::Key(const std::string& event_id) const {
  return "copilot-sdk:" + c_.sdk_session_id + ":" + event_id;
}

Json Journal::InitialUser() const {
  const std::string& text =
      c_.params.transcript_prompt.value_or(c_.params.prompt);
  return ProjectUser({{"content", text}}, c_.params.journal.trigger == "memory",
                     c_.clock->Now())
      .message;
}

Status Journal::Begin() {
  const Json message = InitialUser();
  bool blocked = false;
  if (const Status recorded = RecordInitialUser(message, &blocked); !recorded) {
    writer_.Break(recorded.error());
    return writer_.failure();
  }
  {
    const std::lock_guard lock(mutex_);
    initial_stored_ = !blocked;
  }
  if (blocked) {
    writer_.InvalidateReplay();
  } else {
    writer_.Commit(
        {{UserRow(c_.params.run_id + ":user", message)}, nullptr, false});
  }
  return writer_.Drain();
}

Status Journal::RecordInitialUser(const Json& message, bool* blocked) {
  const auto& capabilities = c_.host.capabilities;
  if (!capabilities || !capabilities->record_user_turn) {
    return Fail("the journal requires a user-turn recorder");
  }
  const auto kept = capabilities->record_user_turn(message);
  if (!kept) return Fail(kept.error());
  *blocked = !*kept;
  return {};
}

void Journal::OnEvent(const SessionEvent& event) {
  if (!event.is_root() || event.is_ephemeral()) return;
  const std::string& type = event.type();
  const Json& data = event.data();
  if (type == "session.error") return Fence();
  const std::lock_guard lock(mutex_);
  if (closed_ || !writer_.failure()) return;
  const bool is_result = type == "tool.execution_complete";
  const std::string key = Key(is_result ? "tool:" + event.Text("toolCallId")
                                        : StringMember(event.json(), "id"));
  if (!claimed_.insert(key).second) return;
  if (type == "user.message") return OnUser(key, data);
  // What the model still says after its end is not part of the turn.
  if (fenced_) return;
  if (type == "assistant.message") return OnAssistant(key, data);
  if (is_result) return OnToolResult(key, data);
  if (type == "assistant.reasoning") return OnReasoning(data);
  if (type == "assistant.turn_start") return EndReasoning();
  if (type == "tool.user_requested") {
    user_tools_.insert(event.Text("toolCallId"));
  }
  // The model sees it, and no row says so.
  writer_.InvalidateReplay();
}

void Journal::OnUser(const std::string& key, const Json& data) {
  const bool autopilot = MemberOrNull(data, "isAutopilotContinuation") == true;
  Projection user = ProjectUser(data, false, c_.clock->Now());
  if (!user.reproducible) writer_.InvalidateReplay();
  if (!initial_seen_ && !autopilot) {
    initial_seen_ = true;
    initial_validated_ = ValidateInitialUser(data);
    return;
  }
  Row row = UserRow(key, std::move(user.message));
  if (pending_ && pending_->has_calls()) {
    deferred_.push_back(std::move(row));
    return;
  }
  CommitPending();
  CommitUser(std::move(row));
}

void Journal::CommitUser(Row row) {
  auto receipt = receipts_.Take(StringMember(row.message, "content"));
  writer_.Commit({{std::move(row)}, std::move(receipt), fenced_});
}

bool Journal::ValidateInitialUser(const Json& data) {
  const std::string& text =
      c_.params.transcript_prompt.value_or(c_.params.prompt);
  if (initial_stored_ && StringMember(data, "content") == text) return true;
  writer_.InvalidateReplay();
  return false;
}

// The first state of a message is in the transcript already.
bool Journal::IsSecondSnapshot(const Json& data) {
  const std::string call = StringMember(data, "apiCallId");
  if (!call.empty()) return finished_calls_.count(call) != 0;
  const std::string message = StringMember(data, "messageId");
  return !message.empty() && !finished_calls_.insert(message).second;
}

void Journal::OnAssistant(const std::string& key, const Json& data) {
  if (IsSecondSnapshot(data)) return writer_.InvalidateReplay();
  const std::string call = StringMember(data, "apiCallId");
  Json said = data;
  if (StringMember(said, "reasoningText").empty() && !reasoning_.empty()) {
    said["reasoningText"] = reasoning_;
  }
  reasoning_.clear();
  if (pending_ && !call.empty() && pending_->api_call_id() == call) {
    return pending_->Add(std::move(said));
  }
  if (pending_ && pending_->has_calls()) {
    return writer_.Break(
        Error{"an assistant message came before the tool results of the one "
              "before it",
              "", 0, 0});
  }
  CommitPending();
  pending_.emplace(key, std::move(said));
  if (call.empty() && !pending_->has_calls()) CommitPending();
}

void Journal::OnToolResult(const std::string& key, const Json& data) {
  const std::string id = StringMember(data, "toolCallId");
  if (MemberOrNull(data, "isUserRequested") == true ||
      user_tools_.count(id) != 0) {
    return writer_.InvalidateReplay();
  }
  if (!pending_ || !pending_->AddResult(key, data)) {
    return writer_.Break(
        Error{"the tool result " + id + " belongs to no call", "", 0, 0});
  }
  if (!pending_->is_complete()) return;
  CommitPending();
  CommitDeferred();
}

// With mutex_ held; what is pending is complete.
void Journal::CommitPending() {
  if (!pending_) return;
  PendingMessage::Rows rows =
      pending_->Take(origin_, tainted_, c_.clock->Now());
  if (!pending_->api_call_id().empty()) {
    finished_calls_.insert(pending_->api_call_id());
  }
  pending_.reset();
  if (!rows.reproducible) writer_.InvalidateReplay();
  if (rows.empty) return writer_.Disown();
  for (const Row& row : rows.rows) {
    tainted_ |= c_.network->Has(StringMember(row.message, "toolCallId"));
  }
  writer_.Commit({std::move(rows.rows), nullptr, false});
}

void Journal::CommitDeferred() {
  for (Row& row : std::exchange(deferred_, {})) CommitUser(std::move(row));
}

void Journal::OnReasoning(const Json& data) {
  EndReasoning();
  reasoning_ = StringMember(data, "content");
}

// Thoughts that no message took have no place in the transcript.
void Journal::EndReasoning() {
  if (!reasoning_.empty()) writer_.InvalidateReplay();
  reasoning_.clear();
}

Expected<std::shared_ptr<Receipt>> Journal::Expect(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (fenced_) {
    return Fail("Copilot steering is unavailable after provider termination");
  }
  if (closed_) {
    return Fail("Copilot steering is unavailable after the active run ended");
  }
  if (!initial_validated_) {
    return Fail(
        "Copilot steering is unavailable before the initial user message is "
        "validated");
  }
  if (const Status sound = writer_.failure(); !sound) {
    return Fail(sound.error());
  }
  return receipts_.Add(text);
}

Status Journal::Barrier() {
  (void)writer_.Drain();
  c_.grace();
  {
    const std::lock_guard lock(mutex_);
    if (!pending_ || pending_->is_complete()) {
      CommitPending();
    } else {
      writer_.Break(
          Error{"tool results are missing at the end of the turn", "", 0, 0});
    }
    EndReasoning();
  }
  return writer_.Drain();
}

void Journal::Fence() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(fenced_, true)) return;
  if (pending_ && !pending_->is_complete()) {
    pending_.reset();
    writer_.InvalidateReplay();
  }
  CommitPending();
  CommitDeferred();
}

void Journal::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  receipts_.Reject(Error{kUnconfirmed, "", 0, 0});
}

bool Journal::initial_user_validated() const {
  const std::lock_guard lock(mutex_);
  return initial_validated_;
}

}  // namespace copilot::harness
