// SPDX-License-Identifier: MIT
//
// Whose tokens the Copilot API knows, and what they may use.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "wire/secret.h"

namespace copilot::fake_model {

struct Quota {
  double entitlement = 0;
  double remaining = 0;
  bool unlimited = false;
  double overage = 0;
  bool overage_permitted = false;

  // 0 to 100.
  double percent_remaining() const;
};

struct User {
  wire::Secret token;
  std::string login = "octocat";
  std::string plan = "individual_pro";
  std::map<std::string, Quota> quota;  // by id, "premium_interactions"
  std::string quota_reset_date;        // "2026-12-01", or empty
};

class Users {
 public:
  // Any token is octocat's.
  Users() = default;

  // `users` of a script: no other token is valid.
  explicit Users(const nlohmann::json& document);

  // The user of the token in the value of an Authorization header; null when
  // there is none.
  const User* Find(const std::string& authorization) const;

 private:
  bool any_ = true;
  User anybody_;
  std::vector<User> users_;
};

// What the Copilot API says about the user's quota with each answer of a model,
// as headers.
std::map<std::string, std::string> QuotaHeaders(const User& user);

}  // namespace copilot::fake_model
