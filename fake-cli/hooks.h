// SPDX-License-Identifier: MIT
//
// The hooks of a session: points of a turn at which clients may step in
// (protocol 14).
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

namespace copilot::fake_cli {

class Session;

class Hooks {
 public:
  using Json = nlohmann::json;

  // The session owns this.
  explicit Hooks(Session& session) : session_(session) {}

  struct Call {
    std::string_view type;  // "preToolUse"; a literal
    Json input;             // but for what every input has
    Json told = nullptr;    // what hook.start shows instead; null: the same
    // What hook.end shows of the output; empty: all of it.
    std::function<Json(const Json& output)> shown = nullptr;
  };

  // Asks the clients and runs `then` with what they answered: an object, empty
  // when nobody has an opinion. At once when the session has no hooks; never
  // when the session is gone by then.
  void Invoke(Call call, std::function<void(const Json& output)> then);

 private:
  Session& session_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace copilot::fake_cli
