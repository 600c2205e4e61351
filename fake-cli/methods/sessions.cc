// SPDX-License-Identifier: MIT
//
// Opening, closing and listing sessions.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

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
      .TextIf("workspacePath",
              session.config.checkpoints ? session.directory() : "")
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
  const GitContext& git = session.workspace.git;
  return JsonObject()
      .Text("cwd", session.config.working_directory)
      .TextIf("gitRoot", git.root)
      .TextIf("repository", git.repository)
      .TextIf("hostType", git.host_type())
      .TextIf("repositoryHost", git.host)
      .TextIf("branch", git.branch)
      .str();
}

void TellIndexing(Session& session) {
  std::string no_parent;
  EventOptions apart;
  apart.ephemeral = true;
  apart.chain = &no_parent;
  session.log.Emit(
      "session.indexed_search",
      JsonObject()
          .Text("kind", "startup")
          .Text("outcome", "skipped_disabled")
          .Bool("forcedByEnv", false)
          .Bool("warmStart", false)
          .Int("startupDurationMs", 0)
          .Text("disabledReason", session.fs == nullptr
                                      ? "organization_policy_unknown"
                                      : "workspace_not_local")
          .str(),
      apart);
  session.log.Emit("session.indexed_search",
                   R"({"kind":"status","state":"disabled"})", apart);
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
  const auto& provider = call.server.fs_provider();
  auto config = SessionConfig::Parse(
      call.params, provider ? provider->initial_cwd : call.server.directory(),
      !provider.has_value());
  if (config) {
    config->online = call.server.options().online;
    config->local_files = !provider.has_value();
  }
  return config;
}

void Created(const std::shared_ptr<Session>& session, const Call& call) {
  call.server.SendLifecycle(*session, "session.created", "");
  TellIndexing(*session);
  session->attached.insert(call.connection);
  call.Result(OpenedResult(*session));
  Announce(*session, call);
  call.server.SendLifecycle(*session, "session.created", "again");
  session->mcp.Start(session->config.mcp_servers);
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
    call.server.SendLifecycle(*open, "session.created", "");
    return;
  }
  Workspace workspace;
  workspace.id = id;
  workspace.cwd = config->working_directory;
  if (!call.server.fs_provider()) {
    workspace.git = ReadGitContext(workspace.cwd);
  }
  workspace.client_name = config->client_name;
  workspace.created_ms = workspace.updated_ms = NowMs();
  if (call.server.fs_provider()) {
    const auto session =
        call.server.Open(std::move(workspace), std::move(*config));
    session->fs->Create([call, session](const std::string& failure) {
      if (failure.empty()) return Created(session, call);
      call.server.Forget(session->id());
      call.Fail("session construction failed: " + failure);
    });
    return;
  }
  call.server.store().Delete(id);
  if (const auto reason = call.server.store().Create(workspace)) {
    call.Fail(fmt::format(
        "session construction failed: failed to register ownership for "
        "session '{}': {}",
        id, *reason));
    return;
  }
  call.server.store().MarkInUse(id);
  Created(call.server.Open(std::move(workspace), std::move(*config)), call);
}

// After a session of a file has been opened again, in any order among
// themselves.
void AnnounceAgain(Session& session) {
  TellIndexing(session);
  if (!session.config.tools.empty()) {
    session.log.Ephemeral(
        "session.tools_updated",
        JsonObject().Text("model", session.config.model).str());
  }
  session.log.Ephemeral("session.skills_loaded", R"({"skills":[]})");
  if (session.fs != nullptr) {
    session.log.Ephemeral("session.skills_loaded", R"({"skills":[]})");
    return;
  }
  session.log.Ephemeral(
      "session.title_changed",
      JsonObject().Text("title", session.workspace.name).str());
}

// Empty where the client that keeps the files knows no such directory.
std::string KnownContext(const Session& session) {
  const bool known =
      session.fs == nullptr || session.fs->working_directory_exists();
  return known ? ContextJson(session) : "";
}

void EmitResume(Session& session, const Call& call, bool in_use) {
  JsonObject data;
  data.Text("resumeTime", IsoTime(NowMs()))
      .TextIf("selectedModel", session.config.model)
      .Null("contextTier")
      .Null("sessionLimits")
      .RawIf("context", KnownContext(session))
      .Bool("remoteSteerable", false)
      .Int("eventsFileSizeBytes", session.log.file_bytes())
      .Int("eventCount", session.log.lines())
      .Bool("alreadyInUse", in_use)
      .Bool("sessionWasActive", false);
  const Json pending = call.params.value("continuePendingWork", Json());
  if (pending.is_boolean()) data.Raw("continuePendingWork", pending.dump());
  session.log.Persist("session.resume", data.str());
}

