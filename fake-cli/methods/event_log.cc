// SPDX-License-Identifier: MIT
//
// Reading a session's events by a cursor.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr int64_t kUsualPage = 100;

std::string Cursor(const EventLog& log, size_t end) {
  return fmt::format("{}|{}", log.IdAt(end), end);
}

void Tail(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  call.Result(JsonObject()
                  .Text("cursor", Cursor(session->log, session->log.sent()))
                  .str());
}

void Read(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string cursor = TextOf(call.params, "cursor");
  const size_t bar = cursor.rfind('|');
  const size_t asked = bar == cursor.npos
                           ? 0
                           : static_cast<size_t>(std::max(
                                 0, std::atoi(cursor.c_str() + bar + 1)));
  const size_t begin =
      std::clamp(asked, session->log.oldest_sent(), session->log.sent());
  const Json max = call.params.value("max", Json());
  const int64_t count =
      max.is_number_integer() ? max.get<int64_t>() : kUsualPage;
  const size_t total = session->log.sent();
  const size_t end =
      std::min(total, begin + static_cast<size_t>(std::max<int64_t>(0, count)));
  std::string events = "[";
  for (size_t i = begin; i < end; ++i) {
    if (i > begin) events.push_back(',');
    events += session->log.SentAt(i);
  }
  call.Result(JsonObject()
                  .Raw("events", events + "]")
                  .Text("cursor", Cursor(session->log, end))
                  .Bool("hasMore", end < total)
                  .Text("cursorStatus", "ok")
                  .str());
}

void RegisterInterest(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (TextOf(call.params, "eventType").empty()) {
    call.Fail("session.eventLog requires string eventType");
    return;
  }
  call.Result(
      JsonObject()
          .Text("handle", fmt::format("interest-{}", ++session->interests))
          .str());
}

}  // namespace

void AddEventLogMethods(MethodTable& table) {
  table["session.eventLog.read"] = Read;
  table["session.eventLog.tail"] = Tail;
  table["session.eventLog.registerInterest"] = RegisterInterest;
}

}  // namespace copilot::fake_cli
