// SPDX-License-Identifier: MIT
//
// Attempts against fake CLI processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "harness/fake_sdk.h"
#include "harness/harness.h"
#include "harness/journal/journal_params.h"

namespace copilot::harness {
namespace {

class AttemptE2eTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  AttemptE2eTest() {
    std::string pattern = testing::TempDir() + "/attempt-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    environment_->home = directory_;
    environment_->current = directory_;
    environment_->variables = {{"PATH", "/usr/bin:/bin"},
                               {"HOME", directory_},
                               {"FAKE_COPILOT_JOURNAL", Journal()}};
  }
  ~AttemptE2eTest() override {
    harness_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string Journal() const { return directory_ + "/journal.jsonl"; }
  void Script(const Json& script) {
    const std::string path = directory_ + "/script.json";
    std::ofstream(path) << script.dump();
    environment_->variables["FAKE_COPILOT_SCRIPT"] = path;
  }
  // The params of each call of a method that a CLI received, in order.
  std::vector<Json> Received(const std::string& method) const {
    std::vector<Json> calls;
    std::ifstream in(Journal());
    for (std::string line; std::getline(in, line);) {
      const Json entry = Json::parse(line, nullptr, false);
      if (StringMember(entry, "event") != "received") continue;
      const Json& message = MemberOrNull(entry, "message");
      if (StringMember(message, "method") != method) continue;
      calls.push_back(MemberOrNull(message, "params"));
    }
    return calls;
  }
  Harness& TheHarness() {
    if (!harness_) {
      HarnessOptions options;
      options.cli.path = FAKE_COPILOT;
      options.environment = environment_;
      options.profile = profile_;
      harness_ = std::make_unique<Harness>(std::move(options));
    }
    return *harness_;
  }
  AttemptResult Run(const Json& more = Json::object(),
                    const AbortSignal& signal = {}) {
    Json params = {{"sessionId", "session-1"}, {"runId", "run-1"},
                   {"prompt", "hi"},           {"provider", "github-copilot"},
                   {"model", "gpt-4.1"},       {"workspaceDir", directory_},
                   {"timeoutMs", 20000}};
    params.update(more);
    const auto result =
        TheHarness().RunAttempt(AttemptParams::FromJson(params), host_, signal);
    EXPECT_TRUE(result.has_value());
    return result ? *result : AttemptResult{};
  }

  std::string directory_;
  std::shared_ptr<FakeEnvironment> environment_ =
      std::make_shared<FakeEnvironment>();
  AttemptHost host_;
  Profile profile_ = Profile::kDocs;
  std::unique_ptr<Harness> harness_;
};

using Strings = std::vector<std::string>;

TEST_F(AttemptE2eTest, ATurnIsAnsweredAndTheNextResumes) {
  Script({{"turns", {{{"say", "one"}}, {{"say", "two"}}}}});
  const AttemptResult first = Run();
  EXPECT_FALSE(first.prompt_error.has_value());
  EXPECT_EQ(first.assistant_texts, Strings{"one"});
  const AttemptResult second = Run();
  EXPECT_EQ(second.assistant_texts, Strings{"two"});
  EXPECT_EQ(second.sdk_session_id, first.sdk_session_id);
  EXPECT_EQ(Received("session.create").size(), 1u);
  EXPECT_EQ(Received("session.resume").size(), 1u);
  EXPECT_EQ(Received("connect").size(), 1u);
}

TEST_F(AttemptE2eTest, AToolRoundTrips) {
  Script({{"turns",
           {{{"steps",
              {{{"toolCall",
                 {{"name", "lookup"},
                  {"arguments", {{"q", "cats"}}},
                  {"as", "answer"}}}},
               {{"say", "It is {{answer.text}}."}}}}}}}});
  HostTool tool;
  tool.name = "lookup";
  tool.parameters = {{"type", "object"}};
  tool.execute = [](const std::string&, const Json& arguments,
                    const AbortSignal&) {
    return Expected<Json>(
        Json{{"content", {{{"type", "text"}, {"text", arguments["q"]}}}}});
  };
  host_.tools = {tool};
  EXPECT_EQ(Run().assistant_texts.back(), "It is cats.");
}

TEST_F(AttemptE2eTest, APermissionIsRejectedByDefault) {
  Script({{"turns",
           {{{"steps",
              {{{"permission",
                 {{"kind", "shell"},
                  {"fullCommandText", "rm -rf /"},
                  {"as", "decision"}}}},
               {{"say", "{{decision.kind}}"}}}}}}}});
  EXPECT_EQ(Run().assistant_texts.back(), "reject");
}

TEST_F(AttemptE2eTest, AnAbortEndsAStalledTurn) {
  Script({{"turns",
           {{{"steps",
              {{{"event",
                 {{"type", "assistant.message_delta"},
                  {"data", {{"messageId", "m"}, {"deltaContent", "half"}}},
                  {"ephemeral", true}}}},
               {{"stall", true}}}}}}}});
  const AbortController abort;
  host_.on_delta = [abort](const Json&) -> Status {
    abort.Abort();
    return {};
  };
  const AttemptResult result = Run(Json::object(), abort.signal());
  EXPECT_TRUE(result.aborted);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(Received("session.abort").size(), 1u);
}

TEST_F(AttemptE2eTest, ACliThatDiesIsThePromptErrorAndIsReplaced) {
  Script({{"turns",
           {{{"when", {{"prompt", "die"}}},
             {"steps", {{{"crash", "SIGKILL"}}}}}}}});
  const AttemptResult died = Run({{"prompt", "die"}});
  ASSERT_TRUE(died.prompt_error.has_value());
  EXPECT_THAT(died.prompt_error->message, testing::HasSubstr("signal 9"));
  EXPECT_FALSE(Run().prompt_error.has_value());
}

TEST_F(AttemptE2eTest, ATokenIsNeitherInTheArgumentsNorInTheTranscript) {
  const std::string transcript = directory_ + "/t.jsonl";
  const AttemptResult result =
      Run({{"resolvedApiKey", "tok-very-secret"}, {"sessionFile", transcript}});
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_EQ(Received("session.create").at(0)["gitHubToken"],
            wire::Fingerprint("tok-very-secret"));
  for (const std::string& path : {transcript, Journal()}) {
    std::ifstream in(path);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_FALSE(text.empty()) << path;
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("tok-very-secret")));
  }
}

