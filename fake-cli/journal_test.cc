// SPDX-License-Identifier: MIT
#include "fake-cli/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <sstream>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Json> Lines(const std::string& path) {
  std::vector<Json> lines;
  std::istringstream in(ReadWhole(path));
  std::string line;
  while (std::getline(in, line)) lines.push_back(Json::parse(line));
  return lines;
}

TEST(RedactorTest, NamesOfCredentialsAreKnown) {
  for (const char* name :
       {"gitHubToken", "apiKey", "api_key", "API-KEY", "GH_TOKEN", "token",
        "COPILOT_CONNECTION_TOKEN", "authorization", "Authorization",
        "password", "clientSecret", "COPILOT_PROVIDER_BEARER_TOKEN"}) {
    EXPECT_TRUE(Redactor::IsCredentialName(name)) << name;
  }
}

TEST(RedactorTest, OtherNamesAreLeftAlone) {
  for (const char* name : {"maxTokens", "inputTokens", "tokenLimit", "prompt",
                           "key", "secretary", ""}) {
    EXPECT_FALSE(Redactor::IsCredentialName(name)) << name;
  }
}

TEST(RedactorTest, ValuesOfAHeaderAreCredentialsToo) {
  Redactor redactor;
  Json value = {{"authorization", {"Bearer gho_abc", 7}}};
  redactor.Redact(&value);
  EXPECT_EQ(value["authorization"],
            Json({wire::Fingerprint("Bearer gho_abc"), 7}));
}

TEST(RedactorTest, MembersThatHoldCredentialsBecomeFingerprints) {
  Redactor redactor;
  Json value = {{"a", {{"gitHubToken", "gho_abc"}}},
                {"list", Json::array({{{"apiKey", "sk-1"}}})}};
  redactor.Redact(&value);
  EXPECT_EQ(value["a"]["gitHubToken"], wire::Fingerprint("gho_abc"));
  EXPECT_EQ(value["list"][0]["apiKey"], wire::Fingerprint("sk-1"));
}

TEST(RedactorTest, ALearnedSecretIsReplacedInsideOtherText) {
  Redactor redactor;
  redactor.Learn("hunter22");
  Json value = {{"prompt", "is hunter22 or hunter22 right?"}};
  redactor.Redact(&value);
  const std::string mark = wire::Fingerprint("hunter22");
  EXPECT_EQ(value["prompt"], "is " + mark + " or " + mark + " right?");
}

TEST(RedactorTest, ASecretSeenAsAMemberIsKnownFromThenOn) {
  Redactor redactor;
  Json value = {{"apiKey", "sk-secret"}};
  redactor.Redact(&value);
  EXPECT_EQ(redactor.RedactText("sk-secret!"),
            wire::Fingerprint("sk-secret") + "!");
}

TEST(RedactorTest, TheLongerOfTwoSecretsIsReplacedWhole) {
  Redactor redactor;
  redactor.Learn("abcd");
  redactor.Learn("abcdefgh");
  EXPECT_EQ(redactor.RedactText("abcdefgh"), wire::Fingerprint("abcdefgh"));
}

TEST(RedactorTest, FingerprintsEmptyAndShortTextsAreLeftAlone) {
  Redactor redactor;
  const std::string mark = wire::Fingerprint("x-secret");
  Json value = {{"token", mark}, {"apiKey", ""}, {"password", nullptr}};
  const Json before = value;
  redactor.Redact(&value);
  EXPECT_EQ(value, before);
  redactor.Learn("ab");
  redactor.Learn(mark);
  EXPECT_EQ(redactor.RedactText("ab " + mark), "ab " + mark);
}

TEST(RedactorTest, WhatOnlyLooksLikeAFingerprintIsASecret) {
  Redactor redactor;
  Json value = {{"token", "sha256:NOTHEXNOTHEX"}};
  redactor.Redact(&value);
  EXPECT_EQ(value["token"], wire::Fingerprint("sha256:NOTHEXNOTHEX"));
}

class JournalTest : public testing::Test {
 protected:
  ScratchDirectory scratch_;
  const std::string path_ = scratch_.File("journal.jsonl");
};

