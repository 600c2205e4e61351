// SPDX-License-Identifier: MIT
#include "harness/telemetry.h"

#include <gtest/gtest.h>

#include <vector>

namespace copilot::harness {
namespace {

TEST(TelemetryTest, OnlyWhatIsNotSetIsLeftOut) {
  EXPECT_EQ(TelemetryConfig({}), Json::object());
  TelemetrySettings settings;
  settings.otlp_endpoint = "";
  settings.source_name = "mine";
  settings.capture_content = false;
  EXPECT_EQ(TelemetryConfig(settings), Json({{"otlpEndpoint", ""},
                                             {"sourceName", "mine"},
                                             {"captureContent", false}}));
}

class TraceContextTest : public testing::Test {
 protected:
  TraceContextTest() {
    provider_.traceparent = [] { return Expected<std::string>("00-parent"); };
    provider_.tracestate = [] { return Expected<std::string>("a=b"); };
  }
  Json Context() {
    return TraceContext(provider_,
                        [this](const std::string& part, const Error& error) {
                          failed_.push_back(part + ": " + error.message);
                        });
  }

  TraceProvider provider_;
  std::vector<std::string> failed_;
};

TEST_F(TraceContextTest, AWholeContextWinsEvenAnEmptyOne) {
  provider_.get_trace_context = [] { return Expected<Json>(Json::object()); };
  EXPECT_EQ(Context(), Json::object());
}

TEST_F(TraceContextTest, AStateNeedsAParent) {
  EXPECT_EQ(Context(),
            Json({{"traceparent", "00-parent"}, {"tracestate", "a=b"}}));
  provider_.traceparent = nullptr;
  EXPECT_EQ(Context(), Json::object());
}

TEST_F(TraceContextTest, AnEmptyStateIsLeftOut) {
  provider_.get_trace_context = [] { return Expected<Json>(Json(nullptr)); };
  provider_.tracestate = [] { return Expected<std::string>(""); };
  EXPECT_EQ(Context(), Json({{"traceparent", "00-parent"}}));
  EXPECT_TRUE(failed_.empty());
}

TEST_F(TraceContextTest, AProviderThatThrowsGivesWhatIsLeft) {
  provider_.tracestate = []() -> Expected<std::string> { return Fail("s"); };
  EXPECT_EQ(Context(), Json({{"traceparent", "00-parent"}}));
  provider_.traceparent = []() -> Expected<std::string> { return Fail("p"); };
  EXPECT_EQ(Context(), Json::object());
  provider_.get_trace_context = []() -> Expected<Json> { return Fail("c"); };
  EXPECT_EQ(Context(), Json::object());
  EXPECT_EQ(failed_,
            (std::vector<std::string>{"tracestate: s", "traceparent: p",
                                      "getTraceContext: c"}));
  EXPECT_EQ(TraceContext(provider_, nullptr), Json::object());
}

}  // namespace
}  // namespace copilot::harness
