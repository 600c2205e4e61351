// SPDX-License-Identifier: MIT
#include "fake-model/routes.h"

#include <gtest/gtest.h>

namespace copilot::fake_model {
namespace {

// The type of the content of a stream tells Ollama's API from the others, the
// form of an error the rest.
std::string ErrorAt(const std::string& path) {
  const Routes routes;
  const Api* const api = routes.Find(path).api;
  HttpError error;
  error.status = 404;
  error.message = "m";
  return api == nullptr ? "" : api->ErrorBody(error);
}

TEST(RoutesTest, AnyBasePathWillDo) {
  EXPECT_EQ(ErrorAt("/chat/completions"), ErrorAt("/a/v1/chat/completions"));
  EXPECT_NE(ErrorAt("/chat/completions"), "");
  EXPECT_NE(ErrorAt("/v1/responses"), "");
  EXPECT_EQ(ErrorAt("/v1/models"), "");
}

TEST(RoutesTest, EachApiIsFoundByItsPath) {
  EXPECT_EQ(ErrorAt("/base/v1/messages").find(R"({"type":"error")"), 0u);
  EXPECT_EQ(ErrorAt("/api/chat"), R"({"error":"m"})");
  EXPECT_EQ(ErrorAt("/openai/v1/chat/completions"),
            R"({"error":{"code":"404","message":"m"}})");
}

TEST(RoutesTest, AzuresPathNamesTheDeployment) {
  const Routes routes;
  EXPECT_EQ(
      routes.Find("/openai/deployments/gpt-4.1/chat/completions").deployment,
      "gpt-4.1");
  EXPECT_EQ(routes.Find("/openai/v1/chat/completions").deployment, "");
}

}  // namespace
}  // namespace copilot::fake_model
