// SPDX-License-Identifier: MIT
//
// Files of a session: its plan, those of its workspace, its checkpoints. They
// may be a client's (files/file_system.h).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "fake-cli/files/file_run.h"
#include "fake-cli/files/session_fs.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"

namespace copilot::fake_cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string PlanFile(const Session& session) {
  return session.directory() + "/plan.md";
}

void ReadPlan(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string path = PlanFile(*session);
  session->files()->Do("readFile", {{"path", path}},
                       [call, path](const FileAnswer& answer) {
                         if (!answer.ok() && !answer.missing())
                           return call.Fail(answer.text());
                         JsonObject result;
                         result.Bool("exists", answer.ok());
                         if (answer.ok()) {
                           result.Text("content", answer.content());
                         } else {
                           result.Null("content");
                         }
                         call.Result(result.Text("path", path).str());
                       });
}

void UpdatePlan(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string path = PlanFile(*session);
  const auto existed = std::make_shared<bool>(false);
  const auto run = FileRun::Make(session->files());
  run->Exists(path,
              [existed](const FileAnswer& answer) {
                *existed = FlagOf(answer.result, "exists");
              })
      .MakeDirectory(session->directory(), kPrivateDirectory)
      .Write(path, TextOf(call.params, "content"), kPrivateFile)
      .Start([call, session, existed](const std::string& failure) {
        if (!failure.empty()) return call.Fail(failure);
        if (session->fs != nullptr) session->fs->Save();
        session->log.Persist(
            "session.plan_changed",
            JsonObject()
                .Text("operation", *existed ? "update" : "create")
                .str());
        call.Result("null");
      });
}

void DeletePlan(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string path = PlanFile(*session);
  const auto run = FileRun::Make(session->files());
  FileRun& r = *run;
  r.Exists(path, [&r, session, path](const FileAnswer& answer) {
    if (!FlagOf(answer.result, "exists")) return;
    r.Remove(path).Then([session] {
      session->log.Persist("session.plan_changed", R"({"operation":"delete"})");
    });
  });
  r.Start([call](const std::string& failure) {
    if (!failure.empty()) return call.Fail(failure);
    call.Result("null");
  });
}

std::string WorkspaceFiles(const Session& session) {
  return session.directory() + "/files";
}

// Where a file of the workspace lies; empty, and answered, for a path that
// leads out of it.
std::string WorkspaceFile(const Call& call, const Session& session) {
  const std::string name = TextOf(call.params, "path");
  if (name.empty()) {
    call.Fail("missing or non-string parameter 'path'");
    return "";
  }
  const fs::path path = fs::path(name).lexically_normal();
  if (path.is_absolute() || *path.begin() == "..") {
    call.Fail("Path escapes the workspace files directory: " + name);
    return "";
  }
  return WorkspaceFiles(session) + "/" + path.string();
}

std::string WorkspaceJson(const Workspace& workspace) {
  return JsonObject()
      .Text("id", workspace.id)
      .Text("cwd", workspace.cwd)
      .TextIf("git_root", workspace.git.root)
      .TextIf("repository", workspace.git.repository)
      .TextIf("host_type", workspace.git.host_type())
      .TextIf("branch", workspace.git.branch)
      .TextIf("client_name", workspace.client_name)
      .TextIf("name", workspace.name)
      .Bool("user_named", workspace.user_named)
      .Int("summary_count", workspace.summary_count)
      .Int("fork_count", 0)
      .Text("created_at", IsoTime(workspace.created_ms))
      .Text("updated_at", IsoTime(workspace.updated_ms))
      .str();
}

void GetWorkspace(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->files()->Do(
      "readFile", {{"path", session->directory() + "/workspace.yaml"}},
      [call, session](const FileAnswer& answer) {
        JsonObject result;
        if (answer.ok()) {
          result.Raw("workspace", WorkspaceJson(ReadWorkspace(answer.content(),
                                                              session->id())));
        } else {
          result.Null("workspace");
        }
        call.Result(result.Text("path", session->directory()).str());
      });
}

