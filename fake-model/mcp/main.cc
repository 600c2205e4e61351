// SPDX-License-Identifier: MIT
//
// fake-mcp: an MCP server on stdin and stdout, with a few tools that are always
// the same.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using Json = nlohmann::json;

constexpr char kHelp[] =
    R"(fake-mcp: an MCP server (JSON lines on stdin and stdout) for tests.

Usage:
  fake-mcp

Tools:
  echo   {"text"}: says it again
  peek   the same, declared to be read-only
  ask    asks the user for a number (elicitation/create), and tells the answer
  boom   fails

Example, in the parameters of session.create:
  "mcpServers": {"lab": {"type": "local", "command": "fake-mcp", "args": [],
                         "tools": ["*"]}}

Exit codes: 0 when its input ends, 2 for arguments.
)";

Json Schema(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

Json Tools() {
  Json text = Schema({{"text", {{"type", "string"}}}});
  text["required"] = {"text"};
  return {{{"name", "echo"},
           {"description", "lab echo"},
           {"inputSchema", std::move(text)}},
          {{"name", "peek"},
           {"description", "lab read-only echo"},
           {"inputSchema", Schema(Json::object())},
           {"annotations", {{"readOnlyHint", true}}}},
          {{"name", "ask"},
           {"description", "lab elicitation"},
           {"inputSchema", Schema(Json::object())}},
          {{"name", "boom"},
           {"description", "lab failure"},
           {"inputSchema", Schema(Json::object())}}};
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Send(Json message) {
  message["jsonrpc"] = "2.0";
  std::cout << Dump(message) << std::endl;
}

// The next message; null at the end. What is no JSON is passed over.
Json Receive() {
  std::string line;
  while (std::getline(std::cin, line)) {
    Json message = Json::parse(line, nullptr, false);
    if (message.is_object()) return message;
  }
  return nullptr;
}

void Serve(const Json& message);

// Asks the client for a number; serves it meanwhile.
Json Ask() {
  static int asked = 0;
  const Json id = "ask-" + std::to_string(++asked);
  Json form = Schema({{"n", {{"type", "integer"}, {"minimum", 1}}}});
  form["required"] = {"n"};
  Send(
      {{"id", id},
       {"method", "elicitation/create"},
       {"params",
        {{"message", "Pick a number"}, {"requestedSchema", std::move(form)}}}});
  while (true) {
    const Json message = Receive();
    if (message.is_null()) return nullptr;
    if (!message.contains("method") && message.value("id", Json()) == id) {
      return message.value("result", message.value("error", Json()));
    }
    Serve(message);
  }
}

Json Text(const std::string& text) {
  return {{"content", {{{"type", "text"}, {"text", text}}}}};
}

Json Member(const Json& object, const char* name) {
  return object.is_object() ? object.value(name, Json()) : Json();
}

Json Call(const Json& params) {
  const Json name = Member(params, "name");
  if (name == "boom") {
    Json result = Text("lab mcp failure");
    result["isError"] = true;
    return result;
  }
  if (name == "ask") return Text("elicited " + Dump(Ask()));
  const Json text = Member(Member(params, "arguments"), "text");
  return Text("echo: " + (text.is_string() ? text.get<std::string>() : ""));
}

void Serve(const Json& message) {
  const Json method = Member(message, "method");
  if (!method.is_string() || !message.contains("id")) return;
  const Json params = Member(message, "params");
  Json answer = {{"id", message["id"]}};
  if (method == "initialize") {
    const Json version = Member(params, "protocolVersion");
    answer["result"] = {
        {"protocolVersion", version.is_string() ? version : Json("2025-11-25")},
        {"capabilities", {{"tools", Json::object()}}},
        {"serverInfo", {{"name", "fake-mcp"}, {"version", "1.0.0"}}}};
  } else if (method == "tools/list") {
    answer["result"] = {{"tools", Tools()}};
  } else if (method == "ping") {
    answer["result"] = Json::object();
  } else if (method == "tools/call") {
    answer["result"] = Call(params);
  } else {
    answer["error"] = {{"code", -32601},
                       {"message", "no " + method.get<std::string>()}};
  }
  Send(std::move(answer));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    const std::string argument = argv[1];
    const bool help = argument == "--help" || argument == "-h";
    std::fputs(kHelp, help ? stdout : stderr);
    return help ? 0 : 2;
  }
  for (Json message = Receive(); !message.is_null(); message = Receive()) {
    Serve(message);
  }
  return 0;
}
