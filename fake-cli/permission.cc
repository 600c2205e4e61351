// SPDX-License-Identifier: MIT
#include "fake-cli/permission.h"

#include <fmt/format.h>

#include "fake-cli/json_read.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Json ShellRequest(const Json& wanted) {
  const std::string command = TextOf(wanted, "fullCommandText", "echo hi");
  return {{"fullCommandText", command},
          {"shellType", "bash"},
          {"intention", "Run a command"},
          {"commands",
           Json::array({{{"identifier", command}, {"readOnly", false}}})},
          {"commandSegments",
           Json::array({{{"identifier", command.substr(0, command.find(' '))},
                         {"fullCommandText", command},
                         {"allowMatchIdentifier", nullptr},
                         {"staticTokens", nullptr},
                         {"hasUnboundExecutableContent", false},
                         {"workingDirectory", nullptr}}})},
          {"possiblePaths", Json::array()},
          {"canOfferSessionApproval", false},
          {"hasWriteFileRedirection", false},
          {"possibleUrls", Json::array()}};
}

// The members of a kind, before the script's own are laid over them.
Json Shape(const std::string& kind, const Json& wanted) {
  if (kind == "shell") return ShellRequest(wanted);
  if (kind == "write") {
    const std::string file = TextOf(wanted, "fileName", "/tmp/file.txt");
    return {{"intention", "Create file"},
            {"fileName", file},
            {"diff", ""},
            {"newFileContents", ""},
            {"fileEdits",
             Json::array({{{"after", {{"path", file}, {"content", ""}}}}})},
            {"canOfferSessionApproval", true}};
  }
  if (kind == "read") {
    const std::string path = TextOf(wanted, "path", "/tmp/file.txt");
    return {{"intention", "Read file: " + path}, {"path", path}};
  }
  if (kind == "url") {
    return {{"intention", "Fetch content from this URL."},
            {"url", "https://example.com/"},
            {"requestSandboxBypass", false},
            {"requestSandboxBypassReason", nullptr}};
  }
  if (kind == "mcp") {
    const std::string server = TextOf(wanted, "serverName", "server");
    return {{"serverName", server},
            {"toolName", server + "-tool"},
            {"toolTitle", "Tool"},
            {"args", Json::object()},
            {"readOnly", false}};
  }
  if (kind == "memory") {
    return {{"subject", "subject"}, {"fact", "fact"}, {"citations", ""}};
  }
  if (kind == "hook") {
    return {{"toolName", "bash"},
            {"toolArgs", Json::object()},
            {"hookMessage", "A hook asks."}};
  }
  return Json::object();
}

std::string ApprovalKey(const std::string& kind, const Json& request) {
  for (const char* name :
       {"fullCommandText", "fileName", "path", "url", "toolName"}) {
    const std::string value = TextOf(request, name, "");
    if (!value.empty()) return kind + ":" + value;
  }
  return kind;
}

}  // namespace

PermissionAsked MakePermission(const Json& wanted,
                               const std::string& tool_call_id,
                               const std::string& session_id) {
  const std::string kind = TextOf(wanted, "kind", "shell");
  Json request = Shape(kind, wanted);
  request.update(wanted);
  request.erase("as");
  request["kind"] = kind;
  request["toolCallId"] = tool_call_id;
  Json prompt = request;
  if (kind == "shell") {
    const std::string command = TextOf(request, "fullCommandText", "");
    prompt = {{"kind", "commands"},
              {"fullCommandText", command},
              {"intention", request.value("intention", "")},
              {"commandIdentifiers", Json::array({command})},
              {"canOfferSessionApproval", false},
              {"toolCallId", tool_call_id}};
  }
  if (kind == "mcp") {
    // People see the name that the server gave the tool.
    const std::string name = TextOf(request, "toolName", "");
    const std::string prefix = TextOf(request, "serverName", "") + "-";
    if (name.rfind(prefix, 0) == 0) {
      prompt["toolName"] = name.substr(prefix.size());
    }
    prompt.erase("readOnly");
  }
  if (kind == "write") prompt["_permissionRequestSessionId"] = session_id;
  if (kind == "url") {
    prompt.erase("requestSandboxBypass");
    prompt.erase("requestSandboxBypassReason");
  }
  return {Dump(request), Dump(prompt), ApprovalKey(kind, request)};
}