void Resumed(const std::shared_ptr<Session>& session, const Call& call,
             bool was_open, bool in_use) {
  session->attached.insert(call.connection);
  call.Result(OpenedResult(*session));
  const bool quiet = call.params.value("disableResume", Json()) == true ||
                     call.params.value("suppressResumeEvent", Json()) == true;
  if (!quiet) {
    EmitResume(*session, call, in_use);
    session->log.Ephemeral("session.managed_settings_resolved",
                           kManagedSettings);
  }
  if (was_open) return;
  session->announced_skills = false;
  AnnounceAgain(*session);
  session->mcp.Start(session->config.mcp_servers);
  if (call.params.value("continuePendingWork", Json()) == true) {
    session->AwaitPending();
  }
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
  const bool was_open = session != nullptr;
  bool in_use = false;
  if (session == nullptr && call.server.fs_provider()) {
    Workspace workspace;
    workspace.id = *id;
    session = call.server.Open(std::move(workspace), std::move(*config));
    session->fs->Resume([call, session](const std::string& failure) {
      if (!failure.empty()) {
        call.server.Forget(session->id());
        return call.Fail(failure);
      }
      session->Restore();
      Resumed(session, call, false, false);
    });
    return;
  }
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
    session->Restore();
    in_use = call.server.store().MarkInUse(*id);
  } else {
    if (config->model.empty()) config->model = session->config.model;
    config->mcp_tools = std::move(session->config.mcp_tools);
    session->config = std::move(*config);
  }
  Resumed(session, call, was_open, in_use);
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
  const auto open = call.server.Find(*id);
  const bool here =
      open != nullptr ? open->fs == nullptr : call.server.store().Exists(*id);
  if (!here) {
    call.Result(JsonObject()
                    .Bool("success", false)
                    .Text("error", "Session file not found for " + *id)
                    .str());
    return;
  }
  call.server.Delete(*id);
  call.server.NotifyLifecycle(*id, "session.deleted", "");
  call.server.NotifyLifecycle(*id, "session.deleted", "", "again");
  call.Result(kSuccess);
}

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
      .Raw("context", JsonObject()
                          .Text("cwd", workspace.cwd)
                          .TextIf("gitRoot", workspace.git.root)
                          .TextIf("repository", workspace.git.repository)
                          .TextIf("branch", workspace.git.branch)
                          .str())
      .str();
}

// Whether a session is one of those that a client wants to see.
bool Passes(const Workspace& workspace, const Json& filter) {
  const auto passes = [&](const char* name, const std::string& value) {
    const std::string wanted = TextOf(filter, name);
    return wanted.empty() || wanted == value;
  };
  return passes("cwd", workspace.cwd) &&
         passes("gitRoot", workspace.git.root) &&
         passes("repository", workspace.git.repository) &&
         passes("branch", workspace.git.branch);
}

void List(const Call& call) {
  const Json filter = call.params.is_object()
                          ? call.params.value("filter", Json::object())
                          : Json::object();
  call.server.FlushSessions();
  std::string list = "[";
  for (const Workspace& workspace : call.server.store().List()) {
    if (!Passes(workspace, filter)) continue;
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

std::string SnapshotJson(const Session& session) {
  const Workspace& workspace = session.workspace;
  return JsonObject()
      .Text("sessionId", session.id())
      .Text("startTime", IsoTime(workspace.created_ms))
      .Text("modifiedTime", IsoTime(session.log.modified_ms()))
      .Bool("isRemote", false)
      .Bool("alreadyInUse", false)
      .Text("workspacePath", session.directory())
      .Text("workingDirectory", session.config.working_directory)
      .Text("currentMode", session.mode)
      .TextIf("selectedModel", session.config.model)
      .Null("sessionLimits")
      .Raw("workspace", JsonObject()
                            .Text("id", workspace.id)
                            .Text("cwd", workspace.cwd)
                            .TextIf("name", workspace.name)
                            .Bool("user_named", workspace.user_named)
                            .Text("created_at", IsoTime(workspace.created_ms))
                            .Text("updated_at", IsoTime(workspace.updated_ms))
                            .str())
      .Text("indexedSearch", "disabled")
      .str();
}

void Snapshot(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (session->fs == nullptr) return call.Result(SnapshotJson(*session));
  session->files()->Do("readFile",
                       {{"path", session->directory() + "/workspace.yaml"}},
                       [call, session](const FileAnswer&) {
                         call.Result(SnapshotJson(*session));
                       });
}

Method NeedsId(std::string answer) {
  return [answer = std::move(answer)](const Call& call) {
    if (NeedId(call)) call.Result(answer);
  };
}

}  // namespace

void AddSessionMethods(MethodTable& table) {
  table["session.create"] = Create;
  table["session.resume"] = Resume;
  table["session.destroy"] = Destroy;
  table["session.detach"] = Detach;
  table["session.delete"] = Delete;
  table["session.list"] = List;
  table["sessions.list"] = List;
  table["session.getLastId"] = LastId;
  table["session.getMetadata"] = GetMetadata;
  table["session.getMessages"] = GetMessages;
  table["session.metadata.snapshot"] = Snapshot;
  table["session.getForeground"] = Always("{}");
  table["session.setForeground"] = NeedsId(
      R"({"success":false,"error":"Not running in TUI+server mode - no )"
      R"(foreground session change handler registered"})");
}

}  // namespace copilot::fake_cli
