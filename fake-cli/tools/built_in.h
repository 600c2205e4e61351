// SPDX-License-Identifier: MIT
//
// The CLI's own tools at work, in the session's working directory (protocol
// 10.3, 10.4, 12.1). Texts and telemetry are those of the real CLI 1.0.102.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "fake-cli/permission.h"
#include "fake-cli/tool_result.h"

namespace copilot::fake_cli {

class Session;

// One call. The session outlives it.
class BuiltInTool {
 public:
  using Finish = std::function<void(ToolResult)>;

  virtual ~BuiltInTool() = default;

  // What shows without asking anybody that the call is in vain.
  virtual std::optional<ToolResult> Refusal() { return std::nullopt; }

  // The request that the user has to allow (permission.h); null: none.
  virtual nlohmann::json Permission() { return nullptr; }

  // The result of a call that the user did not allow.
  virtual ToolResult Denied(const Verdict& verdict);

  // Runs `finish` once, now or later; not after Cancel.
  virtual void Run(Finish finish) = 0;

  virtual void Cancel() {}
};

struct ToolCall {
  Session& session;
  std::string id;
  std::string name;
  nlohmann::json arguments;  // an object

  std::string Text(const char* argument) const;
  // An absolute path; `argument` may be relative to the working directory.
  std::string Path(const char* argument) const;
};

// Null for a name that is none of the CLI's.
std::shared_ptr<BuiltInTool> MakeBuiltInTool(ToolCall call);

// The makers of its parts.
std::shared_ptr<BuiltInTool> MakeFileTool(ToolCall call);
std::shared_ptr<BuiltInTool> MakeSearchTool(ToolCall call);
std::shared_ptr<BuiltInTool> MakeShellTool(ToolCall call);
std::shared_ptr<BuiltInTool> MakeWebFetch(ToolCall call);
std::shared_ptr<BuiltInTool> MakeTask(ToolCall call);
std::shared_ptr<BuiltInTool> MakeOtherTool(ToolCall call);

}  // namespace copilot::fake_cli
