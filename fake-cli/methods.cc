// SPDX-License-Identifier: MIT
//
// The methods of the CLI, one small handler each (protocol 5 to 8, 16, 18 and
// 25), and the table that binds them to their names.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "fake-cli/compaction.h"
#include "fake-cli/json_object.h"
#include "fake-cli/provider_player.h"
#include "fake-cli/server.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr char kSuccess[] = R"({"success":true})";
constexpr char kFailure[] = R"({"success":false})";
constexpr char kNotAuthenticated[] =
    "Not authenticated. Please authenticate first.";

std::string TextOr(const Json& params, const char* name,
                   std::string fallback = "") {
  if (!params.is_object()) return fallback;
  const auto at = params.find(name);
  return at != params.end() && at->is_string() ? at->get<std::string>()
                                               : fallback;
}

// The open session of a session-scoped call; answers and returns null without
// one.
std::shared_ptr<Session> Need(const Call& call) {
  if (!call.params.is_object() || !call.params.contains("sessionId") ||
      !call.params["sessionId"].is_string()) {
    call.Fail(fmt::format("Missing sessionId in {} request", call.method));
    return nullptr;
  }
  const std::string id = call.params["sessionId"];
  auto session = call.server.Find(id);
  if (session == nullptr) {
    call.Fail("Session not found for sessionId: " + id);
  }
  return session;
}

// The id of calls that say it differently when it is missing.
std::optional<std::string> NeedId(const Call& call) {
  if (!call.params.is_object() || !call.params.contains("sessionId") ||
      !call.params["sessionId"].is_string()) {
    call.Fail("Missing sessionId parameter");
    return std::nullopt;
  }
  return call.params["sessionId"].get<std::string>();
}

std::string RequestId(const Call& call) {
  return TextOr(call.params, "requestId");
}

std::string NanoTime() {
  std::string time = IsoTime(NowMs());
  time.insert(time.size() - 1, "000000");
  return time;
}

// --- the server itself

void Ping(const Call& call) {
  const Json message =
      call.params.is_object() ? call.params.value("message", Json()) : Json();
  call.Result(JsonObject()
                  .Text("message", message.is_string()
                                       ? "pong: " + message.get<std::string>()
                                       : "pong")
                  .Text("timestamp", NanoTime())
                  .Int("protocolVersion", 3)
                  .str());
}

