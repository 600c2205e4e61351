// SPDX-License-Identifier: MIT
//
// A call of a tool of an MCP server.
#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_read.h"
#include "fake-cli/mcp/servers.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

ToolResult Broken(const McpTool& tool, const McpFailure& failure) {
  const std::string text =
      fmt::format("MCP server '{}': {}", tool.server, failure.text);
  ToolResult result = Failed(text, text);
  result.members = {{"sessionLog", text}};
  result.telemetry = {
      {"properties",
       {{"failure_category",
         failure.answered ? "protocol_server_error" : "transport_error"},
        {"failure_stage", "invoke"}}}};
  return result;
}

// What a server said, failed or not.
ToolResult Read(const McpTool& tool, const Json& said) {
  const Json& contents = ListOf(said, "content");
  std::string text;
  int64_t bytes = 0;
  Json pictures = Json::array();
  for (const Json& part : contents) {
    const std::string type = TextOf(part, "type");
    if (type == "text") {
      const std::string piece = TextOf(part, "text");
      bytes += static_cast<int64_t>(piece.size());
      text += (text.empty() ? "" : "\n\n") + piece;
    } else if (type == "image") {
      pictures.push_back({{"type", "image"},
                          {"data", TextOf(part, "data")},
                          {"mimeType", TextOf(part, "mimeType")}});
    }
  }
  const bool failed = FlagOf(said, "isError");
  if (failed) text = fmt::format("MCP server '{}': {}", tool.server, text);
  Json metrics = {{"mcp_result_content_bytes", bytes}};
  const Json& structured = MemberOf(said, "structuredContent");
  if (!structured.is_null()) {
    const std::string shown = Dump(structured);
    metrics["mcp_structured_content_bytes"] = shown.size();
    text += (text.empty() ? "" : "\n\n") + shown;
  }
  ToolResult result = failed ? Failed(text, text) : Succeeded(text);
  result.members = {{"sessionLog", text}, {"contents", contents}};
  if (!failed) result.members["binaryResultsForLlm"] = std::move(pictures);
  if (!structured.is_null()) result.members["structuredContent"] = structured;
  result.telemetry = {{"metrics", std::move(metrics)}};
  if (failed) {
    result.told_of_failure = true;
    result.telemetry["properties"] = {{"failure_category", "server_error"},
                                      {"failure_stage", "invoke"}};
  }
  return result;
}

class RemoteTool : public BuiltInTool,
                   public std::enable_shared_from_this<RemoteTool> {
 public:
  RemoteTool(ToolCall call, McpTool tool)
      : call_(std::move(call)), tool_(std::move(tool)) {}

  Json Permission() override {
    if (tool_.read_only) return nullptr;
    return {{"kind", "mcp"},
            {"serverName", tool_.server},
            {"toolName", tool_.full_name()},
            {"toolTitle", tool_.title},
            {"args", call_.arguments},
            {"readOnly", false}};
  }

  ToolResult Denied(const Verdict& verdict) override {
    const std::string code = verdict.ends_turn ? "rejected" : verdict.code;
    ToolResult result = Failed(verdict.message, verdict.error, code);
    result.members = {{"sessionLog", verdict.error}};
    result.telemetry = {{"properties",
                         {{"failure_category", "permission_denied"},
                          {"failure_stage", "permission"}}}};
    return result;
  }

  void Run(Finish finish) override {
    finish_ = std::move(finish);
    call_.session.mcp.Call(
        tool_, call_.arguments,
        [weak = weak_from_this()](const tl::expected<Json, McpFailure>& said) {
          const auto self = weak.lock();
          if (!self || !self->finish_) return;
          const auto finish = std::exchange(self->finish_, nullptr);
          if (said && said->is_object()) {
            finish(Read(self->tool_, *said));
          } else {
            finish(Broken(self->tool_, said ? McpFailure{false, "no result", ""}
                                            : said.error()));
          }
        });
  }

  void Cancel() override { finish_ = nullptr; }

 private:
  const ToolCall call_;
  const McpTool tool_;
  Finish finish_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeMcpTool(ToolCall call, const McpTool& tool) {
  return std::make_shared<RemoteTool>(std::move(call), tool);
}

}  // namespace copilot::fake_cli
