// SPDX-License-Identifier: MIT
#include "harness/transcript_mirror.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

namespace copilot::harness {
namespace {

const Json kAssistant = {{"role", "assistant"}, {"content", "hello"}};

class TranscriptMirrorTest : public testing::Test {
 protected:
  TranscriptMirrorTest() {
    std::string pattern = testing::TempDir() + "/mirror-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/a/b/transcript.jsonl";
  }
  ~TranscriptMirrorTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  Status Mirror(const std::vector<MirrorMessage>& messages,
                const std::string& scope = "copilot:s1") {
    return MirrorTranscript(*file_, path_, scope, messages, host_);
  }
  std::string Text() const {
    std::ifstream in(path_);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // The messages in the file; lines that are no JSON are left out.
  std::vector<Json> Messages() const {
    std::vector<Json> messages;
    std::istringstream in(Text());
    for (std::string line; std::getline(in, line);) {
      const Json json = Json::parse(line, nullptr, false);
      if (json.is_object()) messages.push_back(json["message"]);
    }
    return messages;
  }
  static MirrorMessage User(const std::string& text,
                            const std::string& identity = "") {
    return {{{"role", "user"}, {"content", text}}, identity};
  }

  std::string directory_;
  std::string path_;
  AttemptHost host_;
  std::shared_ptr<TranscriptFile> file_ = MakeTranscriptFile();
};

TEST_F(TranscriptMirrorTest, WritesOneLineEachInOrderAndMakesDirectories) {
  ASSERT_TRUE(Mirror({User("hi", "r:prompt"),
                      {kAssistant, "r:assistant:final"},
                      {{{"role", "toolResult"}, {"content", "x"}}, "t"}}));
  const auto messages = Messages();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0]["idempotencyKey"], "copilot:s1:r:prompt");
  EXPECT_EQ(messages[1]["role"], "assistant");
  EXPECT_EQ(messages[2]["role"], "toolResult");
}

TEST_F(TranscriptMirrorTest, OtherRolesAreSkipped) {
  ASSERT_TRUE(Mirror({{{{"role", "system"}, {"content", "x"}}, "s"}}));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(TranscriptMirrorTest, TheSameKeyIsWrittenOnce) {
  ASSERT_TRUE(Mirror({User("hi"), User("hi")}));
  ASSERT_TRUE(Mirror({User("hi")}));
  EXPECT_EQ(Messages().size(), 1u);
}

TEST_F(TranscriptMirrorTest, AnotherScopeIsAnotherKey) {
  ASSERT_TRUE(Mirror({User("hi")}));
  ASSERT_TRUE(Mirror({User("hi")}, "copilot:s2"));
  EXPECT_EQ(Messages().size(), 2u);
}

TEST_F(TranscriptMirrorTest, WithoutScopeThereIsNoKeyAndEverythingIsWritten) {
  ASSERT_TRUE(Mirror({User("hi"), User("hi")}, ""));
  ASSERT_EQ(Messages().size(), 2u);
  EXPECT_FALSE(Messages()[0].contains("idempotencyKey"));
}

TEST_F(TranscriptMirrorTest, TheFallbackIdentityIsRoleAndHash) {
  const std::string key = IdempotencyKey("copilot:s1", User("hi"));
  EXPECT_EQ(key.rfind("copilot:s1:user:", 0), 0u);
  EXPECT_EQ(key.size(), std::string("copilot:s1:user:").size() + 16);
  EXPECT_NE(key, IdempotencyKey("copilot:s1", User("ho")));
  EXPECT_EQ(IdempotencyKey("copilot:s1", User("hi", "me")), "copilot:s1:me");
}

TEST_F(TranscriptMirrorTest, MalformedLinesArePassedOver) {
  std::filesystem::create_directories(directory_ + "/a/b");
  std::ofstream(path_) << "{\"type\":\"mess\nnonsense";
  ASSERT_TRUE(Mirror({User("hi")}));
  EXPECT_EQ(Messages().size(), 1u);
  EXPECT_EQ(Text().rfind("{\"type\":\"mess\nnonsense\n", 0), 0u);
}

TEST_F(TranscriptMirrorTest, NothingToWriteTouchesNothing) {
  ASSERT_TRUE(Mirror({}));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(TranscriptMirrorTest, TheHookRewritesUnderTheOriginalsKey) {
  host_.hooks = {"before_message_write"};
  host_.run_hook = [](const std::string&, const Json&) {
    return Expected<Json>(
        Json{{"message", {{"role", "user"}, {"content", "redacted"}}}});
  };
  ASSERT_TRUE(Mirror({User("hi", "r:prompt")}));
  EXPECT_EQ(Messages().at(0)["content"], "redacted");
  EXPECT_EQ(Messages().at(0)["idempotencyKey"], "copilot:s1:r:prompt");
}

TEST_F(TranscriptMirrorTest, TheHookBlocks) {
  host_.hooks = {"before_message_write"};
  host_.run_hook = [](const std::string&, const Json& payload) {
    return Expected<Json>(
        Json{{"block", payload["message"]["role"] == "user"}});
  };
  ASSERT_TRUE(Mirror({User("hi"), {kAssistant, ""}}));
  ASSERT_EQ(Messages().size(), 1u);
  EXPECT_EQ(Messages()[0]["role"], "assistant");
}

TEST_F(TranscriptMirrorTest, AHookThatThrowsChangesNothing) {
  std::string warned;
  host_.log = [&](const std::string&, const std::string& text) {
    warned = text;
  };
  host_.hooks = {"before_message_write"};
  host_.run_hook = [](const std::string&, const Json&) -> Expected<Json> {
    return Fail("boom");
  };
  ASSERT_TRUE(Mirror({User("hi")}));
  EXPECT_EQ(Messages().size(), 1u);
  EXPECT_EQ(warned, "before_message_write hook failed: boom");
}

TEST_F(TranscriptMirrorTest, AFileThatCannotBeWrittenIsAnError) {
  std::ofstream(directory_ + "/a") << "in the way";
  EXPECT_FALSE(Mirror({User("hi")}).has_value());
}

TEST_F(TranscriptMirrorTest, OverlappingWritersDoNotWriteAKeyTwice) {
  std::vector<std::future<Status>> writers;
  for (int i = 0; i < 8; ++i) {
    writers.push_back(std::async(std::launch::async,
                                 [&] { return Mirror({User("hi", "r")}); }));
  }
  for (auto& writer : writers) EXPECT_TRUE(writer.get().has_value());
  EXPECT_EQ(Messages().size(), 1u);
}

TEST(MessagesOfTest, ATurnIsHistoryPromptAndAnswer) {
  AttemptParams params;
  params.run_id = "r";
  params.prompt = "now";
  params.messages = {{{"role", "user"}, {"content", "hi"}}, kAssistant};
  const auto messages = MessagesOf(params, "sdk", kAssistant, 7);
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0].identity, "sdk:user:0");
  EXPECT_EQ(messages[1].identity, "sdk:assistant:1");
  EXPECT_EQ(messages[2].identity, "r:prompt");
  EXPECT_EQ(messages[2].message["timestamp"], 7);
  EXPECT_EQ(messages[3].identity, "r:assistant:final");
  EXPECT_EQ(MessagesOf(params, "", nullptr, 7)[0].identity, "attempt:user:0");
}

TEST(MessagesOfTest, APromptTheHistoryEndsWithIsNotRepeated) {
  AttemptParams params;
  params.prompt = "hi";
  for (const Json& content :
       {Json("hi"), Json({{{"type", "text"}, {"text", "hi"}}})}) {
    params.messages = {{{"role", "user"}, {"content", content}}};
    EXPECT_EQ(MessagesOf(params, "sdk", nullptr, 0).size(), 1u);
  }
  params.messages = {{{"role", "assistant"}, {"content", "hi"}}};
  EXPECT_EQ(MessagesOf(params, "sdk", nullptr, 0).size(), 2u);
}

TEST(MessagesOfTest, TheTranscriptPromptIsTheBody) {
  AttemptParams params;
  params.prompt = "hi, with context";
  params.transcript_prompt = "hi";
  EXPECT_EQ(MessagesOf(params, "sdk", nullptr, 0)[0].message["content"], "hi");
}

}  // namespace
}  // namespace copilot::harness