TEST_F(JournalTest, LinesCarryTimeProcessNumberAndEvent) {
  const auto before = std::chrono::duration_cast<std::chrono::microseconds>(
                          std::chrono::steady_clock::now().time_since_epoch())
                          .count();
  Journal journal;
  ASSERT_TRUE(journal.Open(path_));
  journal.Add("connected", {{"conn", 1}});
  journal.Add("disconnected", {{"conn", 1}});
  journal.Flush();
  const auto lines = Lines(path_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["event"], "connected");
  EXPECT_EQ(lines[0]["conn"], 1);
  EXPECT_EQ(lines[0]["pid"], getpid());
  EXPECT_GE(lines[0]["t"].get<int>(), 0);
  EXPECT_GE(lines[0]["at"], before);
  EXPECT_LE(lines[0]["at"], lines[1]["at"]);
  EXPECT_EQ(lines[0]["seq"], 1);
  EXPECT_EQ(lines[1]["seq"], 2);
}

TEST_F(JournalTest, NothingIsWrittenBeforeAFlushAndTheEndFlushes) {
  {
    Journal journal;
    ASSERT_TRUE(journal.Open(path_));
    journal.Add("start", Json::object());
    EXPECT_EQ(ReadWhole(path_), "");
  }
  EXPECT_EQ(Lines(path_).size(), 1u);
}

TEST_F(JournalTest, FramesAreMessagesOrRawText) {
  Journal journal;
  ASSERT_TRUE(journal.Open(path_));
  journal.AddFrame(true, 1, R"({"method":"ping"})");
  journal.AddFrame(false, 2, "no json");
  journal.Flush();
  const auto lines = Lines(path_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["event"], "received");
  EXPECT_EQ(lines[0]["message"]["method"], "ping");
  EXPECT_EQ(lines[1]["event"], "sent");
  EXPECT_EQ(lines[1]["conn"], 2);
  EXPECT_EQ(lines[1]["raw"], "no json");
}

TEST_F(JournalTest, NoFrameShowsACredential) {
  Journal journal;
  ASSERT_TRUE(journal.Open(path_));
  journal.AddFrame(true, 1, R"({"params":{"token":"top-secret"}})");
  journal.AddFrame(false, 1, R"({"result":"you said top-secret"})");
  journal.AddFrame(true, 1, "garbage with top-secret");
  journal.Flush();
  EXPECT_THAT(ReadWhole(path_), Not(HasSubstr("top-secret")));
  EXPECT_EQ(Lines(path_)[0]["message"]["params"]["token"],
            wire::Fingerprint("top-secret"));
  EXPECT_THAT(Lines(path_)[2]["raw"].get<std::string>(),
              HasSubstr(wire::Fingerprint("top-secret")));
}

TEST_F(JournalTest, BytesThatAreNoUtf8DoNotStopIt) {
  Journal journal;
  ASSERT_TRUE(journal.Open(path_));
  journal.AddFrame(true, 1, "\xff\xfe");
  journal.Flush();
  EXPECT_EQ(Lines(path_)[0]["raw"], "\uFFFD\uFFFD");
}

TEST_F(JournalTest, SeveralJournalsShareAFile) {
  Journal one;
  Journal two;
  ASSERT_TRUE(one.Open(path_));
  ASSERT_TRUE(two.Open(path_));
  for (int i = 0; i < 20; ++i) {
    one.Add("sent", {{"from", "one"}});
    two.Add("sent", {{"from", "two"}});
    one.Flush();
    two.Flush();
  }
  const auto lines = Lines(path_);
  ASSERT_EQ(lines.size(), 40u);
  EXPECT_EQ(lines[38]["from"], "one");
  EXPECT_EQ(lines[39]["from"], "two");
  EXPECT_EQ(lines[39]["seq"], 20);
}

TEST_F(JournalTest, AnExistingFileIsContinued) {
  scratch_.Write("journal.jsonl", "{\"old\":true}\n");
  Journal journal;
  ASSERT_TRUE(journal.Open(path_));
  journal.Add("start", Json::object());
  journal.Flush();
  ASSERT_EQ(Lines(path_).size(), 2u);
  EXPECT_EQ(Lines(path_)[0]["old"], true);
}

TEST_F(JournalTest, AnUnwritablePathIsNamedWithTheReason) {
  Journal journal;
  const std::string path = scratch_.File("no/such/directory.jsonl");
  const auto opened = journal.Open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(),
            "cannot write the journal " + path + ": No such file or directory");
  EXPECT_FALSE(journal.enabled());
}

TEST_F(JournalTest, AJournalThatIsNotOpenSwallowsEverything) {
  Journal journal;
  journal.Add("start", Json::object());
  journal.AddFrame(true, 1, "{}");
  journal.Flush();
  EXPECT_FALSE(journal.enabled());
}

}  // namespace
}  // namespace copilot::fake_cli
