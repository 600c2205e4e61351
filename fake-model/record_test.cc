// SPDX-License-Identifier: MIT
#include "fake-model/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "wire/secret.h"

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RecordLineTest, HoldsTheRequestWithLowercaseHeaders) {
  const json line = json::parse(RecordLine({2,
                                            "POST",
                                            "/v1/chat/completions",
                                            {{"X-Initiator", "user"}},
                                            R"({"model":"m"})"}));
  EXPECT_EQ(line["n"], 2);
  EXPECT_EQ(line["method"], "POST");
  EXPECT_EQ(line["path"], "/v1/chat/completions");
  EXPECT_EQ(line["headers"], json({{"x-initiator", "user"}}));
  EXPECT_EQ(line["body"], json({{"model", "m"}}));
}

TEST(RecordLineTest, SaysWhenOnAClockThatEveryProcessReads) {
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  const auto before = now();
  const json line = json::parse(RecordLine({1, "GET", "/", {}, ""}));
  EXPECT_GE(line["at"], before);
  EXPECT_LE(line["at"], now());
}

TEST(RecordLineTest, KeepsABodyThatIsNoJsonAsText) {
  EXPECT_EQ(json::parse(RecordLine({1, "POST", "/", {}, "{no"}))["body"],
            "{no");
  EXPECT_TRUE(
      json::parse(RecordLine({1, "GET", "/", {}, ""}))["body"].is_null());
}

TEST(RecordLineTest, ShowsCredentialsAsFingerprintsOnly) {
  const std::string line =
      RecordLine({1,
                  "POST",
                  "/v1?key=tok-\"a",
                  {{"Authorization", "Bearer tok-\"a"}, {"api-key", "key-b"}},
                  R"({"text": "my tok-\"a and key-b"})"});
  EXPECT_THAT(line, Not(HasSubstr("tok-")));
  EXPECT_THAT(line, Not(HasSubstr("key-b")));
  const json record = json::parse(line);
  EXPECT_EQ(record["headers"]["authorization"], wire::Fingerprint("tok-\"a"));
  EXPECT_EQ(record["headers"]["api-key"], wire::Fingerprint("key-b"));
}

TEST(RecordTest, AppendsLines) {
  std::string directory = testing::TempDir() + "recordXXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/requests.jsonl";
  {
    Record record;
    ASSERT_TRUE(record.Open(path));
    record.Add({1, "GET", "/a", {}, ""});
    record.Add({2, "GET", "/b", {}, ""});
  }
  std::ifstream in(path);
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_EQ(json::parse(line)["path"], "/a");
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_EQ(json::parse(line)["n"], 2);
  EXPECT_FALSE(std::getline(in, line));
  std::filesystem::remove_all(directory);
}

TEST(RecordTest, NamesAFileThatCannotBeWritten) {
  Record record;
  const auto opened = record.Open("/nonexistent/requests.jsonl");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("/nonexistent/requests.jsonl"));
}

}  // namespace
}  // namespace copilot::fake_model
