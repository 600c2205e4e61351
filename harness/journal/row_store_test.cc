// SPDX-License-Identifier: MIT
#include "harness/journal/row_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/session_event.h"

namespace copilot::harness {
namespace {

using testing::ElementsAre;

Row Said(const std::string& key, const std::string& text) {
  const Json message = {{"role", "user"}, {"content", text}};
  return {key, Fingerprint(message), message};
}

class FileRowStoreTest : public testing::Test {
 protected:
  FileRowStoreTest() { std::filesystem::remove_all(directory_); }
  ~FileRowStoreTest() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<RowStore> Open() {
    return MakeFileRowStore(MakeTranscriptFile(), path_);
  }
  static Status Append(RowStore& store, const std::vector<Row>& rows) {
    return store.Extend(
        [&](const RowsByKey&) { return Expected<std::vector<Row>>(rows); });
  }
  static std::vector<std::string> Keys(RowStore& store) {
    std::vector<std::string> keys;
    (void)store.Extend([&](const RowsByKey& stored) {
      for (const auto& [key, row] : stored) keys.push_back(key);
      return Expected<std::vector<Row>>();
    });
    return keys;
  }
  std::string Text() const {
    std::ifstream in(path_);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  const std::string directory_ =
      testing::TempDir() + "row_store_" + std::to_string(getpid());
  const std::string path_ = directory_ + "/a/b.jsonl";
};

TEST_F(FileRowStoreTest, RowsAreLinesWithTheirKeys) {
  const auto store = Open();
  ASSERT_TRUE(Append(*store, {Said("k1", "one"), Said("k2", "two")}));
  std::istringstream lines(Text());
  std::string line;
  std::vector<std::string> keys;
  while (std::getline(lines, line)) {
    const Json row = Json::parse(line);
    EXPECT_EQ(row["type"], "message");
    keys.push_back(row["message"]["idempotencyKey"]);
  }
  EXPECT_THAT(keys, ElementsAre("k1", "k2"));
  EXPECT_THAT(Keys(*store), ElementsAre("k1", "k2"));
}

TEST_F(FileRowStoreTest, AnotherProcessFindsThem) {
  ASSERT_TRUE(Append(*Open(), {Said("k1", "one")}));
  const auto store = Open();
  ASSERT_TRUE(store->Extend([&](const RowsByKey& stored) {
    EXPECT_EQ(stored.at("k1").message, Said("k1", "one").message);
    EXPECT_EQ(stored.at("k1").source, Said("k1", "one").source);
    return Expected<std::vector<Row>>();
  }));
}

TEST_F(FileRowStoreTest, WhatOthersAppendIsSeen) {
  const auto store = Open();
  ASSERT_TRUE(Append(*store, {Said("k1", "one")}));
  EXPECT_THAT(Keys(*store), ElementsAre("k1"));
  ASSERT_TRUE(Append(*Open(), {Said("k2", "two")}));
  EXPECT_THAT(Keys(*store), ElementsAre("k1", "k2"));
}

TEST_F(FileRowStoreTest, ALineThatACrashCutIsNoRow) {
  ASSERT_TRUE(Append(*Open(), {Said("k1", "one")}));
  std::ofstream(path_, std::ios::app) << R"({"type":"message","mess)";
  const auto store = Open();
  ASSERT_TRUE(Append(*store, {Said("k2", "two")}));
  EXPECT_THAT(Keys(*Open()), ElementsAre("k1", "k2"));
}

TEST_F(FileRowStoreTest, ARefusalWritesNothing) {
  const auto store = Open();
  const Status refused =
      store->Extend([](const RowsByKey&) -> Expected<std::vector<Row>> {
        return Fail("no");
      });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "no");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST(FingerprintTest, LeavesOutTimesAndUsage) {
  const Json message = {{"role", "user"}, {"content", "hi"}};
  Json later = message;
  later["timestamp"] = 7;
  later["usage"] = {{"input", 1}};
  EXPECT_EQ(Fingerprint(message), Fingerprint(later));
  later["content"] = "ho";
  EXPECT_NE(Fingerprint(message), Fingerprint(later));
}

}  // namespace
}  // namespace copilot::harness