void Status(const Call& call) {
  call.Result(JsonObject()
                  .Text("version", call.server.version())
                  .Int("protocolVersion", 3)
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
  const wire::Secret given(TextOr(call.params, "gitHubToken"));
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

void Shutdown(const Call& call) {
  call.Result("null");
  call.server.Shutdown("shutdown", 0);
}

// --- opening and closing sessions

bool ValidId(const std::string& id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string OpenedResult(const Session& session) {
  JsonObject model;
  model.TextIf("modelId", session.config.model)
      .TextIf("reasoningEffort", session.config.reasoning_effort);
  return JsonObject()
      .Text("sessionId", session.id())
      .Text("nativeSessionId", session.id())
      .Text("startTime", IsoTime(session.workspace.created_ms))
      .Bool("isRemote", false)
      .Text("mode", session.mode)
      .Text("workspacePath", session.host.store().Directory(session.id()))
      .Raw("capabilities",
           JsonObject()
               .Raw("ui",
                    JsonObject()
                        .Bool("elicitation", session.config.request_elicitation)
                        .Bool("mcpApps", false)
                        .Bool("canvases", false)
                        .str())
               .Bool("extensions", false)
               .str())
      .Raw("modelState", model.str())
      .str();
}

constexpr char kManagedSettings[] =
    R"({"source":"none","serverManaged":false,"deviceManaged":false,)"
    R"("clientManaged":false,"policyHelperManaged":false,"failClosed":false,)"
    R"("sandboxEnabledByUndeterminedPolicy":false,)"
    R"("bypassPermissionsDisabled":false,"managedKeys":[],)"
    R"("permissionsContext":{"failClosed":false}})";

std::string ContextJson(const Session& session) {
  return JsonObject().Text("cwd", session.config.working_directory).str();
}

void Announce(Session& session, const Call& call) {
  session.log.Persist(
      "session.start",
      JsonObject()
          .Text("sessionId", session.id())
          .Int("version", 1)
          .Text("producer", "copilot-agent")
          .Text("copilotVersion", call.server.version())
          .Text("startTime", IsoTime(session.workspace.created_ms))
          .TextIf("selectedModel", session.config.model)
          .Null("contextTier")
          .Raw("context", ContextJson(session))
          .Bool("remoteSteerable", false)
          .Bool("alreadyInUse", false)
          .str());
  session.log.Ephemeral("session.managed_settings_resolved", kManagedSettings);
}

tl::expected<SessionConfig, std::string> ParseConfig(const Call& call) {
  auto config = SessionConfig::Parse(call.params, call.server.directory());
  if (config) config->online = call.server.options().online;
  return config;
}

void Create(const Call& call) {
  if (!call.params.is_object()) {
    call.Fail("session lifecycle params must be an object");
    return;
  }
  const Json wanted = call.params.value("sessionId", Json());
  if (!wanted.is_null() && !wanted.is_string()) {
    call.Fail("session.create sessionId must be a string");
    return;
  }
  std::string id = wanted.is_string() ? wanted.get<std::string>() : "";
  if (id.empty()) id = call.server.ids().Uuid();
  if (!ValidId(id)) {
    call.Fail("Rejected session.create request with invalid sessionId: " + id);
    return;
  }
  auto config = ParseConfig(call);
  if (!config) {
    call.Fail(config.error());
    return;
  }
  if (const auto open = call.server.Find(id)) {
    open->attached.insert(call.connection);
    call.Result(OpenedResult(*open));
    call.server.SendLifecycle(*open, "session.created");
    return;
  }
  Workspace workspace;
  workspace.id = id;
  workspace.cwd = config->working_directory;
  workspace.client_name = config->client_name;
  workspace.created_ms = workspace.updated_ms = NowMs();
  call.server.store().Delete(id);
  if (const auto reason = call.server.store().Create(workspace)) {
    call.Fail(fmt::format(
        "session construction failed: failed to register ownership for "
        "session '{}': {}",
        id, *reason));
    return;
  }
  call.server.store().MarkInUse(id);
  const auto session =
      call.server.Open(std::move(workspace), std::move(*config));
  call.server.SendLifecycle(*session, "session.created");
  session->attached.insert(call.connection);
  call.Result(OpenedResult(*session));
  Announce(*session, call);
  call.server.SendLifecycle(*session, "session.created");
}

// What a stored history tells about the session.
void Restore(Session& session) {
  std::string model;
  for (const std::string& event : session.log.events()) {
    const std::string type = wire::RawString(wire::RawMember(event, "type"));
    const std::string_view data = wire::RawMember(event, "data");
    if (type == "user.message") {
      ++session.user_messages;
      session.conversation.push_back(
          {{"role", "user"},
           {"content", wire::RawString(wire::RawMember(data, "content"))}});
    } else if (type == "assistant.message") {
      session.conversation.push_back(
          {{"role", "assistant"},
           {"content", wire::RawString(wire::RawMember(data, "content"))}});
    } else if (type == "session.start" || type == "session.resume") {
      const std::string selected =
          wire::RawString(wire::RawMember(data, "selectedModel"));
      if (!selected.empty()) model = selected;
    }
    session.tokens += static_cast<int64_t>(event.size() / 8);
  }
  if (session.config.model.empty()) session.config.model = model;
}

void EmitResume(Session& session, const Call& call, bool in_use) {
  JsonObject data;
  data.Text("resumeTime", IsoTime(NowMs()))
      .TextIf("selectedModel", session.config.model)
      .Null("contextTier")
      .Null("sessionLimits")
      .Raw("context", ContextJson(session))
      .Bool("remoteSteerable", false)
      .Int("eventCount", static_cast<int64_t>(session.log.size()))
      .Bool("alreadyInUse", in_use)
      .Bool("sessionWasActive", false);
  const Json pending = call.params.value("continuePendingWork", Json());
  if (pending.is_boolean()) data.Raw("continuePendingWork", pending.dump());
  session.log.Persist("session.resume", data.str());
}

void Resume(const Call& call) {
  const auto id = NeedId(call);
  if (!id) return;
  if (!ValidId(*id)) {
    call.Fail("Rejected session.resume request with invalid sessionId: " + *id);
    return;
  }
  auto config = ParseConfig(call);
  if (!config) {
    call.Fail(config.error());
    return;
  }
  auto session = call.server.Find(*id);
  bool in_use = session != nullptr;
  if (session == nullptr) {
    auto workspace = call.server.store().Read(*id);
    if (!workspace || !call.server.store().Exists(*id)) {
      call.Fail("Failed to load session events: Session not found: " + *id);
      return;
    }
    session = call.server.Open(std::move(*workspace), std::move(*config));
    if (!session->log.Load(call.server.store().EventsFile(*id))) {
      call.server.Forget(*id);
      call.Fail("Failed to load session events: Session not found: " + *id);
      return;
    }
    Restore(*session);
    in_use = call.server.store().MarkInUse(*id);
  } else {
    if (config->model.empty()) config->model = session->config.model;
    session->config = std::move(*config);
  }
  session->attached.insert(call.connection);
  call.Result(OpenedResult(*session));
  const bool quiet = call.params.value("disableResume", Json()) == true ||
                     call.params.value("suppressResumeEvent", Json()) == true;
  if (!quiet) EmitResume(*session, call, in_use);
  session->announced_skills = false;
  session->log.Ephemeral("session.managed_settings_resolved", kManagedSettings);
  session->log.Ephemeral("session.skills_loaded", R"({"skills":[]})");
  session->log.Ephemeral(
      "session.title_changed",
      JsonObject().Text("title", session->workspace.name).str());
}

void Destroy(const Call& call) {
  const auto id = NeedId(call);
  if (!id) return;
  call.server.Leave(call.connection, *id,
                    [responder = call.responder](bool attached) {
                      responder.Result(attached ? kSuccess : kFailure);
                    });
}

void Detach(const Call& call) {
  const auto id = NeedId(call);
  if (!id) return;
  call.server.Leave(call.connection, *id, [responder = call.responder](bool) {
    responder.Result(kSuccess);
  });
}

void Delete(const Call& call) {
  const auto id = NeedId(call);
  if (!id) return;
  if (call.server.Find(*id) == nullptr && !call.server.store().Exists(*id)) {
    call.Result(JsonObject()
                    .Bool("success", false)
                    .Text("error", "Session file not found for " + *id)
                    .str());
    return;
  }
  call.server.Delete(*id);
  call.server.NotifyLifecycle(*id, "session.deleted", "");
  call.server.NotifyLifecycle(*id, "session.deleted", "");
  call.Result(kSuccess);
}

// --- what is known about sessions

std::string Metadata(const Workspace& workspace) {
  return JsonObject()
      .Text("sessionId", workspace.id)
      .Text("startTime", IsoTime(workspace.created_ms))
      .Text("modifiedTime", IsoTime(workspace.updated_ms))
      .Bool("isRemote", false)
      .Bool("isDetached", false)
      .Text("summary", workspace.name)
      .Text("name", workspace.name)
      .TextIf("clientName", workspace.client_name)
      .Raw("context", JsonObject().Text("cwd", workspace.cwd).str())
      .str();
}

void List(const Call& call) {
  const Json filter = call.params.is_object()
                          ? call.params.value("filter", Json::object())
                          : Json::object();
  const std::string cwd = TextOr(filter, "cwd");
  const bool git = filter.is_object() &&
                   (filter.contains("gitRoot") ||
                    filter.contains("repository") || filter.contains("branch"));
  call.server.FlushSessions();
  std::string list = "[";
  for (const Workspace& workspace : call.server.store().List()) {
    if (git || (!cwd.empty() && workspace.cwd != cwd)) continue;
    if (list.size() > 1) list.push_back(',');
    list += Metadata(workspace);
  }
  call.Result(JsonObject().Raw("sessions", list + "]").str());
}

void LastId(const Call& call) {
  call.server.FlushSessions();
  const auto sessions = call.server.store().List();
  JsonObject result;
  if (!sessions.empty()) result.Text("sessionId", sessions.front().id);
  call.Result(result.str());
}

void GetMetadata(const Call& call) {
  const auto id = NeedId(call);
  if (!id) return;
  call.server.FlushSessions();
  const auto workspace = call.server.store().Exists(*id)
                             ? call.server.store().Read(*id)
                             : std::nullopt;
  JsonObject result;
  if (workspace) result.Raw("session", Metadata(*workspace));
  call.Result(result.str());
}

void GetMessages(const Call& call) {
  const auto id = NeedId(call);
  if (!id) return;
  const auto session = call.server.Find(*id);
  if (session == nullptr) {
    call.Fail("Session not found: " + *id);
    return;
  }
  call.Result(JsonObject().Raw("events", session->log.VisibleEvents()).str());
}

void Snapshot(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const Workspace& workspace = session->workspace;
  call.Result(
      JsonObject()
          .Text("sessionId", session->id())
          .Text("startTime", IsoTime(workspace.created_ms))
          .Text("modifiedTime", IsoTime(session->log.modified_ms()))
          .Bool("isRemote", false)
          .Bool("alreadyInUse", false)
          .Text("workspacePath", call.server.store().Directory(session->id()))
          .Text("workingDirectory", session->config.working_directory)
          .Text("currentMode", session->mode)
          .TextIf("selectedModel", session->config.model)
          .Null("sessionLimits")
          .str());
}

// --- turns

void Send(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  QueuedMessage message;
  message.id = call.server.ids().Uuid();
  message.prompt = TextOr(call.params, "prompt");
  message.display = TextOr(call.params, "displayPrompt", message.prompt);
  message.attachments = call.params.value("attachments", Json());
  message.request_headers = call.params.value("requestHeaders", Json());
  message.immediate = TextOr(call.params, "mode") == "immediate";
  message.wait = call.params.value("wait", Json()) == true;
  message.responder = call.responder;
  session->Send(std::move(message));
}

void Abort(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->Abort(TextOr(call.params, "reason", "user_initiated"),
                 [&] { call.Result(kSuccess); });
}

void HandleTool(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (RequestId(call).empty()) {
    call.Fail("Expected string parameter 'requestId'");
    return;
  }
  if (!session->AnswerTool(RequestId(call), call.params,
                           [&] { call.Result(kSuccess); })) {
    call.Result(kFailure);
  }
}

void HandlePermission(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (!session->AnswerPermission(RequestId(call),
                                 call.params.value("result", Json()),
                                 [&] { call.Result(kSuccess); })) {
    call.Result(kFailure);
  }
}

void PendingPermissions(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Raw("items", session->PendingPermissions()).str());
  }
}

void SetApproveAll(const Call& call) {
  if (const auto session = Need(call)) {
    session->approve_all = call.params.value("enabled", Json()) == true;
    call.Result(kSuccess);
  }
}

void PendingItems(const Call& call) {
  if (const auto session = Need(call)) call.Result(session->QueueState());
}

void Compact(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const Json plan = session->conversation.empty()
                        ? Json::object()
                        : call.server.script().NextCompaction();
  Summarizer summarize;
  if (!call.server.script().loaded() && !session->config.provider.is_null()) {
    const std::string instructions = TextOr(call.params, "customInstructions");
    summarize = [session, instructions](auto done) {
      SummarizeWithProvider(session, instructions, std::move(done));
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

// --- smaller session state

void CurrentModel(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject()
                    .TextIf("modelId", session->config.model)
                    .TextIf("reasoningEffort", session->config.reasoning_effort)
                    .str());
  }
}

void SwitchModel(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string model = TextOr(call.params, "modelId");
  if (model.empty()) {
    call.Fail("missing string parameter 'modelId'");
    return;
  }
  const std::string previous = std::exchange(session->config.model, model);
  const std::string effort = TextOr(call.params, "reasoningEffort");
  session->config.reasoning_effort = effort;
  session->log.Persist("session.model_change",
                       JsonObject()
                           .Text("source", "user")
                           .Null("contextTier")
                           .Text("previousModel", previous)
                           .Text("newModel", model)
                           .TextIf("reasoningEffort", effort)
                           .str());
  call.Result(JsonObject()
                  .Text("status", "applied")
                  .Bool("deferred", false)
                  .Text("modelId", model)
                  .Text("message", fmt::format("Model changed from {} to {}",
                                               previous, model))
                  .Raw("deprecationWarnings", "[]")
                  .Raw("modelState", JsonObject().Text("modelId", model).str())
                  .str());
}

void GetMode(const Call& call) {
  if (const auto session = Need(call)) call.Result(Quote(session->mode));
}

void SetMode(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string mode = TextOr(call.params, "mode");
  if (mode != "interactive" && mode != "plan" && mode != "autopilot") {
    call.Fail(
        fmt::format("unknown variant `{}`, expected one of "
                    "`interactive`, `plan`, `autopilot`",
                    mode));
    return;
  }
  const std::string previous = std::exchange(session->mode, mode);
  if (previous == mode) {
    call.Result(
        R"({"status":"unchanged","modelChanged":false,"modeApplied":true})");
    return;
  }
  session->log.Persist(
      "session.mode_changed",
      JsonObject().Text("previousMode", previous).Text("newMode", mode).str());
  call.Result(
      R"({"status":"applied","modelChanged":false,"modeApplied":true})");
}

void GetName(const Call& call) {
  if (const auto session = Need(call)) {
    JsonObject result;
    if (session->workspace.name.empty()) {
      result.Null("name");
    } else {
      result.Text("name", session->workspace.name);
    }
    call.Result(result.str());
  }
}

void SetName(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->workspace.name = TextOr(call.params, "name");
  session->workspace.user_named = true;
  call.server.store().Write(session->workspace);
  session->log.Ephemeral(
      "session.title_changed",
      JsonObject().Text("title", session->workspace.name).str());
  call.Result("null");
}

void Log(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string level = TextOr(call.params, "level", "info");
  const std::string text = TextOr(call.params, "message");
  EventOptions options;
  options.ephemeral = call.params.value("ephemeral", Json()) == true;
  std::string type = "session." + level;
  JsonObject data;
  if (level == "error") {
    data.Text("errorType", "notification");
  } else if (level == "warning") {
    data.Text("warningType", "notification");
  } else if (level == "info") {
    data.Text("infoType", "notification");
  } else {
    call.Fail("unsupported session log level: " + level);
    return;
  }
  const std::string id =
      session->log.Emit(type, data.Text("message", text).str(), options);
  call.Result(JsonObject().Text("eventId", id).str());
}

void IsProcessing(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Bool("processing", session->processing()).str());
  }
}