TEST_F(AttemptE2eTest, ACompactionReportsWhatTheCliRemoved) {
  Script({{"compaction",
           {{"summary", "We talked."},
            {"messagesRemoved", 4},
            {"tokensRemoved", 1200},
            {"currentTokens", 900}}}});
  Run();
  const auto result = TheHarness().Compact(
      AttemptParams::FromJson({{"sessionId", "session-1"},
                               {"provider", "github-copilot"},
                               {"model", "gpt-4.1"},
                               {"workspaceDir", directory_}}),
      host_);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ((*result)["reason"], "copilot-sdk-history-compacted");
  EXPECT_EQ((*result)["result"]["tokensBefore"], 2100);
}

TEST_F(AttemptE2eTest, ManyAttemptsOverlapOnOneCli) {
  std::vector<std::future<AttemptResult>> attempts;
  for (int i = 0; i < 16; ++i) {
    TheHarness();
    attempts.push_back(std::async(std::launch::async, [this, i] {
      return Run({{"sessionId", "session-" + std::to_string(i)}});
    }));
  }
  for (auto& attempt : attempts) {
    EXPECT_FALSE(attempt.get().prompt_error.has_value());
  }
  EXPECT_EQ(Received("connect").size(), 1u);
}

TEST_F(AttemptE2eTest, DisposeEndsTheCli) {
  Run();
  EXPECT_TRUE(TheHarness().Dispose().has_value());
  std::ifstream in(Journal());
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  EXPECT_THAT(text, testing::HasSubstr("\"shutdown\""));
}

TEST_F(AttemptE2eTest, AJournalHoldsATurnWithItsToolCalls) {
  Script({{"turns",
           {{{"steps",
              {{{"toolCall", {{"name", "lookup"}, {"as", "answer"}}}},
               {{"say", "done"}}}}},
            {{"say", "again"}}}}});
  HostTool tool;
  tool.name = "lookup";
  tool.execute = [](const std::string&, const Json&, const AbortSignal&) {
    return Expected<Json>(
        Json{{"content", {{{"type", "text"}, {"text", "tabby"}}}}});
  };
  host_.tools = {tool};
  auto capabilities = std::make_shared<HostCapabilities>();
  capabilities->record_user_turn = [](const Json&) {
    return Expected<bool>(true);
  };
  host_.capabilities = capabilities;
  profile_ = Profile::kJournal;
  const std::string path = directory_ + "/transcripts/session.jsonl";
  Json params = {{"sessionTarget",
                  {{"sessionId", "session-1"},
                   {"sessionKey", "agent:a:main"},
                   {"storePath", path}}}};
  const AttemptResult first = Run(params);
  EXPECT_FALSE(first.prompt_error.has_value()) << first.prompt_error->message;
  params["runId"] = "run-2";
  const AttemptResult second = Run(params);
  EXPECT_EQ(second.sdk_session_id, first.sdk_session_id);
  Strings roles;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    roles.push_back(Json::parse(line)["message"]["role"]);
  }
  EXPECT_EQ(roles, (Strings{"user", "assistant", "toolResult", "assistant",
                            "user", "assistant"}));
}

}  // namespace
}  // namespace copilot::harness
