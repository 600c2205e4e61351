// SPDX-License-Identifier: MIT
#include "fake-model/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;

json Listed(const Models& models) {
  return json::parse(models.OpenAiList())["data"];
}

TEST(ModelsTest, ThereIsOneForEachRouteOfTheCopilotApi) {
  std::vector<json> endpoints;
  for (const json& model : Listed(Models())) {
    endpoints.push_back(model["supported_endpoints"][0]);
  }
  EXPECT_THAT(endpoints, Contains("/chat/completions"));
  EXPECT_THAT(endpoints, Contains("/responses"));
  EXPECT_THAT(endpoints, Contains("/v1/messages"));
}

TEST(ModelsTest, AScriptNamesThemOrTheirMembers) {
  const Models models(json::parse(R"(["a", {"id": "b", "name": "B",
      "policy": null, "capabilities": {"type": "embeddings"}}])"));
  EXPECT_THAT(models.ids(), ElementsAre("a", "b"));
  const json b = Listed(models)[1];
  EXPECT_EQ(b["name"], "B");
  EXPECT_FALSE(b.contains("policy"));
  EXPECT_EQ(b["capabilities"]["type"], "embeddings");
  EXPECT_EQ(b["capabilities"]["object"], "model_capabilities");
}

TEST(ModelsTest, OllamaListsThemItsOwnWay) {
  const json models =
      json::parse(Models(json::array({"llama"})).OllamaList())["models"];
  EXPECT_EQ(models[0]["name"], "llama");
  EXPECT_EQ(models[0]["digest"].get<std::string>().size(), 64u);
}

}  // namespace
}  // namespace copilot::fake_model
