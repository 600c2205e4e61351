// SPDX-License-Identifier: MIT
#include "conformance/traces/trace.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "conformance/scenario/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Kind = TraceLine::Kind;

const std::map<std::string, Kind>& Kinds() {
  static const std::map<std::string, Kind> kinds = {
      {"files", Kind::kFiles},      {"model", Kind::kModel},
      {"spawn", Kind::kSpawn},      {"exit", Kind::kExit},
      {"client->cli", Kind::kSent}, {"cli->client", Kind::kCame},
      {"note", Kind::kNote},        {"stdout", Kind::kText},
      {"stderr", Kind::kText}};
  return kinds;
}

TraceLine ToLine(const Json& record, Kind kind, int number) {
  TraceLine line;
  line.kind = kind;
  line.number = number;
  line.moment_ms = record.value("t", 0);
  line.message = record.value("msg", Json());
  line.raw = record.value("raw", "");
  if (kind == Kind::kText) line.stream = record["dir"];
  line.connection = record.value("conn", 0);
  line.process = record.value("proc", 0);
  return line;
}

std::string EventKey(const Json& params) {
  const Json& event = Section(params, "event");
  std::string key = "session.event " + event.value("type", "");
  const Json& data = Section(event, "data");
  for (const char* member : {"toolCallId", "hookType"}) {
    const auto name = data.find(member);
    if (name == data.end() || !name->is_string()) continue;
    key += " " + name->get<std::string>();
  }
  return key;
}

}  // namespace

tl::expected<Trace, std::string> LoadTrace(const std::string& path) {
  std::ifstream in(path);
  if (!in) return tl::unexpected(path + ": cannot be read");
  Trace trace;
  trace.name = std::filesystem::path(path).stem().string();
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    const auto fail = [&](const std::string& why) {
      return tl::unexpected(fmt::format("{}:{}: {}", path, number, why));
    };
    const Json record = Json::parse(text, nullptr, false);
    if (!record.is_object()) return fail("not a JSON object");
    const auto dir = record.find("dir");
    if (dir == record.end() || !dir->is_string() ||
        !Kinds().contains(dir->get<std::string>())) {
      return fail(
          "\"dir\" is not files, model, spawn, exit, client->cli, "
          "cli->client, note, stdout or stderr");
    }
    trace.lines.push_back(ToLine(record, Kinds().at(*dir), number));
  }
  return trace;
}

std::string KeyOf(const Json& message) {
  if (!message.is_object()) return "garbage";
  const std::string method =
      message.contains("method") && message["method"].is_string()
          ? message["method"].get<std::string>()
          : "";
  if (method.empty()) return "answer " + message.value("id", Json()).dump();
  const Json& params = Section(message, "params");
  if (message.contains("id")) {
    const std::string hook = params.value("hookType", "");
    return "request " + method + (hook.empty() ? "" : " " + hook);
  }
  if (method == "session.event") return EventKey(params);
  if (method == "host.event") {
    return method + " " + Section(params, "payload").value("kind", "");
  }
  const auto type = params.find("type");
  if (type != params.end() && type->is_string()) {
    return method + " " + type->get<std::string>();
  }
  return method;
}

}  // namespace copilot::conformance
