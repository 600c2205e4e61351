// SPDX-License-Identifier: MIT
#include "fake-cli/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;

std::vector<std::string> TypesIn(const std::string& lines) {
  std::vector<std::string> types;
  std::istringstream in(lines);
  std::string line;
  while (std::getline(in, line)) types.push_back(Json::parse(line)["type"]);
  return types;
}

class EventLogTest : public testing::Test {
 protected:
  EventLog NewLog() {
    return EventLog(
        ids_,
        [this](const std::string& event) {
          sent_.push_back(Json::parse(event));
        },
        [this](std::string_view) { ++persisted_; });
  }

  IdSource ids_{1};
  std::vector<Json> sent_;
  int persisted_ = 0;
  ScratchDirectory scratch_;
  const std::string path_ = scratch_.File("events.jsonl");
};

TEST_F(EventLogTest, AnEventHasTheEnvelopeOfTheCli) {
  EventLog log = NewLog();
  const std::string id = log.Persist("user.message", R"({"content":"hi"})");
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0]["type"], "user.message");
  EXPECT_EQ(sent_[0]["data"]["content"], "hi");
  EXPECT_EQ(sent_[0]["id"], id);
  EXPECT_TRUE(sent_[0]["timestamp"].is_string());
  EXPECT_TRUE(sent_[0]["parentId"].is_null());
  EXPECT_FALSE(sent_[0].contains("ephemeral"));
  EXPECT_FALSE(sent_[0].contains("agentId"));
}

TEST_F(EventLogTest, TheParentIsThePersistedEventBefore) {
  EventLog log = NewLog();
  const std::string first = log.Persist("a", "{}");
  const std::string second = log.Persist("b", "{}");
  log.Persist("c", "{}");
  EXPECT_EQ(sent_[1]["parentId"], first);
  EXPECT_EQ(sent_[2]["parentId"], second);
}

TEST_F(EventLogTest, EphemeralEventsAreSentButNoParentsAndNotKept) {
  EventLog log = NewLog();
  const std::string first = log.Persist("a", "{}");
  log.Ephemeral("e");
  log.Persist("b", "{}");
  EXPECT_EQ(sent_[1]["ephemeral"], true);
  EXPECT_EQ(sent_[1]["parentId"], first);
  EXPECT_EQ(sent_[1]["data"], Json::object());
  EXPECT_EQ(sent_[2]["parentId"], first);
  EXPECT_EQ(log.size(), 2u);
  EXPECT_EQ(persisted_, 2);
}

TEST_F(EventLogTest, HiddenRecordsAreParentsButNeverSent) {
  EventLog log = NewLog();
  log.Materialise(path_);
  const std::string first = log.Persist("a", "{}");
  log.Hide("session.usage_record", R"({"n":1})");
  log.Persist("b", "{}");
  log.Flush();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_NE(sent_[1]["parentId"], first);
  EXPECT_THAT(TypesIn(ReadWhole(path_)),
              ElementsAre("a", "session.usage_record", "b"));
  EXPECT_EQ(Json::parse(log.VisibleEvents()).size(), 2u);
}

TEST_F(EventLogTest, OptionsSetTheAgentAndTheId) {
  EventLog log = NewLog();
  const EventOptions options{.ephemeral = false, .agent_id = "x", .id = "my"};
  EXPECT_EQ(log.Emit("a", "{}", options), "my");
  EXPECT_EQ(sent_[0]["agentId"], "x");
  EXPECT_EQ(sent_[0]["id"], "my");
}

TEST_F(EventLogTest, AReemittedEventIsTheSameAndIsKeptOnce) {
  EventLog log = NewLog();
  log.Persist("a", R"({"n":1})");
  log.Persist("a", R"({"n":2})");
  log.Persist("b", "{}");
  EXPECT_TRUE(log.Reemit("a"));
  ASSERT_EQ(sent_.size(), 4u);
  EXPECT_EQ(sent_[3], sent_[1]);
  EXPECT_EQ(log.size(), 3u);
}

