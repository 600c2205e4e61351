// SPDX-License-Identifier: MIT
#include "fake-cli/model/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EventStreamTest, ReadsEventsInOneGo) {
  EventStream stream;
  EXPECT_THAT(stream.Read("data: one\n\ndata:two\n\n"),
              ElementsAre("one", "two"));
}

TEST(EventStreamTest, ReadsEventsSplitAnywhere) {
  EventStream stream;
  std::vector<std::string> all;
  for (const char c : std::string("data: one\r\n\r\ndata: [DONE]\n\n")) {
    for (auto& data : stream.Read({&c, 1})) all.push_back(std::move(data));
  }
  EXPECT_THAT(all, ElementsAre("one", "[DONE]"));
}

TEST(EventStreamTest, SkipsCommentsAndOtherFields) {
  EventStream stream;
  EXPECT_THAT(stream.Read(": keep-alive\n\nevent: x\ndata: one\nid: 7\n\n"),
              ElementsAre("one"));
}

TEST(EventStreamTest, JoinsSeveralDataLines) {
  EventStream stream;
  EXPECT_THAT(stream.Read("data: {\ndata: }\n\n"), ElementsAre("{\n}"));
}

TEST(EventStreamTest, AnEventWithoutItsBlankLineIsNone) {
  EventStream stream;
  EXPECT_THAT(stream.Read("data: one\n"), IsEmpty());
}

}  // namespace
}  // namespace copilot::fake_cli
