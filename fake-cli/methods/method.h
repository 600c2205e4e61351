// SPDX-License-Identifier: MIT
//
// What the handlers of the CLI's methods share (protocol 5 to 8, 16, 18, 25).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "fake-cli/message_queue.h"
#include "fake-cli/server.h"

namespace copilot::fake_cli {

// A call of a method.
struct Call {
  Server& server;
  int connection;
  std::string method;
  nlohmann::json params;
  wire::Responder responder;

  void Result(std::string_view raw) const;
  // "Request <method> failed with message: <text>".
  void Fail(const std::string& text) const;
};

using Method = std::function<void(const Call& call)>;
using MethodTable = std::map<std::string, Method, std::less<>>;

// The handler of a method; null when the CLI does not know it. `connect` is
// the connection's own business.
const Method* FindMethod(std::string_view name);

// How far the fake goes with a method.
enum class Depth {
  kFull,      // as the real CLI, as far as a client can see
  kScripted,  // the same, but a script decides what comes of it
  kStub,      // one plausible answer
  kAbsent,    // the real CLI knows it, the fake does not
};
struct KnownMethod {
  std::string name;
  Depth depth;
};
// All methods, sorted by name.
std::vector<KnownMethod> KnownMethods();

// The methods of each domain.
void AddServerMethods(MethodTable& table);
void AddSessionMethods(MethodTable& table);
void AddTurnMethods(MethodTable& table);
void AddQueueMethods(MethodTable& table);
void AddMcpMethods(MethodTable& table);
void AddHistoryMethods(MethodTable& table);
void AddStateMethods(MethodTable& table);
void AddFileMethods(MethodTable& table);
void AddOptionMethods(MethodTable& table);
void AddEventLogMethods(MethodTable& table);

inline constexpr char kSuccess[] = R"({"success":true})";
inline constexpr char kFailure[] = R"({"success":false})";

// The message that these parameters of session.send describe.
QueuedMessage ReadMessage(const nlohmann::json& params, std::string id);

// The open session of a session-scoped call; answers and returns null without
// one.
std::shared_ptr<Session> Need(const Call& call);

// The id of calls that say it differently when it is missing.
std::optional<std::string> NeedId(const Call& call);

// A call that needs no session and always has the same answer, raw JSON.
Method Always(std::string answer);

}  // namespace copilot::fake_cli
