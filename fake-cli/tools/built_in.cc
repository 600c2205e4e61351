// SPDX-License-Identifier: MIT
#include "fake-cli/tools/built_in.h"

#include <filesystem>
#include <utility>

#include "fake-cli/session.h"

namespace copilot::fake_cli {

ToolResult BuiltInTool::Denied(const Verdict& verdict) {
  ToolResult result = Failed(verdict.message, verdict.error, verdict.code);
  result.members = {{"sessionLog", verdict.error}};
  return result;
}

std::string ToolCall::Text(const char* argument) const {
  const auto at = arguments.find(argument);
  return at != arguments.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string ToolCall::Path(const char* argument) const {
  const std::filesystem::path path = Text(argument);
  if (path.is_absolute()) return path.string();
  return (std::filesystem::path(session.config.working_directory) / path)
      .lexically_normal()
      .string();
}

std::shared_ptr<BuiltInTool> MakeBuiltInTool(ToolCall call) {
  if (!call.arguments.is_object()) call.arguments = nlohmann::json::object();
  for (const auto make : {MakeFileTool, MakeSearchTool, MakeShellTool,
                          MakeWebFetch, MakeOtherTool}) {
    if (auto tool = make(call)) return tool;
  }
  return nullptr;
}

}  // namespace copilot::fake_cli
