// SPDX-License-Identifier: MIT
#include "fake-model/azure_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;

Answer Text(const std::string& text) {
  Answer answer;
  answer.chunks = {text};
  answer.finish_reason = "stop";
  return answer;
}

TEST(AzureApiTest, BodiesHoldTheContentFiltersFindings) {
  const json body = json::parse(AzureApi().Body(Text("x"), {1, "m"}));
  EXPECT_EQ(body["choices"][0]["message"]["content"], "x");
  EXPECT_EQ(body["choices"][0]["content_filter_results"]["hate"]["severity"],
            "safe");
  EXPECT_EQ(body["prompt_filter_results"][0]["prompt_index"], 0);
}

TEST(AzureApiTest, StreamsBeginWithAnEventWithoutChoices) {
  const auto events = AzureApi().Events(Text("x"), {1, "m"});
  ASSERT_EQ(events.size(), 5u);
  const json first = json::parse(events[0].substr(6));
  EXPECT_TRUE(first["choices"].empty());
  EXPECT_TRUE(first.contains("prompt_filter_results"));
  EXPECT_EQ(json::parse(events[1].substr(6))["choices"][0]["delta"]["content"],
            "x");
}

TEST(AzureApiTest, ErrorsHaveTheStatusAsTheirCode) {
  HttpError error;
  error.status = 429;
  EXPECT_EQ(json::parse(AzureApi().ErrorBody(error))["error"]["code"], "429");
}

TEST(AzureApiTest, TheBodyNeedNotNameTheModel) {
  const json request = {{"messages", {{{"role", "user"}, {"content", "Hi"}}}}};
  EXPECT_TRUE(AzureApi().Check(request).empty());
  EXPECT_FALSE(ChatApi().Check(request).empty());
}

}  // namespace
}  // namespace copilot::fake_model
