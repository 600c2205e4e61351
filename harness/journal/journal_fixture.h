// SPDX-License-Identifier: MIT
//
// A journal over a transcript in memory, fed with events by hand. For the tests
// of this folder only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/fake_sdk.h"
#include "harness/journal/journal.h"
#include "harness/journal/journal_params.h"

namespace copilot::harness {

// A row in short: `user:hi`, `assistant:see[c1,c2]`, `toolResult:c1`.
inline std::string Short(const Json& message) {
  const std::string role = StringMember(message, "role");
  if (role == "toolResult")
    return role + ":" + StringMember(message, "toolCallId");
  const Json& content = MemberOrNull(message, "content");
  if (content.is_string()) return role + ":" + content.get<std::string>();
  std::string text;
  std::string calls;
  for (const Json& block : content) {
    text += StringMember(block, "text");
    if (StringMember(block, "type") != "toolCall") continue;
    calls += (calls.empty() ? "" : ",") + StringMember(block, "id");
  }
  return role + ":" + text + (calls.empty() ? "" : "[" + calls + "]");
}

// Fails from the n-th write on.
class FullStore : public RowStore {
 public:
  explicit FullStore(int good) : left_(good) {}
  Status Extend(
      const std::function<Expected<std::vector<Row>>(const RowsByKey&)>& add)
      override {
    if (left_-- <= 0) return Fail("disk full");
    (void)add({});
    return {};
  }

 private:
  int left_;
};

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    params_.run_id = "run-1";
    params_.prompt = "hi";
    params_.provider = "github-copilot";
    params_.model_id = "gpt-4.1";
    auto capabilities = std::make_shared<HostCapabilities>();
    capabilities->record_user_turn = [](const Json&) {
      return Expected<bool>(true);
    };
    host_.capabilities = capabilities;
  }

  // A journal over what is stored already, as after a crash.
  void Start() {
    journal_.reset();
    journal_ = std::make_unique<Journal>(
        JournalContext{params_, host_, "sdk-1",
                       store_ ? store_ : MakeDetachedRowStore(transcript_),
                       std::make_shared<InlineExecutor>(), clock_,
                       [this] { ++aborts_; }, [] {}, network_});
    begun_ = journal_->Begin();
  }
  // The turn has begun and the CLI has taken the prompt.
  void StartTurn() {
    Start();
    User("u1", "hi");
  }

  void Emit(const std::string& type, const std::string& id, Json data,
            const Json& more = Json::object()) {
    Json event = Event(type, std::move(data), {{"id", id}});
    event.update(more);
    journal_->OnEvent(SessionEvent(event));
  }
  void User(const std::string& id, const std::string& text,
            const Json& more = Json::object()) {
    Json data = {{"content", text}};
    data.update(more);
    Emit("user.message", id, data);
  }
  void Assistant(const std::string& id, const std::string& text,
                 const std::vector<std::string>& calls = {},
                 const Json& more = Json::object()) {
    Json data = {{"messageId", "m-" + id}, {"content", text}};
    for (const std::string& call : calls) {
      data["toolRequests"].push_back({{"toolCallId", call}, {"name", "read"}});
    }
    data.update(more);
    Emit("assistant.message", id, data);
  }
  void Result(const std::string& call,
              const Json& result = {{"content", "found"}}) {
    Emit("tool.execution_complete", "r-" + call,
         {{"toolCallId", call}, {"success", true}, {"result", result}});
  }
  void Hook(std::function<Json(const Json& message)> answer) {
    host_.hooks = {"before_message_write"};
    host_.run_hook = [this, answer](const std::string&, const Json& payload) {
      ++hook_calls_;
      return Expected<Json>(answer(payload["message"]));
    };
  }

  std::vector<std::string> Stored() const {
    std::vector<std::string> all;
    for (const Json& message : transcript_->messages()) {
      all.push_back(Short(message));
    }
    return all;
  }
  Json Last() const { return transcript_->messages().back(); }
  bool ReplayInvalid() const { return journal_->state().replay_invalid; }
  std::string Failure() const {
    const auto failure = journal_->state().failure;
    return failure ? failure->message : "";
  }
  std::shared_ptr<Receipt> Steer(const std::string& text) {
    const auto receipt = journal_->Expect(text);
    EXPECT_TRUE(receipt.has_value());
    return receipt ? *receipt : std::make_shared<Receipt>();
  }
  static std::string Outcome(const std::shared_ptr<Receipt>& receipt) {
    const auto outcome = receipt->outcome();
    if (!outcome) return "open";
    return *outcome ? "stored" : outcome->error().message;
  }

  AttemptParams params_;
  AttemptHost host_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>(7);
  std::shared_ptr<DetachedTranscript> transcript_ =
      std::make_shared<DetachedTranscript>();
  std::shared_ptr<RowStore> store_;  // default: the transcript
  std::shared_ptr<NetworkResults> network_ = std::make_shared<NetworkResults>();
  Status begun_;
  int aborts_ = 0;
  int hook_calls_ = 0;
  std::unique_ptr<Journal> journal_;
};

}  // namespace copilot::harness