// Adds the files below a directory, with their paths from `prefix` on.
void ListInto(FileRun& run, const std::string& directory,
              const std::string& prefix,
              const std::shared_ptr<std::vector<std::string>>& files) {
  run.List(
      directory, [&run, directory, prefix, files](const FileAnswer& answer) {
        for (const Json& entry : ListOf(answer.result, "entries")) {
          const std::string name = TextOf(entry, "name");
          if (TextOf(entry, "type") == "directory") {
            ListInto(run, directory + "/" + name, prefix + name + "/", files);
          } else {
            files->push_back(prefix + name);
          }
        }
      });
}

void ListFiles(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto files = std::make_shared<std::vector<std::string>>();
  const auto run = FileRun::Make(session->files());
  ListInto(*run, WorkspaceFiles(*session), "", files);
  run->Start([call, files](const std::string&) {
    std::sort(files->begin(), files->end());
    call.Result(JsonObject().Raw("files", Dump(Json(*files))).str());
  });
}

void CreateFile(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string path = WorkspaceFile(call, *session);
  if (path.empty()) return;
  const auto existed = std::make_shared<bool>(false);
  const auto run = FileRun::Make(session->files());
  run->Exists(path,
              [existed](const FileAnswer& answer) {
                *existed = FlagOf(answer.result, "exists");
              })
      .MakeDirectory(fs::path(path).parent_path().string())
      .Write(path, TextOf(call.params, "content"));
  if (session->fs != nullptr) session->fs->ReadSummary(*run);
  run->Start([call, session, existed](const std::string& failure) {
    if (!failure.empty()) return call.Fail(failure);
    session->log.Persist("session.workspace_file_changed",
                         JsonObject()
                             .Text("path", TextOf(call.params, "path"))
                             .Text("operation", *existed ? "update" : "create")
                             .str());
    call.Result("null");
  });
}

void ReadFile(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string path = WorkspaceFile(call, *session);
  if (path.empty()) return;
  session->files()->Do(
      "readFile", {{"path", path}}, [call, path](const FileAnswer& answer) {
        if (answer.missing()) {
          return call.Fail(
              fmt::format("No such file or directory (os error 2): {}", path));
        }
        if (!answer.ok()) return call.Fail(answer.text());
        call.Result(JsonObject().Text("content", answer.content()).str());
      });
}

void ListCheckpoints(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->files()->Do(
      "readFile", {{"path", session->directory() + "/checkpoints/index.md"}},
      [call](const FileAnswer& answer) {
        Json list = Json::array();
        for (const Checkpoint& each : ReadCheckpointIndex(answer.content())) {
          list.push_back({{"number", each.number},
                          {"title", each.title},
                          {"filename", each.path}});
        }
        call.Result(JsonObject().Raw("checkpoints", Dump(list)).str());
      });
}

void ReadCheckpoint(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const Json number = call.params.value("number", Json());
  if (!number.is_number_unsigned()) {
    call.Fail("missing or non-unsigned-integer parameter 'number'");
    return;
  }
  const std::string directory = session->directory() + "/checkpoints/";
  const auto content = std::make_shared<Json>();
  const auto run = FileRun::Make(session->files());
  FileRun& r = *run;
  r.Read(directory + "index.md",
         [&r, directory, number, content](const FileAnswer& index) {
           for (const Checkpoint& each : ReadCheckpointIndex(index.content())) {
             if (each.number != number) continue;
             r.Read(directory + each.path, [content](const FileAnswer& answer) {
               if (answer.ok()) *content = answer.content();
             });
           }
         });
  run->Start([call, content](const std::string&) {
    call.Result(JsonObject().Raw("content", Dump(*content)).str());
  });
}

}  // namespace

void AddFileMethods(MethodTable& table) {
  table["session.plan.read"] = ReadPlan;
  table["session.plan.update"] = UpdatePlan;
  table["session.plan.delete"] = DeletePlan;
  table["session.workspaces.getWorkspace"] = GetWorkspace;
  table["session.workspaces.listFiles"] = ListFiles;
  table["session.workspaces.createFile"] = CreateFile;
  table["session.workspaces.readFile"] = ReadFile;
  table["session.workspaces.listCheckpoints"] = ListCheckpoints;
  table["session.workspaces.readCheckpoint"] = ReadCheckpoint;
}

}  // namespace copilot::fake_cli
