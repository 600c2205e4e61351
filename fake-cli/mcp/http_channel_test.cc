// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "fake-cli/mcp/channel.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Result = tl::expected<Json, McpFailure>;

class HttpChannelTest : public testing::Test {
 protected:
  HttpChannelTest() {
    server_.Post("/mcp", [this](const httplib::Request& request,
                                httplib::Response& response) {
      {
        const std::lock_guard lock(mutex_);
        sessions_.push_back(request.get_header_value("Mcp-Session-Id"));
        keys_.push_back(request.get_header_value("X-Key"));
      }
      response.set_header("Mcp-Session-Id", "s1");
      response.set_content(body_, type_);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~HttpChannelTest() override {
    server_.stop();
    thread_.join();
  }

  std::unique_ptr<McpChannel> Open(int port) {
    return OpenHttpChannel(
        io_,
        {{"url", fmt::format("http://127.0.0.1:{}/mcp", port)},
         {"headers", {{"X-Key", "abc"}}}},
        "1.0.102");
  }

  Result Call(McpChannel& channel) {
    std::optional<Result> result;
    channel.Call("tools/list", Json::object(),
                 [&](Result came) { result = std::move(came); });
    io_.restart();
    const auto work = asio::make_work_guard(io_);
    while (!result && io_.run_one_for(std::chrono::seconds(20)) > 0) {
    }
    return result.value_or(tl::unexpected(McpFailure{false, "no answer", ""}));
  }

  size_t Asked() {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
  }

  asio::io_context io_;
  httplib::Server server_;
  std::string body_ = R"({"jsonrpc":"2.0","id":0,"result":{"tools":[]}})";
  std::string type_ = "application/json";
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> sessions_;
  std::vector<std::string> keys_;
  std::thread thread_;
};

TEST_F(HttpChannelTest, AnswersComeAsJson) {
  const auto channel = Open(port_);
  EXPECT_EQ(Call(*channel).value(), Json({{"tools", Json::array()}}));
}

TEST_F(HttpChannelTest, AnswersComeAsAStreamOfEvents) {
  type_ = "text/event-stream";
  body_ = "event: message\ndata: {\"method\":\"x\"}\n\ndata: " + body_ + "\n\n";
  const auto channel = Open(port_);
  EXPECT_EQ(Call(*channel).value(), Json({{"tools", Json::array()}}));
}

TEST_F(HttpChannelTest, TheSessionOfTheServerIsKept) {
  const auto channel = Open(port_);
  Call(*channel);
  Call(*channel);
  EXPECT_THAT(sessions_, ElementsAre("", "s1"));
  EXPECT_THAT(keys_, ElementsAre("abc", "abc"));
}

TEST_F(HttpChannelTest, ErrorsOfTheServerAreTold) {
  body_ = R"({"jsonrpc":"2.0","id":0,"error":{"code":-32000,"message":"no"}})";
  const auto channel = Open(port_);
  const Result result = Call(*channel);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().answered);
  EXPECT_EQ(result.error().text, "McpError: MCP error -32000: no");
}

TEST_F(HttpChannelTest, AServerThatIsNotThereIsRefused) {
  const int nobody = port_;
  server_.stop();
  thread_.join();
  thread_ = std::thread([] {});
  const auto channel = Open(nobody);
  const Result result = Call(*channel);
  ASSERT_FALSE(result);
  EXPECT_FALSE(result.error().answered);
  EXPECT_EQ(result.error().classification, "os_connection_refused");
  EXPECT_THAT(result.error().text, HasSubstr("tools/list"));
}

TEST_F(HttpChannelTest, NothingIsToldAfterTheEnd) {
  auto channel = Open(port_);
  channel->Call("tools/list", Json::object(),
                [](const Result&) { FAIL() << "nobody listens any more"; });
  channel.reset();
  while (Asked() == 0) std::this_thread::yield();
  EXPECT_EQ(io_.poll(), 0u);
}

}  // namespace
}  // namespace copilot::fake_cli
