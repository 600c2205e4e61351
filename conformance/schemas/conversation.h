// SPDX-License-Identifier: MIT
//
// Follows both sides of one connection, to know what an answer answers.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace copilot::conformance {

class Conversation {
 public:
  // Takes in what the client said.
  void Asked(const nlohmann::json& message) {
    if (!message.is_object() || !message.contains("method")) return;
    asked_[IdOf(message)] = message.value("method", nlohmann::json());
  }

  // The method of the call that a message of the CLI answers; empty when it
  // answers none that is known.
  std::string Answered(const nlohmann::json& message) const {
    if (!message.is_object() || message.contains("method")) return "";
    const auto asked = asked_.find(IdOf(message));
    return asked != asked_.end() && asked->second.is_string()
               ? asked->second.get<std::string>()
               : "";
  }

 private:
  static nlohmann::json IdOf(const nlohmann::json& message) {
    return message.value("id", nlohmann::json());
  }

  std::map<nlohmann::json, nlohmann::json> asked_;  // methods, by id
};

}  // namespace copilot::conformance