bool PermissionRule::Covers(const Json& wanted) const {
  if (TextOf(wanted, "kind", "shell") != kind) return false;
  if (argument.empty()) return true;
  for (const char* name : {"fullCommandText", "fileName", "path", "url",
                           "serverName", "toolName"}) {
    const std::string value = TextOf(wanted, name, "");
    if (!value.empty()) return value.rfind(argument, 0) == 0;
  }
  return false;
}

ToolRequest BuiltInCall(const Json& permission) {
  const std::string kind = TextOf(permission, "kind", "shell");
  ToolRequest call;
  call.permission = permission;
  call.capture = TextOf(permission, "as", "");
  Json arguments = Json::object();
  if (kind == "shell") {
    call.name = "bash";
    arguments = {
        {"command", TextOf(permission, "fullCommandText", "echo hi")},
        {"description", TextOf(permission, "intention", "Run a command")}};
  } else if (kind == "write") {
    call.name = "create";
    arguments = {{"path", TextOf(permission, "fileName", "/tmp/file.txt")}};
  } else if (kind == "read") {
    call.name = "view";
    arguments = {{"path", TextOf(permission, "path", "/tmp/file.txt")}};
  } else if (kind == "url") {
    call.name = "web_fetch";
    arguments = {{"url", TextOf(permission, "url", "https://example.com/")}};
  } else if (kind == "mcp") {
    call.name = TextOf(permission, "serverName", "server") + "-tool";
  } else if (kind == "memory") {
    call.name = "store_memory";
  } else {
    call.name = TextOf(permission, "toolName", "bash");
  }
  call.arguments = arguments.dump();
  return call;
}

Verdict Judge(const Json& decision) {
  const std::string kind =
      decision.is_object() ? TextOf(decision, "kind", "") : "";
  Verdict verdict;
  if (kind == "approve-once" || kind == "approve-for-session" ||
      kind == "approve-for-location") {
    verdict.approved = true;
    verdict.remember = kind != "approve-once";
    return verdict;
  }
  verdict.code = "denied";
  if (kind == "reject") {
    verdict.message = "The user rejected this tool call.";
    const std::string feedback = TextOf(decision, "feedback", "");
    if (feedback.empty()) {
      verdict.code = "rejected";
      verdict.ends_turn = true;
    } else {
      verdict.message += " User feedback: " + feedback;
    }
  } else if (kind == "user-not-available" || kind == "cancelled") {
    verdict.error =
        "Permission denied and could not request permission from user";
    verdict.message = verdict.error +
                      ". Copilot needed the user's approval and no one could "
                      "answer.";
  } else {
    constexpr char kFlow[] =
        "native tool permission flow failed: GenericFailure, permission ";
    verdict.code = "failure";
    if (kind == "approved") {
      verdict.message = fmt::format(
          "{}orchestrator internal error: unexpected user permission response: "
          "approved",
          kFlow);
    } else if (kind.empty()) {
      verdict.message = fmt::format(
          "{}host returned malformed payload: invalid type: {}, expected "
          "internally tagged enum UserToolResponseDto",
          kFlow, decision.type_name());
    } else {
      verdict.message = fmt::format(
          "{}host returned malformed payload: unknown variant `{}`, expected "
          "one of `approve-once`, `approve-for-session`, "
          "`approve-for-location`, `reject`, `user-not-available`, `approved`",
          kFlow, kind);
    }
  }
  if (verdict.error.empty()) verdict.error = verdict.message;
  return verdict;
}

}  // namespace copilot::fake_cli
