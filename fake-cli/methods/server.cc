// SPDX-License-Identifier: MIT
//
// Methods of the CLI itself.
#include <fmt/format.h>

#include <utility>

#include "fake-cli/compaction.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/model/inference.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr char kNotAuthenticated[] =
    "Not authenticated. Please authenticate first.";

std::string NanoTime() {
  std::string time = IsoTime(NowMs());
  time.insert(time.size() - 1, "000000");
  return time;
}

void Ping(const Call& call) {
  const Json message =
      call.params.is_object() ? call.params.value("message", Json()) : Json();
  call.Result(JsonObject()
                  .Text("message", message.is_string()
                                       ? "pong: " + message.get<std::string>()
                                       : "pong")
                  .Text("timestamp", NanoTime())
                  .Int("protocolVersion", call.server.release().protocol())
                  .str());
}

void Status(const Call& call) {
  call.Result(JsonObject()
                  .Text("version", call.server.version())
                  .Int("protocolVersion", call.server.release().protocol())
                  .str());
}

void AuthStatus(const Call& call) {
  const wire::Secret& token = call.server.options().auth_token;
  const auto login = call.server.LoginOf(token);
  if (!login) {
    call.Result(
        R"({"isAuthenticated":false,"statusMessage":"Not authenticated"})");
    return;
  }
  call.Result(JsonObject()
                  .Bool("isAuthenticated", true)
                  .Text("authType", token.empty() ? "user" : "token")
                  .Text("host", "https://github.com")
                  .Text("login", *login)
                  .Text("statusMessage",
                        token.empty() ? "https://github.com (" + *login + ")"
                                      : "https://github.com (via token)")
                  .str());
}

Json DefaultModel(const char* id, const char* name) {
  return {{"id", id},
          {"name", name},
          {"capabilities",
           {{"supports", {{"vision", false}, {"reasoningEffort", false}}},
            {"limits",
             {{"max_prompt_tokens", kTokenLimit},
              {"max_context_window_tokens", kTokenLimit}}}}},
          {"policy", {{"state", "enabled"}, {"terms", ""}}},
          {"billing", {{"multiplier", 1.0}}}};
}

void Models(const Call& call) {
  const wire::Secret given(TextOf(call.params, "gitHubToken"));
  const wire::Secret& token =
      given.empty() ? call.server.options().auth_token : given;
  if (!call.server.LoginOf(token)) {
    call.Fail(given.empty()
                  ? std::string(kNotAuthenticated)
                  : "network fetch failed: request failed: error sending "
                    "request for url "
                    "(https://api.github.com/copilot_internal/user)");
    return;
  }
  Json models = call.server.script().models();
  if (models.is_null()) {
    models = Json::array(
        {DefaultModel("gpt-4.1", "GPT-4.1"), DefaultModel("gpt-5", "GPT-5"),
         DefaultModel("claude-sonnet-4.5", "Claude Sonnet 4.5")});
  }
  for (Json& model : models) {
    Json full = DefaultModel("", "");
    full["name"] = model["id"];
    full.update(model);
    model = std::move(full);
  }
  call.Result(JsonObject().Raw("models", models.dump()).str());
}

void Quota(const Call& call) {
  if (!call.server.LoginOf(call.server.options().auth_token)) {
    call.Fail(kNotAuthenticated);
    return;
  }
  call.Result(R"({"quotaSnapshots":{}})");
}

void Shutdown(const Call& call) { call.server.BeginShutdown(call.responder); }

// Model requests go through this client from now on.
void SetInferenceProvider(const Call& call) {
  if (call.server.has_sessions()) {
    return call.Fail(
        "Cannot set LLM inference provider while sessions are active. Call "
        "llmInference.setProvider before creating any sessions.");
  }
  call.server.InferThrough(call.connection);
  call.Result(kSuccess);
}

// Why the params of sessionFs.setProvider cannot be read; empty when they can.
std::string FsComplaint(const Json& params) {
  for (const char* name : {"initialCwd", "sessionStatePath", "conventions"}) {
    const Json& value = MemberOf(params, name);
    if (value.is_null()) return fmt::format("missing field `{}`", name);
    if (!value.is_string()) {
      return fmt::format(
          "invalid type: {} `{}`, expected a string",
          value.is_number_integer() ? "integer" : value.type_name(),
          Dump(value));
    }
  }
  const std::string conventions = TextOf(params, "conventions");
  if (conventions == "posix" || conventions == "windows") return "";
  return fmt::format("unknown variant `{}`, expected `windows` or `posix`",
                     conventions);
}

bool IsAbsolute(const std::string& path, bool windows) {
  if (!windows) return path.rfind('/', 0) == 0;
  const bool drive =
      path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
  return drive || path.rfind("\\\\", 0) == 0;
}

// The files of sessions are this client's from now on.
void SetFsProvider(const Call& call) {
  if (const std::string wrong = FsComplaint(call.params); !wrong.empty()) {
    return call.Fail("Invalid sessionFs.setProvider params: " + wrong);
  }
  FsProvider provider;
  provider.connection = call.connection;
  provider.initial_cwd = TextOf(call.params, "initialCwd");
  provider.state_path = TextOf(call.params, "sessionStatePath");
  const std::string conventions = TextOf(call.params, "conventions");
  if (!IsAbsolute(provider.initial_cwd, conventions == "windows")) {
    return call.Fail(
        fmt::format("sessionFs.setProvider requires an initialCwd that is "
                    "absolute under the \"{}\" path convention; got {}.",
                    conventions, Quote(provider.initial_cwd)));
  }
  if (call.server.has_sessions()) {
    return call.Fail(
        "Cannot set session filesystem provider while sessions are active. "
        "Call sessionFs.setProvider before creating any sessions.");
  }
  call.server.KeepFilesAt(std::move(provider));
  call.Result(kSuccess);
}

// A part of a model's response.
Method InferenceResponse(void (Inference::*take)(const Json&)) {
  return [take](const Call& call) {
    Inference* const inference = call.server.inference();
    const bool known = inference != nullptr &&
                       inference->Knows(TextOf(call.params, "requestId"));
    call.Result(JsonObject().Bool("accepted", known).str());
    if (known) (inference->*take)(call.params);
  };
}

}  // namespace

void AddServerMethods(MethodTable& table) {
  table["ping"] = Ping;
  table["status.get"] = Status;
  table["auth.getStatus"] = AuthStatus;
  table["models.list"] = Models;
  table["account.getQuota"] = Quota;
  table["runtime.shutdown"] = Shutdown;
  table["sessionFs.setProvider"] = SetFsProvider;
  table["llmInference.setProvider"] = SetInferenceProvider;
  table["llmInference.httpResponseStart"] = InferenceResponse(&Inference::Head);
  table["llmInference.httpResponseChunk"] =
      InferenceResponse(&Inference::Chunk);
}

}  // namespace copilot::fake_cli
