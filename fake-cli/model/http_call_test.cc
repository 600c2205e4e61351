// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <optional>
#include <thread>

#include "fake-cli/model/model_call.h"

namespace copilot::fake_cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An endpoint on loopback, and what a call to it comes to.
class ModelClientTest : public testing::Test {
 protected:
  ModelClientTest() {
    port_ = http_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { http_.listen_after_bind(); });
    while (!http_.is_running()) std::this_thread::yield();
  }
  ~ModelClientTest() override {
    http_.stop();
    thread_.join();
  }

  void Answer(int status, const std::string& body, const std::string& type,
              const std::string& retry_after = "") {
    http_.Post("/v1/chat/completions", [=, this](const httplib::Request& asked,
                                                 httplib::Response& response) {
      asked_ = asked;
      response.status = status;
      if (!retry_after.empty()) response.set_header("Retry-After", retry_after);
      response.set_content(body, type);
    });
  }

  ModelRequest Request(bool stream) const {
    ModelRequest request;
    request.base_url = "http://127.0.0.1:" + std::to_string(port_) + "/v1/";
    request.path = "/chat/completions";
    request.headers = {{"X-Test", "yes"}};
    request.body = {{"model", "m"}};
    request.stream = stream;
    return request;
  }

  void Call(const ModelRequest& request) {
    const auto call = StartHttpCall(
        io_, request,
        {{[this](const std::string& text) { deltas_.push_back(text); },
          [this](const std::string& text) { reasoning_ += text; },
          [this](const ToolRequest& tool) { tools_.push_back(tool); }, [] {}},
         [this](ModelAnswer answer) {
           answer_ = std::move(answer);
           io_.stop();
         },
         [this](ModelFailure failure) {
           failure_ = std::move(failure);
           io_.stop();
         }});
    io_.run();
  }

  void Stream(const std::string& events) {
    Answer(200, events, "text/event-stream");
    Call(Request(true));
  }

  httplib::Server http_;
  int port_ = 0;
  std::thread thread_;
  httplib::Request asked_;
  asio::io_context io_;
  std::vector<std::string> deltas_;
  std::string reasoning_;
  std::vector<ToolRequest> tools_;
  std::optional<ModelAnswer> answer_;
  std::optional<ModelFailure> failure_;
};

std::string Chunk(const json& delta, const json& finish = nullptr) {
  return "data: " +
         json({{"id", "chatcmpl-7"},
               {"choices", {{{"delta", delta}, {"finish_reason", finish}}}}})
             .dump() +
         "\n\n";
}

TEST_F(ModelClientTest, ReadsAWholeAnswer) {
  Answer(200, R"({"id": "chatcmpl-1", "choices": [{"message": {"content":
      "It works.", "tool_calls": [{"id": "c", "function": {"name": "lookup",
      "arguments": "{\"q\":1}"}}]}, "finish_reason": "tool_calls"}],
      "usage": {"prompt_tokens": 5, "completion_tokens": 2}})",
         "application/json");
  Call(Request(false));
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->text(), "It works.");
  EXPECT_EQ(answer_->api_call_id, "chatcmpl-1");
  EXPECT_EQ(answer_->tools[0].arguments, R"({"q":1})");
  EXPECT_EQ(answer_->usage["inputTokens"], 5);
  EXPECT_FALSE(answer_->streamed);
  EXPECT_EQ(asked_.get_header_value("X-Test"), "yes");
  EXPECT_EQ(json::parse(asked_.body), json({{"model", "m"}}));
}

TEST_F(ModelClientTest, ReadsAStreamChunkByChunk) {
  Stream(Chunk({{"reasoning_content", "hm"}}) + Chunk({{"content", "It "}}) +
         Chunk({{"content", "works."}}) + Chunk(json::object(), "stop") +
         "data: [DONE]\n\n");
  ASSERT_TRUE(answer_);
  EXPECT_THAT(deltas_, ElementsAre("It ", "works."));
  EXPECT_EQ(reasoning_, "hm");
  EXPECT_EQ(answer_->text(), "It works.");
  EXPECT_TRUE(answer_->streamed);
}

