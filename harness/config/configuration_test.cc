// SPDX-License-Identifier: MIT
#include "harness/config/configuration.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

class ConfigurationTest : public testing::Test {
 protected:
  Configuration Parsed(const std::string& text) {
    const auto parsed = ParseConfiguration(text, "c.json5", environment_);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
    return parsed ? *parsed : Configuration{};
  }
  std::string Complaint(const std::string& text) {
    const auto parsed = ParseConfiguration(text, "c.json5", environment_);
    if (parsed) return "no error";
    EXPECT_EQ(parsed.error().code, "CONFIG");
    return parsed.error().message;
  }

  FakeEnvironment environment_;
};

TEST_F(ConfigurationTest, ReferencesAreReplaced) {
  environment_.variables = {{"A", "one"}, {"B_2", "two"}};
  const std::pair<const char*, const char*> cases[] = {
      {"${A}", "one"},        {"x${A}y${B_2}z", "xoneytwoz"},
      {"$${A}", "${A}"},      {"$$${A}", "$${A}"},
      {"$A", "$A"},           {"${a}", "${a}"},
      {"${}", "${}"},         {"${A", "${A"},
      {"${2}", "${2}"},       {"$", "$"},
      {"${A}${A}", "oneone"}, {"${A}$${A}", "one${A}"},
      {"${${A}}", "${one}"},  {"${A B}", "${A B}"},
  };
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(Parsed("{x: ['" + std::string(text) + "']}").document["x"][0],
              value)
        << text;
  }
}

TEST_F(ConfigurationTest, WhatAVariableHoldsIsNotExpandedAgain) {
  environment_.variables = {{"A", "${B}"}};
  EXPECT_EQ(Parsed("{x: '${A}'}").document["x"], "${B}");
}

TEST_F(ConfigurationTest, EveryMissingVariableIsNamedWithItsPath) {
  environment_.variables = {{"EMPTY", ""}};
  EXPECT_EQ(
      Complaint("{models: {providers: {'my-proxy': {apiKey: '${KEY}'}}},\n"
                " list: [{url: 'https://${EMPTY}/'}]}"),
      "c.json5: $.list[0].url: expected the variable EMPTY to be set, it is "
      "missing or empty\n"
      "c.json5: $.models.providers[\"my-proxy\"].apiKey: expected the variable "
      "KEY to be set, it is missing or empty");
}

TEST_F(ConfigurationTest, AKeyMayBeAReferenceToAVariable) {
  const std::string text =
      "{p: {apiKey: {source: 'env', provider: 'default', id: 'KEY'}}}";
  EXPECT_EQ(Complaint(text),
            "c.json5: $.p.apiKey.id: expected the variable KEY to be set, it "
            "is missing or empty");
  environment_.variables["KEY"] = "the-key";
  const Configuration configuration = Parsed(text);
  EXPECT_EQ(configuration.document["p"]["apiKey"], "the-key");
  EXPECT_EQ(configuration.Redacted("the-key"), wire::Fingerprint("the-key"));
}

TEST_F(ConfigurationTest, TextThatIsNoConfigurationIsRefused) {
  EXPECT_EQ(Complaint("{\n a 1}"), "c.json5:2:4: expected ':', got '1'");
  EXPECT_EQ(Complaint("[]"), "c.json5: $: expected an object, got array");
}

TEST_F(ConfigurationTest, SecretsAreShownAsFingerprints) {
  environment_.variables = {{"KEY", "from-variable"},
                            {"LONGER", "from-variable-and-more"},
                            {"HOST", "secret.example"},
                            {"PLACE", "/srv/agents"}};
  const Configuration configuration = Parsed(R"({
    models: { providers: { x: {
      apiKey: "literal-key", baseUrl: "https://${HOST}/v1",
      headers: { a: "Bearer ${KEY}", b: ["header-value"], c: "${LONGER}",
                 d: "short" } } } },
    agents: { list: [ { id: "main", agentDir: "${PLACE}" } ] } })");
  for (const char* secret :
       {"literal-key", "from-variable", "from-variable-and-more",
        "Bearer from-variable", "header-value", "secret.example"}) {
    EXPECT_EQ(configuration.Redacted(std::string("<") + secret + ">"),
              "<" + wire::Fingerprint(secret) + ">");
  }
  EXPECT_EQ(configuration.Redacted("/srv/agents in short, plain text"),
            "/srv/agents in short, plain text");
}

TEST_F(ConfigurationTest, AFileIsReadOrTheErrorNamesIt) {
  std::string pattern = testing::TempDir() + "/configuration-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  const std::string path = directory + "/openclaw.json";
  std::ofstream(path) << "{a: 1}";
  const auto loaded = LoadConfiguration(path, environment_);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->document, Json({{"a", 1}}));
  const auto missing = LoadConfiguration(path + "x", environment_);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message,
            path + "x: cannot be read: No such file or directory");
  EXPECT_FALSE(LoadConfiguration(directory, environment_).has_value());
  std::filesystem::resize_file(path, kMostConfigurationBytes + 1);
  const auto big = LoadConfiguration(path, environment_);
  ASSERT_FALSE(big.has_value());
  EXPECT_EQ(big.error().message, path + ": expected at most 2097152 bytes");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace copilot::harness