void ContextInfo(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  call.Result(JsonObject()
                  .Raw("contextInfo",
                       JsonObject()
                           .Text("modelName", session->config.model)
                           .Int("systemTokens", 0)
                           .Null("customInstructionsTokens")
                           .Int("conversationTokens", session->tokens)
                           .Int("toolDefinitionsTokens", 0)
                           .Int("mcpToolsTokens", 0)
                           .Int("totalTokens", session->tokens)
                           .Int("promptTokenLimit", kTokenLimit)
                           .Int("compactionThreshold", kTokenLimit * 8 / 10)
                           .Int("limit", kTokenLimit)
                           .Int("bufferTokens", kTokenLimit / 20)
                           .str())
                  .str());
}

// A call that needs an open session and always has the same answer.
template <const char* kAnswer>
void Fixed(const Call& call) {
  if (Need(call) != nullptr) call.Result(kAnswer);
}

template <const char* kAnswer>
void Always(const Call& call) {
  call.Result(kAnswer);
}

constexpr char kNull[] = "null";
constexpr char kEmpty[] = "{}";
constexpr char kNoTools[] = R"({"tools":[]})";
constexpr char kNoModels[] = R"({"models":[]})";
constexpr char kNoAgents[] = R"({"agents":[]})";
constexpr char kNoAgent[] = R"({"agent":null})";
constexpr char kNoCommands[] = R"({"commands":[]})";
constexpr char kHandle[] = R"({"handle":"interest-1"})";
constexpr char kUpdated[] = R"({"success":true,"pluginHookCount":0})";
constexpr char kNoForeground[] =
    R"({"success":false,"error":"Not running in TUI+server mode - no )"
    R"(foreground session change handler registered"})";
