// SPDX-License-Identifier: MIT
//
// What a signed-in CLI asks of GitHub besides models' answers: whose the token
// is, which models there are, which to take (protocol 27).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "fake-model/models.h"
#include "fake-model/users.h"

namespace copilot::fake_model {

struct CopilotRequest {
  std::string method;
  std::string path;           // without the query
  std::string origin;         // "http://127.0.0.1:8080", as the client named it
  std::string authorization;  // the value of the header
  nlohmann::json body;        // null: none
};

struct CopilotReply {
  int status = 200;
  std::string body;  // JSON, or empty
};

// Does not change: any thread may call it at any time.
class CopilotApi {
 public:
  CopilotApi(Users users, Models models)
      : users_(std::move(users)), models_(std::move(models)) {}

  const Users& users() const { return users_; }
  const Models& models() const { return models_; }

  // The answer, or nothing when it is no route of this API. Telemetry needs no
  // token.
  std::optional<CopilotReply> Answer(const CopilotRequest& request) const;

  // What an unknown token gets.
  static CopilotReply BadCredentials();

 private:
  std::string UserBody(const User& user, const std::string& origin) const;

  // The first model, for sessions that leave the choice to the service; null
  // when that is not what the path is for.
  nlohmann::json Choice(const std::string& path) const;

  Users users_;
  Models models_;
};

}  // namespace copilot::fake_model