TEST_F(EventLogTest, EphemeralEventsCanBeReemittedAndUnknownOnesNot) {
  EventLog log = NewLog();
  log.Ephemeral("e");
  EXPECT_TRUE(log.Reemit("e"));
  EXPECT_FALSE(log.Reemit("never"));
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(EventLogTest, MaterialisingKeepsWhatCameBefore) {
  EventLog log = NewLog();
  log.Persist("a", "{}");
  log.Flush();
  EXPECT_EQ(ReadWhole(path_), "");
  EXPECT_FALSE(log.materialised());
  log.Materialise(path_);
  log.Persist("b", "{}");
  log.Flush();
  EXPECT_TRUE(log.materialised());
  EXPECT_THAT(TypesIn(ReadWhole(path_)), ElementsAre("a", "b"));
}

TEST_F(EventLogTest, TheSameSystemMessageIsWrittenOnce) {
  EventLog log = NewLog();
  log.Materialise(path_);
  log.Persist("system.message", R"({"content":"be kind"})");
  const std::string user = log.Persist("user.message", "{}");
  const std::string again =
      log.Persist("system.message", R"({"content":"be kind"})");
  log.Persist("assistant.turn_start", "{}");
  log.Persist("system.message", R"({"content":"be brief"})");
  log.Flush();
  const std::string written = ReadWhole(path_);
  EXPECT_THAT(TypesIn(written),
              ElementsAre("system.message", "user.message",
                          "assistant.turn_start", "system.message"));
  EXPECT_EQ(written.find(again), std::string::npos);
  EXPECT_NE(written.find("\"parentId\":\"" + user), std::string::npos);
  EXPECT_EQ(sent_[3]["parentId"], again);
  EXPECT_EQ(log.lines(), 5);
}

TEST_F(EventLogTest, APictureIsNamedByItsAssetInTheFile) {
  EventLog log = NewLog();
  log.Materialise(path_);
  log.Persist("user.message",
              R"({"attachments":[{"mimeType":"image/png","data":"AAAA"}]})");
  log.Flush();
  const Json kept = Json::parse(ReadWhole(path_))["data"]["attachments"][0];
  EXPECT_FALSE(kept.contains("data"));
  EXPECT_EQ(kept["byteLength"], 3);
  EXPECT_EQ(kept["assetId"].get<std::string>().size(), 71u);
  EXPECT_TRUE(sent_[0]["data"]["attachments"][0].contains("data"));
}

TEST_F(EventLogTest, FlushingTwiceWritesOnce) {
  EventLog log = NewLog();
  log.Materialise(path_);
  log.Persist("a", "{}");
  log.Flush();
  log.Flush();
  EXPECT_THAT(TypesIn(ReadWhole(path_)), ElementsAre("a"));
}

TEST_F(EventLogTest, LoadingTakesOverTheHistoryAndItsChain) {
  EventLog before = NewLog();
  before.Materialise(path_);
  before.Persist("a", R"({"n":1})");
  const std::string last = before.Persist("b", "{}");
  before.Flush();

  EventLog after = NewLog();
  ASSERT_TRUE(after.Load(path_));
  EXPECT_EQ(after.VisibleEvents(), before.VisibleEvents());
  after.Persist("c", "{}");
  EXPECT_EQ(sent_.back()["parentId"], last);
  after.Flush();
  EXPECT_THAT(TypesIn(ReadWhole(path_)), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(after.Reemit("a"));
  EXPECT_EQ(sent_.back()["data"]["n"], 1);
}

TEST_F(EventLogTest, LoadingSkipsBrokenLinesAndHidesRecords) {
  scratch_.Write("events.jsonl",
                 "{\"type\":\"a\",\"id\":\"1\",\"data\":{}}\n"
                 "\n"
                 "not json\n"
                 "[1,2]\n"
                 "{\"type\":\"no id\"}\n"
                 "{\"type\":\"session.usage_record\",\"id\":\"2\"}\n"
                 "{\"type\":\"b\",\"id\":\"3\",\"data\":{}}\n"
                 "{\"type\":\"cut o");
  EventLog log = NewLog();
  ASSERT_TRUE(log.Load(path_));
  const Json events = Json::parse(log.VisibleEvents());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["id"], "1");
  EXPECT_EQ(events[1]["id"], "3");
  log.Persist("c", "{}");
  EXPECT_EQ(sent_.back()["parentId"], "3");
}

TEST_F(EventLogTest, AHiddenRecordAtTheEndOfAFileIsTheParent) {
  scratch_.Write("events.jsonl",
                 "{\"type\":\"a\",\"id\":\"1\"}\n"
                 "{\"type\":\"session.usage_record\",\"id\":\"2\"}\n");
  EventLog log = NewLog();
  ASSERT_TRUE(log.Load(path_));
  log.Persist("c", "{}");
  EXPECT_EQ(sent_.back()["parentId"], "2");
}

TEST_F(EventLogTest, AFileWithoutEventsIsNoHistory) {
  EventLog log = NewLog();
  EXPECT_FALSE(log.Load(scratch_.File("none")));
  EXPECT_FALSE(log.Load(scratch_.Write("events.jsonl", "junk\n")));
  EXPECT_FALSE(log.materialised());
}

}  // namespace
}  // namespace copilot::fake_cli
