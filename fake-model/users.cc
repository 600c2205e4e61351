// SPDX-License-Identifier: MIT
#include "fake-model/users.h"

#include <fmt/format.h>

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

Quota CompileQuota(const Json& document) {
  Quota quota;
  quota.unlimited = document.value("unlimited", false);
  quota.entitlement = document.value("entitlement", 0.0);
  quota.remaining = document.value("remaining", quota.entitlement);
  quota.overage = document.value("overage", 0.0);
  quota.overage_permitted = document.value("overagePermitted", false);
  return quota;
}

User CompileUser(const Json& document) {
  User user;
  user.token = wire::Secret(document["token"]);
  user.login = document.value("login", user.login);
  user.plan = document.value("plan", user.plan);
  user.quota_reset_date = document.value("quotaResetDate", "");
  const Json quota = document.value("quota", Json::object());
  for (const auto& [id, value] : quota.items()) {
    user.quota[id] = CompileQuota(value);
  }
  return user;
}

// "Bearer tok-a" without its scheme, which the CLI writes in two ways.
std::string Token(const std::string& authorization) {
  const size_t blank = authorization.find(' ');
  return blank == std::string::npos ? "" : authorization.substr(blank + 1);
}

}  // namespace

double Quota::percent_remaining() const {
  if (unlimited) return 100;
  return entitlement > 0 ? 100 * remaining / entitlement : 0;
}

Users::Users(const Json& document) : any_(false) {
  for (const Json& user : document) users_.push_back(CompileUser(user));
}

const User* Users::Find(const std::string& authorization) const {
  const wire::Secret token(Token(authorization));
  if (token.empty()) return nullptr;
  if (any_) return &anybody_;
  for (const User& user : users_) {
    if (user.token == token) return &user;
  }
  return nullptr;
}

std::map<std::string, std::string> QuotaHeaders(const User& user) {
  std::map<std::string, std::string> headers;
  for (const auto& [id, quota] : user.quota) {
    std::string& value = headers["x-quota-snapshot-" + id];
    value = fmt::format("ent={}&ov={}&ovPerm={}&rem={}",
                        quota.unlimited ? -1 : quota.entitlement, quota.overage,
                        quota.overage_permitted, quota.percent_remaining());
    if (!user.quota_reset_date.empty()) {
      value += "&rst=" + user.quota_reset_date;
    }
  }
  return headers;
}

}  // namespace copilot::fake_model