TEST_F(ModelClientTest, PutsSplitToolCallsTogether) {
  const auto part = [](int index, const json& rest) {
    json call = rest;
    call["index"] = index;
    return Chunk({{"tool_calls", json::array({call})}});
  };
  Stream(part(0, {{"id", "a"}, {"function", {{"name", "one"}}}}) +
         part(0, {{"function", {{"arguments", "{\"q\""}}}}) +
         part(1, {{"id", "b"}, {"function", {{"name", "two"}}}}) +
         part(0, {{"function", {{"arguments", ":1}"}}}}) +
         Chunk(json::object(), "tool_calls"));
  ASSERT_TRUE(answer_);
  ASSERT_EQ(answer_->tools.size(), 2u);
  EXPECT_EQ(answer_->tools[0].arguments, R"({"q":1})");
  EXPECT_EQ(answer_->tools[1].name, "two");
  EXPECT_EQ(answer_->tools[1].arguments, "{}");
}

TEST_F(ModelClientTest, ArgumentsThatAreNoJsonAreCleared) {
  Stream(Chunk({{"tool_calls",
                 {{{"index", 0},
                   {"id", "a"},
                   {"function", {{"name", "x"}, {"arguments", "{no"}}}}}}}) +
         Chunk(json::object(), "tool_calls"));
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->tools[0].arguments, "{}");
  EXPECT_FALSE(answer_->tools[0].valid);
}

TEST_F(ModelClientTest, TellsOfAnAnswerThatWasCutOff) {
  Stream(Chunk({{"content", "It"}}) + Chunk(json::object(), "length"));
  ASSERT_TRUE(answer_);
  EXPECT_TRUE(answer_->cut_off());
}

TEST_F(ModelClientTest, FailsWithTheStatusAndTheMessage) {
  Answer(429, R"({"error": {"message": "slow down"}})", "application/json",
         "3");
  Call(Request(false));
  ASSERT_TRUE(failure_);
  EXPECT_EQ(failure_->status, 429);
  EXPECT_EQ(failure_->message, "429 slow down");
  EXPECT_EQ(failure_->retry_after_s, 3);
}

TEST_F(ModelClientTest, FailsWithTheReasonWhenTheBodyIsNoJson) {
  Answer(503, "<html>", "text/html");
  Call(Request(true));
  ASSERT_TRUE(failure_);
  EXPECT_EQ(failure_->message, "503 Service Unavailable");
}

TEST_F(ModelClientTest, FailsWhereAStreamIsNoJson) {
  Stream("data: {not json\n\n");
  ASSERT_TRUE(failure_);
  EXPECT_EQ(failure_->status, 0);
  EXPECT_EQ(failure_->message,
            "Failed to parse chat-completions stream chunk: key must be a "
            "string at line 1 column 2");
}

TEST_F(ModelClientTest, FailsWhenAStreamHasNoFinishReason) {
  Stream(Chunk({{"content", "It"}}) + "data: [DONE]\n\n");
  ASSERT_TRUE(failure_);
  EXPECT_THAT(failure_->message, HasSubstr("missing finish_reason"));
  EXPECT_FALSE(failure_->told);
}

TEST_F(ModelClientTest, FailsWithTheErrorInsideAStream) {
  Stream("data: {\"error\":{\"message\":\"overload\"}}\n\n");
  ASSERT_TRUE(failure_);
  EXPECT_EQ(failure_->message, "overload");
  EXPECT_TRUE(failure_->told);
}

TEST_F(ModelClientTest, SaysWhenNobodyListens) {
  ModelRequest request = Request(false);
  request.base_url = "http://127.0.0.1:1";
  Call(request);
  ASSERT_TRUE(failure_);
  EXPECT_TRUE(failure_->refused);
}

TEST_F(ModelClientTest, DestroyingACallClosesTheConnection) {
  // The server outlives this function.
  const auto asked = std::make_shared<std::atomic<bool>>(false);
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  http_.Post("/v1/chat/completions",
             [=](const httplib::Request&, httplib::Response& response) {
               response.set_chunked_content_provider(
                   "text/event-stream", [=](size_t, httplib::DataSink& sink) {
                     *asked = true;
                     *gone = !sink.write(": wait\n\n", 8);
                     std::this_thread::yield();
                     return !*gone;
                   });
             });
  {
    const auto fail = [](const auto&...) { FAIL() << "nothing may be called"; };
    const auto call = StartHttpCall(io_, Request(true),
                                    {{fail, fail, fail, fail}, fail, fail});
    while (!*asked) std::this_thread::yield();
  }
  while (!*gone) std::this_thread::yield();
  io_.run();  // nothing left to do
}

}  // namespace
}  // namespace copilot::fake_cli
