// SPDX-License-Identifier: MIT
#include "fake-cli/releases/old_requests.h"

#include "fake-cli/host.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Json AnswerOf(const wire::RawResult& raw) {
  if (!raw) return {{"error", raw.error().message}};
  const Json answer = Json::parse(*raw, nullptr, false);
  return answer.is_object() ? answer : Json::object();
}

}  // namespace

void OldRequests::Ask(const RequestForm& form, std::string_view data) {
  const Json event = Json::parse(data, nullptr, false);
  nlohmann::ordered_json params = {{"sessionId", session_.id()}};
  for (const std::string& name : form.members) {
    if (event.contains(name)) params[name] = event[name];
  }
  const std::string id = event.value("requestId", "");
  session_.host.AskClients(
      session_, form.method, params.dump(),
      [this, alive = std::weak_ptr(alive_), id](const wire::RawResult& raw) {
        if (alive.expired()) return;
        const Json answer = AnswerOf(raw);
        if (!session_.AnswerTool(id, answer, [] {})) {
          session_.AnswerPermission(id, answer.value("result", Json()), [] {});
        }
      });
}

}  // namespace copilot::fake_cli
