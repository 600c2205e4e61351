// SPDX-License-Identifier: MIT
#include "fake-model/copilot_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;

CopilotApi Api(const char* users = nullptr) {
  return CopilotApi(users == nullptr ? Users() : Users(json::parse(users)),
                    Models(json::array({"first", "second"})));
}

CopilotRequest Request(const std::string& method, const std::string& path,
                       json body = nullptr) {
  return {method, path, "http://127.0.0.1:8080", "Bearer tok-a", body};
}

json Answered(const CopilotApi& api, const CopilotRequest& request) {
  const auto reply = api.Answer(request);
  EXPECT_TRUE(reply) << request.path;
  return reply ? json::parse(reply->body) : json();
}

TEST(CopilotApiTest, SaysWhoseTheTokenIsAndWhereModelsAre) {
  const json user =
      Answered(Api(R"([{"token": "tok-a", "login": "ada", "quota": {"chat":
              {"entitlement": 50, "remaining": 25}}}])"),
               Request("GET", "/copilot_internal/user"));
  EXPECT_EQ(user["login"], "ada");
  EXPECT_EQ(user["copilot_plan"], "individual_pro");
  EXPECT_EQ(user["endpoints"]["api"], "http://127.0.0.1:8080");
  EXPECT_EQ(user["quota_snapshots"]["chat"]["percent_remaining"], 50);
}

TEST(CopilotApiTest, KnowsNoOtherTokens) {
  const auto reply = Api(R"([{"token": "tok-b"}])")
                         .Answer(Request("GET", "/copilot_internal/user"));
  EXPECT_EQ(reply->status, 401);
  EXPECT_EQ(json::parse(reply->body)["message"], "Bad credentials");
}

TEST(CopilotApiTest, ChoosesTheFirstModel) {
  EXPECT_EQ(Answered(Api(), Request("POST", "/auto"))["selected_model"]["id"],
            "first");
  const json session = Answered(Api(), Request("POST", "/models/session"));
  EXPECT_EQ(session["available_models"], json({"first", "second"}));
  EXPECT_EQ(session["selected_model"], "first");
  EXPECT_EQ(Answered(Api(),
                     Request("POST", "/models/session/intent"))["chosen_model"],
            "first");
}

TEST(CopilotApiTest, HasAnMcpServerWithoutTools) {
  const auto ask = [](const char* method) {
    return Answered(
        Api(), Request("POST", "/mcp/readonly",
                       {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}}));
  };
  EXPECT_EQ(ask("initialize")["result"]["serverInfo"]["name"], "fake-model");
  EXPECT_EQ(ask("tools/list")["result"]["tools"], json::array());
  EXPECT_EQ(ask("server/discover")["error"]["code"], -32601);
  const auto notified = Api().Answer(
      Request("POST", "/mcp", {{"method", "notifications/initialized"}}));
  EXPECT_EQ(notified->status, 202);
  EXPECT_EQ(notified->body, "");
}

TEST(CopilotApiTest, LeavesOtherRoutesAlone) {
  EXPECT_FALSE(Api().Answer(Request("POST", "/chat/completions")));
  EXPECT_FALSE(Api().Answer(Request("POST", "/copilot_internal/user")));
}

}  // namespace
}  // namespace copilot::fake_model
