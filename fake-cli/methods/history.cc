// SPDX-License-Identifier: MIT
//
// What clients change of a session's history: it is compacted, or cut
// (session.history.*, protocol 16 and 18.6).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/compaction.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/model/summary_call.h"
#include "wire/message.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

void Compact(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const Json plan = session->conversation.empty()
                        ? Json::object()
                        : call.server.script().NextCompaction();
  Summarizer summarize;
  if (call.server.UsesProvider(*session)) {
    const std::string instructions = TextOf(call.params, "customInstructions");
    summarize = [session, instructions](auto done) {
      SummarizeWithProvider(session, instructions, true, std::move(done));
    };
  }
  CompactHistory(session, call.params, plan, summarize,
                 [responder = call.responder, method = call.method](
                     tl::expected<std::string, std::string> answer) {
                   if (answer) {
                     responder.Result(std::string_view(*answer));
                   } else {
                     responder.Error({wire::kInternalError,
                                      fmt::format("Request {} failed with "
                                                  "message: {}",
                                                  method, answer.error()),
                                      nullptr});
                   }
                 });
}

void AbortCompact(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Bool("aborted", AbortCompaction(*session)).str());
  }
}

void CancelBackgroundCompact(const Call& call) {
  if (const auto session = Need(call)) call.Result(R"({"cancelled":true})");
}

// The events that began a turn of the session.
std::vector<Json> UserTurns(const Session& session) {
  std::vector<Json> turns;
  for (const std::string& event : session.log.events()) {
    if (wire::RawString(wire::RawMember(event, "type")) != "user.message") {
      continue;
    }
    Json turn = Json::parse(event, nullptr, false);
    if (turn.is_object()) turns.push_back(std::move(turn));
  }
  return turns;
}

void ListRewindPoints(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  Json points = Json::array();
  for (const Json& turn : UserTurns(*session)) {
    points.push_back({{"eventId", turn["id"]},
                      {"userMessage", turn["data"].value("content", "")},
                      {"timestamp", turn["timestamp"]},
                      {"isAutopilotContinuation", false},
                      {"canRestoreFiles", false},
                      {"fileCount", 0},
                      {"turnChangedFiles", false},
                      {"linesAdded", 0},
                      {"linesRemoved", 0}});
  }
  call.Result(Json({{"fileChangeTrackingEnabled", false},
                    {"points", std::move(points)}})
                  .dump());
}

void PreviewRewind(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (TextOf(call.params, "eventId").empty()) {
    return call.Fail("Expected string parameter 'eventId'");
  }
  call.Result(R"({"available":false,"reason":"file-change-tracking-disabled",)"
              R"("fileCount":0,"files":[]})");
}

void Rewind(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string id = TextOf(call.params, "eventId");
  if (id.empty()) return call.Fail("Expected string parameter 'eventId'");
  const std::string mode = TextOf(call.params, "mode", "undefined");
  if (mode != "conversation" && mode != "conversation-and-files") {
    return call.Fail(
        fmt::format("Invalid rewind mode '{}'; expected "
                    "'conversation' or 'conversation-and-files'",
                    mode));
  }
  const auto end = [call](const char* outcome, std::optional<int64_t> removed) {
    JsonObject result;
    result.Text("outcome", outcome);
    if (removed) result.Int("eventsRemoved", *removed);
    call.Result(
        result.Raw("restoredFiles", "[]").Raw("skippedFiles", "[]").str());
  };
  if (session->processing()) return end("session-busy", std::nullopt);
  const std::vector<Json> turns = UserTurns(*session);
  const bool known =
      std::any_of(turns.begin(), turns.end(),
                  [&](const Json& turn) { return turn["id"] == id; });
  if (!known) {
    return call.Fail(
        fmt::format("Rewind event '{}' is not a current root user turn", id));
  }
  if (mode == "conversation-and-files") {
    return end("file-change-tracking-disabled", std::nullopt);
  }
  session->Truncate(
      id, [end](std::optional<int64_t> removed) { end("success", removed); });
}

void Truncate(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string id = TextOf(call.params, "eventId");
  if (id.empty()) {
    return call.Fail("missing or non-string parameter 'eventId'");
  }
  session->Truncate(id, [call, id](std::optional<int64_t> removed) {
    if (!removed) {
      return call.Fail(fmt::format("Event {} not found in session", id));
    }
    call.Result(JsonObject()
                    .Int("eventsRemoved", *removed)
                    .Bool("checkpointCleanupFailed", false)
                    .str());
  });
}

}  // namespace

void AddHistoryMethods(MethodTable& table) {
  table["session.history.compact"] = Compact;
  table["session.history.abortManualCompaction"] = AbortCompact;
  table["session.history.cancelBackgroundCompaction"] = CancelBackgroundCompact;
  table["session.history.listRewindPoints"] = ListRewindPoints;
  table["session.history.previewRewind"] = PreviewRewind;
  table["session.history.rewind"] = Rewind;
  table["session.history.truncate"] = Truncate;
}

}  // namespace copilot::fake_cli
