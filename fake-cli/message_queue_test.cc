// SPDX-License-Identifier: MIT
#include "fake-cli/message_queue.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

class MessageQueueTest : public testing::Test {
 protected:
  void Add(const std::string& text) {
    QueuedMessage message = Message(text);
    queue_.Number(&message);
    queue_.Add(std::move(message));
  }
  void Steer(const std::string& text) {
    QueuedMessage message = Message(text);
    queue_.Number(&message);
    queue_.Steer(std::move(message));
  }
  std::string Texts() const {
    std::string texts;
    for (const auto& item : queue_.Items("plan")) {
      texts += item["displayText"].get<std::string>() + " ";
    }
    return texts;
  }
  static QueuedMessage Message(const std::string& text) {
    QueuedMessage message;
    message.prompt = message.display = text;
    return message;
  }

  MessageQueue queue_;
};

TEST_F(MessageQueueTest, MessagesLeaveInTheOrderInWhichTheyCame) {
  Add("a");
  Add("b");
  EXPECT_EQ(queue_.Take().prompt, "a");
  EXPECT_EQ(queue_.Take().prompt, "b");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(MessageQueueTest, AMessageThatSteersTakesTwoNumbers) {
  Add("a");
  Steer("s");
  Add("b");
  EXPECT_EQ(queue_.ItemOrders(), nlohmann::json({0, 3}));
  EXPECT_EQ(queue_.SteeringOrders(), nlohmann::json({2}));
  EXPECT_EQ(queue_.SteeringTexts(), nlohmann::json({"s"}));
}

TEST_F(MessageQueueTest, TheLastOneIsTheLastThatCame) {
  Add("a");
  Steer("s");
  Add("b");
  EXPECT_TRUE(queue_.RemoveLast());
  EXPECT_TRUE(queue_.has_steering());
  EXPECT_TRUE(queue_.RemoveLast());
  EXPECT_FALSE(queue_.has_steering());
  EXPECT_EQ(Texts(), "a ");
  EXPECT_TRUE(queue_.RemoveLast());
  EXPECT_FALSE(queue_.RemoveLast());
}

TEST_F(MessageQueueTest, AMessageIsMovedByItsNumber) {
  Add("a");
  Add("b");
  Add("c");
  queue_.Insert(1, *queue_.Remove("0"));
  EXPECT_EQ(Texts(), "b a c ");
  queue_.Insert(99, *queue_.Remove("1"));
  EXPECT_EQ(Texts(), "a c b ");
  EXPECT_EQ(queue_.Find("7"), nullptr);
  EXPECT_FALSE(queue_.Remove("x").has_value());
}

TEST_F(MessageQueueTest, AMessageWithoutAModeHasTheSessions) {
  QueuedMessage message = Message("a");
  message.agent_mode = "autopilot";
  queue_.Add(message);
  Add("b");
  EXPECT_EQ(queue_.Items("plan")[0]["agentMode"], "autopilot");
  EXPECT_EQ(queue_.Items("plan")[1]["agentMode"], "plan");
}

}  // namespace
}  // namespace copilot::fake_cli
