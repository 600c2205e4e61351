// SPDX-License-Identifier: MIT
#include "harness/supports.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

const Json kAccepted = {{"supported", true}, {"priority", 100}};

Json Refused(const std::string& reason) {
  return {{"supported", false}, {"reason", reason}};
}

Json Custom(const Json& more = Json::object()) {
  Json context = {
      {"runtime", "copilot"},
      {"provider", "acme"},
      {"ownerStatus", "unowned"},
      {"owners", Json::array()},
      {"model", {{"api", "openai-responses"}, {"baseUrl", "https://x/v1"}}}};
  context.update(more);
  return context;
}

TEST(SupportsTest, TheRuntimeMustBeAskedFor) {
  for (const Json& runtime :
       {Json("auto"), Json("pi"), Json(nullptr), Json("")}) {
    EXPECT_EQ(Supports({{"runtime", runtime}, {"provider", "github-copilot"}}),
              Refused("copilot is opt-in only"));
  }
}

TEST(SupportsTest, NamesIgnoreCaseAndBlanks) {
  EXPECT_EQ(
      Supports({{"runtime", " COPILOT "}, {"provider", "  GitHub-Copilot  "}}),
      kAccepted);
}

TEST(SupportsTest, AProviderIsRequired) {
  EXPECT_EQ(Supports({{"runtime", "copilot"}, {"provider", " "}}),
            Refused("provider is required"));
}

TEST(SupportsTest, UnownedProvidersWithTheListedApisAreSupported) {
  for (const char* api : {"openai-responses", "openai-completions", "ollama",
                          "azure-openai-responses", "anthropic-messages"}) {
    EXPECT_EQ(
        Supports(Custom({{"model", {{"api", api}, {"baseUrl", "https://x"}}}})),
        kAccepted)
        << api;
  }
}

TEST(SupportsTest, OwnershipDecidesNotTheName) {
  const Json refused = Refused("provider is not one of: github-copilot");
  EXPECT_EQ(Supports(Custom({{"ownerStatus", "owned"}, {"owners", {"acme"}}})),
            refused);
  EXPECT_EQ(
      Supports(Custom({{"ownerStatus", "ambiguous"}, {"owners", {"a", "b"}}})),
      refused);
  Json without_list = Custom();
  without_list.erase("owners");
  EXPECT_EQ(Supports(without_list), refused);
}

TEST(SupportsTest, ShapesAndOverridesThatDoNotWorkAreRefused) {
  const Json refused = Refused(
      "provider is not a supported Copilot BYOK model (requires supported api, "
      "baseUrl, and no request transport policy overrides)");
  Json model = {{"api", "openai-responses"}, {"baseUrl", "https://x/v1"}};
  for (const char* name : {"proxy", "tls", "allowPrivateNetwork"}) {
    Json with = model;
    with["request"] = {{name, false}};
    EXPECT_EQ(Supports(Custom({{"model", with}})), refused) << name;
  }
  EXPECT_EQ(Supports(Custom({{"model", {{"api", "openai-responses"}}}})),
            refused);
  EXPECT_EQ(Supports(Custom({{"model", {{"baseUrl", "https://x"}}}})), refused);
  EXPECT_EQ(
      Supports(Custom({{"model", {{"api", "x"}, {"baseUrl", "https://x"}}}})),
      refused);
}

}  // namespace
}  // namespace copilot::harness
