// SPDX-License-Identifier: MIT
#include "fake-cli/hooks.h"

#include <string>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// An error and a strange answer count as no opinion.
Json OutputOf(const wire::RawResult& raw) {
  const Json answer = raw ? Json::parse(*raw, nullptr, false) : Json();
  if (!answer.is_object()) return Json::object();
  const Json output = answer.value("output", Json());
  return output.is_object() ? output : Json::object();
}

}  // namespace

void Hooks::Invoke(Call call, std::function<void(const Json& output)> then) {
  if (!session_.config.hooks) {
    then(Json::object());
    return;
  }
  Json facts = {{"sessionId", session_.id()},
                {"cwd", session_.config.working_directory}};
  Json told = call.told.is_null() ? call.input : call.told;
  told.update(facts);
  call.input.update(facts);
  call.input["timestamp"] = NowMs();
  if (call.told.is_null()) told["timestamp"] = call.input["timestamp"];
  const std::string id = session_.host.ids().Uuid();
  session_.log.Persist("hook.start", JsonObject()
                                         .Text("hookInvocationId", id)
                                         .Text("hookType", call.type)
                                         .Raw("input", Dump(told))
                                         .str());
  const std::string params = JsonObject()
                                 .Text("sessionId", session_.id())
                                 .Text("hookType", call.type)
                                 .Raw("input", Dump(call.input))
                                 .str();
  session_.host.AskClients(
      session_, "hooks.invoke", params,
      [this, alive = std::weak_ptr(alive_), id, type = call.type,
       shown = std::move(call.shown),
       then = std::move(then)](const wire::RawResult& raw) {
        if (alive.expired()) return;
        const Json output = OutputOf(raw);
        const Json visible = shown ? shown(output) : output;
        JsonObject end;
        end.Text("hookInvocationId", id)
            .Text("hookType", type)
            .Bool("success", true);
        if (!visible.empty()) end.Raw("output", Dump(visible));
        session_.log.Persist("hook.end", end.str());
        then(output);
      });
}

}  // namespace copilot::fake_cli