constexpr char kNoPlan[] = R"({"exists":false,"content":null,"path":null})";
constexpr char kDone[] = R"({"success":true})";
constexpr char kUnknown[] = R"({"success":false})";
constexpr char kNoFiles[] = R"({"files":[]})";
constexpr char kNoCheckpoints[] = R"({"checkpoints":[]})";

const std::map<std::string_view, Method>& Table() {
  static const auto* const table = new std::map<std::string_view, Method>{
      {"ping", Ping},
      {"status.get", Status},
      {"auth.getStatus", AuthStatus},
      {"models.list", Models},
      {"models.getBuiltInCatalog", Always<kNoModels>},
      {"tools.list", Always<kNoTools>},
      {"account.getCurrentAuth", Always<kEmpty>},
      {"account.getQuota", Quota},
      {"runtime.shutdown", Shutdown},
      {"session.create", Create},
      {"session.resume", Resume},
      {"session.destroy", Destroy},
      {"session.detach", Detach},
      {"session.delete", Delete},
      {"session.list", List},
      {"session.getLastId", LastId},
      {"session.getMetadata", GetMetadata},
      {"session.getMessages", GetMessages},
      {"session.getForeground", Always<kEmpty>},
      {"session.setForeground", Always<kNoForeground>},
      {"session.send", Send},
      {"session.abort", Abort},
      {"session.shutdown", Fixed<kNull>},
      {"session.suspend", Fixed<kNull>},
      {"session.history.compact", Compact},
      {"session.history.abortManualCompaction", AbortCompact},
      {"session.history.cancelBackgroundCompaction", CancelBackgroundCompact},
      {"session.tools.handlePendingToolCall", HandleTool},
      {"session.tools.getCurrentMetadata", Fixed<kNoTools>},
      {"session.permissions.handlePendingPermissionRequest", HandlePermission},
      {"session.permissions.pendingRequests", PendingPermissions},
      {"session.permissions.setApproveAll", SetApproveAll},
      {"session.ui.handlePendingUserInput", Fixed<kUnknown>},
      {"session.ui.handlePendingElicitation", Fixed<kUnknown>},
      {"session.commands.handlePendingCommand", Fixed<kDone>},
      {"session.commands.list", Fixed<kNoCommands>},
      {"session.queue.pendingItems", PendingItems},
      {"session.eventLog.registerInterest", Fixed<kHandle>},
      {"session.eventLog.releaseInterest", Fixed<kDone>},
      {"session.model.getCurrent", CurrentModel},
      {"session.model.switchTo", SwitchModel},
      {"session.mode.get", GetMode},
      {"session.mode.set", SetMode},
      {"session.name.get", GetName},
      {"session.name.set", SetName},
      {"session.log", Log},
      {"session.options.update", Fixed<kUpdated>},
      {"session.metadata.snapshot", Snapshot},
      {"session.metadata.isProcessing", IsProcessing},
      {"session.metadata.contextInfo", ContextInfo},
      {"session.plan.read", Fixed<kNoPlan>},
      {"session.workspaces.listFiles", Fixed<kNoFiles>},
      {"session.workspaces.listCheckpoints", Fixed<kNoCheckpoints>},
      {"session.agent.list", Fixed<kNoAgents>},
      {"session.agent.getCurrent", Fixed<kNoAgent>},
  };
  return *table;
}

}  // namespace

Method FindMethod(std::string_view name) {
  const auto found = Table().find(name);
  return found == Table().end() ? nullptr : found->second;
}

}  // namespace copilot::fake_cli
