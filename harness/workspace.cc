// SPDX-License-Identifier: MIT
#include "harness/workspace.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "harness/auth.h"
#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

Error ResolutionFailure(const std::string& cause) {
  return {"[copilot-attempt] sandbox resolution failed: " + cause,
          "sandbox_resolution_failure", 0, 0};
}

Expected<Json> FindSandbox(const AttemptParams& params, const AttemptHost& host,
                           const std::string& workspace) {
  if (params.sandbox.is_object()) return params.sandbox;
  if (!host.resolve_sandbox) return Json(nullptr);
  Json run = {{"agentId", params.agent_id}, {"workspaceDir", workspace}};
  run["sessionKey"] = params.sandbox_session_key.empty()
                          ? params.session_key
                          : params.sandbox_session_key;
  return host.resolve_sandbox(run);
}

std::string BaseName(const std::string& path) {
  return Lower(std::filesystem::path(path).filename().string());
}

// Known files first, in the order of what they are about.
int Rank(const std::string& path) {
  constexpr const char* kOrder[] = {
      "soul.md",  "identity.md", "heartbeat.md", "bootstrap.md",
      "tools.md", "user.md",     "memory.md",
  };
  const auto found =
      std::find(std::begin(kOrder), std::end(kOrder), BaseName(path));
  return static_cast<int>(found - std::begin(kOrder));
}

// The same file as the run sees it; what lies outside of the workspace stays.
std::string Remapped(const std::string& path, const Workspace& workspace) {
  if (workspace.original == workspace.effective) return path;
  const std::string below = workspace.original + "/";
  const std::string plain =
      std::filesystem::path(path).lexically_normal().string();
  if (plain.rfind(below, 0) != 0) return path;
  return workspace.effective + "/" + plain.substr(below.size());
}

}  // namespace

bool Workspace::sandboxed() const {
  return MemberOrNull(sandbox, "enabled") == true;
}

Expected<Workspace> ResolveWorkspace(const AttemptParams& params,
                                     const AttemptHost& host) {
  Workspace out;
  if (!params.workspace_dir.empty()) {
    out.original = AbsolutePath(params.workspace_dir, "/");
  }
  out.effective = out.original;
  out.cwd = params.cwd.empty() ? out.original
                               : AbsolutePath(params.cwd, out.original);
  Expected<Json> sandbox = FindSandbox(params, host, out.original);
  if (!sandbox) return Fail(ResolutionFailure(sandbox.error().message));
  out.sandbox = *std::move(sandbox);
  if (!out.sandboxed()) return out;
  if (out.cwd != out.original) {
    return Fail("[copilot-attempt] a sandboxed run cannot work in " + out.cwd +
                    ", which is not its workspace",
                "sandbox_cwd_override_unsupported");
  }
  if (StringMember(out.sandbox, "workspaceAccess") == "rw") return out;
  out.spawn = out.original;
  out.effective = StringMember(out.sandbox, "workspaceDir");
  if (out.effective.empty()) {
    return Fail(ResolutionFailure("the sandbox has no workspaceDir"));
  }
  out.effective = out.cwd = AbsolutePath(out.effective, "/");
  std::error_code failure;
  std::filesystem::create_directories(out.effective, failure);
  if (failure) {
    return Fail(ResolutionFailure(failure.message() + ": " + out.effective));
  }
  return out;
}

std::string WorkspaceInstructions(const Workspace& workspace,
                                  const AttemptHost& host) {
  if (!host.load_bootstrap || workspace.effective.empty()) return "";
  Expected<std::vector<BootstrapFile>> files =
      host.load_bootstrap(workspace.effective);
  if (!files) {
    host.Warn(
        "[copilot-attempt] failed to load workspace bootstrap instructions: " +
        files.error().message);
    return "";
  }
  std::erase_if(*files, [](const BootstrapFile& file) {
    return BaseName(file.path) == "agents.md";
  });
  if (files->empty()) return "";
  for (BootstrapFile& file : *files) file.path = Remapped(file.path, workspace);
  std::stable_sort(files->begin(), files->end(),
                   [](const BootstrapFile& a, const BootstrapFile& b) {
                     const int one = Rank(a.path);
                     const int other = Rank(b.path);
                     if (one != other) return one < other;
                     return Lower(a.path) < Lower(b.path);
                   });
  std::string text =
      "The workspace comes with the following files.\n\n# Project Context";
  if (Rank(files->front().path) == 0) {
    text += "\n\nSOUL.md says who you are: take on its persona and tone.";
  }
  for (const BootstrapFile& file : *files) {
    text += "\n\n## " + file.path + "\n\n" + file.content;
  }
  return text;
}

}  // namespace copilot::harness
