// SPDX-License-Identifier: MIT
#include "harness/native_hooks.h"

#include <gtest/gtest.h>

#include <vector>

namespace copilot::harness {
namespace {

class NativeHooksTest : public testing::Test {
 protected:
  NativeHooks Make() {
    return MakeNativeHooks(config_, [this](const std::string& text) {
      warnings_.push_back(text);
    });
  }
  void FailAt(const std::string& name) {
    config_.handlers[name] = [](const Json&, const Json&) -> Expected<Json> {
      return Fail("boom");
    };
  }

  NativeHookConfig config_;
  std::vector<std::string> warnings_;
};

TEST_F(NativeHooksTest, NothingConfiguredIsNoHook) {
  EXPECT_TRUE(Make().empty());
}

TEST_F(NativeHooksTest, ANotifierAloneIsNoHook) {
  config_.on_error = [](const std::string&, const Error&) { return Status(); };
  EXPECT_TRUE(Make().empty());
}

TEST_F(NativeHooksTest, OnlyWhatIsConfiguredIsThere) {
  FailAt("onPreToolUse");
  FailAt("onSomethingElse");
  config_.handlers["onSessionEnd"] = nullptr;
  const NativeHooks hooks = Make();
  ASSERT_EQ(hooks.size(), 1u);
  EXPECT_EQ(hooks.begin()->first, "preToolUse");
}

TEST_F(NativeHooksTest, AFailureHasNoOpinionAndIsReportedWithItsName) {
  FailAt("onPreToolUse");
  std::string name;
  std::string cause;
  config_.on_error = [&](const std::string& hook, const Error& error) {
    name = hook;
    cause = error.message;
    return Status();
  };
  EXPECT_TRUE(Make()["preToolUse"]({}, "s").is_null());
  EXPECT_EQ(name, "onPreToolUse");
  EXPECT_EQ(cause, "boom");
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(NativeHooksTest, WithoutNotifierAFailureIsLoggedOnce) {
  FailAt("onPostToolUse");
  Make()["postToolUse"]({}, "s");
  EXPECT_EQ(warnings_, (std::vector<std::string>{
                           "[copilot hooks-bridge] onPostToolUse handler "
                           "threw: boom"}));
}

TEST_F(NativeHooksTest, ANotifierThatFailsIsPassedOver) {
  FailAt("onSessionEnd");
  config_.on_error = [](const std::string&, const Error&) -> Status {
    return Fail("worse");
  };
  EXPECT_TRUE(Make()["sessionEnd"]({}, "s").is_null());
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(NativeHooksTest, AllEightPassArgumentsAndResultsOn) {
  const std::map<std::string, std::string> names = {
      {"onPreToolUse", "preToolUse"},
      {"onPreMcpToolCall", "preMcpToolCall"},
      {"onPostToolUse", "postToolUse"},
      {"onPostToolUseFailure", "postToolUseFailure"},
      {"onUserPromptSubmitted", "userPromptSubmitted"},
      {"onSessionStart", "sessionStart"},
      {"onSessionEnd", "sessionEnd"},
      {"onErrorOccurred", "errorOccurred"}};
  for (const auto& [name, type] : names) {
    config_.handlers[name] = [name = name](const Json& input,
                                           const Json& invocation) {
      return Expected<Json>(Json{{name, {input, invocation}}});
    };
  }
  NativeHooks hooks = Make();
  ASSERT_EQ(hooks.size(), 8u);
  for (const auto& [name, type] : names) {
    EXPECT_EQ(hooks[type]({{"a", 1}}, "s1"),
              Json({{name, {{{"a", 1}}, {{"sessionId", "s1"}}}}}));
  }
}

}  // namespace
}  // namespace copilot::harness
