// SPDX-License-Identifier: MIT
#include "harness/journal/journaled_turn.h"

#include <algorithm>
#include <utility>

#include "harness/attempt.h"
#include "harness/journal/journal_params.h"

namespace copilot::harness {
namespace {

constexpr char kPersistenceFailed[] = "transcript_persistence_failed";

// A journal that has failed has no use for what the session still does. An
// abort of the caller's has been passed on already.
std::function<void()> AbortOnce(const AttemptContext& context,
                                const std::shared_ptr<SdkSession>& session) {
  return [executor = context.executor, signal = context.signal,
          host = context.host, session] {
    if (signal.aborted()) return;
    executor->Run([host, session] {
      if (const Status aborted = session->Abort(); !aborted) {
        host.Warn("[copilot-attempt] session.abort failed: " +
                  aborted.error().message);
      }
    });
  };
}

}  // namespace

JournaledTurn::JournaledTurn(const AttemptContext& context) : c_(context) {}

JournaledTurn::~JournaledTurn() = default;

Status JournaledTurn::Admit(AttemptResult* result) {
  result->journal.emplace();
  if (c_.host.capabilities) return {};
  return Fail("[copilot-attempt] ordinary attempts require host capabilities");
}

void JournaledTurn::ObserveTools(std::vector<HostTool>* tools) {
  for (HostTool& tool : *tools) {
    if (!tool.execute) continue;
    tool.execute = [network = network_, execute = std::move(tool.execute)](
                       const std::string& tool_call_id, const Json& arguments,
                       const AbortSignal& signal) {
      Expected<Json> result = execute(tool_call_id, arguments, signal);
      if (result && NetworkResults::IsOne(*result)) {
        network->Add(tool_call_id);
      }
      return result;
    };
  }
}

std::function<bool()> JournaledTurn::Taint() const {
  return [network = network_] { return network->any(); };
}

std::shared_ptr<RowStore> JournaledTurn::Store() const {
  if (const auto& detached = c_.host.capabilities->detached_transcript) {
    return MakeDetachedRowStore(detached);
  }
  const SessionTarget& target = c_.params.journal.target;
  if (!target.is_exact()) return nullptr;
  return MakeFileRowStore(c_.transcript, target.store_path);
}

Status JournaledTurn::Open(const std::shared_ptr<SdkSession>& session,
                           const std::string& id, bool resumed) {
  if (id.empty()) {
    return Fail("[copilot-attempt] the SDK session has no id",
                kPersistenceFailed);
  }
  auto store = Store();
  if (store == nullptr) {
    return Fail(
        "[copilot-attempt] the journal requires an exact runtime session "
        "target",
        kPersistenceFailed);
  }
  session_ = session;
  native_validated_ = !resumed || c_.journal_validated;
  JournalContext context{c_.params,
                         c_.host,
                         id,
                         std::move(store),
                         c_.executor,
                         c_.clock,
                         AbortOnce(c_, session),
                         [loop = c_.loop] { loop->Run([] {}); },
                         network_};
  journal_ = std::make_unique<Journal>(std::move(context));
  return {};
}

Status JournaledTurn::Begin() {
  for (const std::string& type : Journal::EventTypes()) {
    listeners_.push_back(session_->On(
        type, [this](const SessionEvent& event) { journal_->OnEvent(event); }));
  }
  return journal_->Begin();
}

Status JournaledTurn::Settle(bool terminated) {
  sent_ = true;
  if (terminated) journal_->Fence();
  return journal_->Barrier();
}

bool JournaledTurn::MayRetain() const {
  return !journal_ || !journal_->state().replay_invalid;
}

void JournaledTurn::Finish(AttemptResult* result) {
  GroupWriter::State state;
  if (journal_) {
    const Status written = journal_->Barrier();
    journal_->Close();
    if (!written) result->prompt_error = written.error();
    state = journal_->state();
  }
  result->session_id_used = c_.params.session_id;
  result->replay_safe &= !state.replay_invalid;
  result->journal = Report(state, *result);
  Project(state, result);
}

// Snapshot and answer say what the transcript says.
void JournaledTurn::Project(const GroupWriter::State& state,
                            AttemptResult* result) {
  result->messages_snapshot = c_.params.messages;
  for (const Row& row : state.rows) {
    result->messages_snapshot.push_back(row.message);
    if (StringMember(row.message, "role") != "assistant" ||
        result->last_assistant.is_null()) {
      continue;
    }
    for (const char* name : {"content", "stopReason"}) {
      result->last_assistant[name] = MemberOrNull(row.message, name);
    }
  }
}

JournalReport JournaledTurn::Report(const GroupWriter::State& state,
                                    const AttemptResult& result) const {
  JournalReport report;
  report.owned = state.owned;
  report.owned_key = state.owned_key;
  report.validated = journal_ && !result.aborted && !result.timed_out &&
                     !result.prompt_error && native_validated_ &&
                     !state.failure && !state.replay_invalid &&
                     (!sent_ || journal_->initial_user_validated());
  return report;
}

void JournaledTurn::Detach() {
  for (auto it = listeners_.rbegin(); it != listeners_.rend(); ++it) {
    session_->Off(*it);
  }
  listeners_.clear();
}

}  // namespace copilot::harness
