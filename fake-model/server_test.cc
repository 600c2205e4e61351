// SPDX-License-Identifier: MIT
#include "fake-model/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "wire/secret.h"

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPath[] = "/v1/chat/completions";

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    directory_ = testing::TempDir() + "serverXXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    EXPECT_TRUE(record_.Open(directory_ + "/requests.jsonl"));
  }
  ~ServerTest() override { std::filesystem::remove_all(directory_); }

  // Starts the server with these answers.
  void Serve(const std::string& answers) {
    auto script = Script::Parse("{\"answers\": " + answers + "}", "model.json");
    ASSERT_TRUE(script) << script.error()[0].ToString();
    server_ = std::make_unique<Server>(std::move(*script), record_);
    const auto port = server_->Start("127.0.0.1", 0);
    ASSERT_TRUE(port) << port.error();
    port_ = *port;
  }

  std::unique_ptr<httplib::Client> Client() const {
    auto client = std::make_unique<httplib::Client>("127.0.0.1", port_);
    client->set_tcp_nodelay(true);
    return client;
  }

  httplib::Result Ask(bool stream = false) const {
    const json body = {
        {"model", "gpt-4.1"},
        {"stream", stream},
        {"messages", {{{"role", "user"}, {"content", "Hello"}}}}};
    return Client()->Post(kPath, {{"Authorization", "Bearer tok-a"}},
                          body.dump(), "application/json");
  }

  std::vector<json> Recorded() const {
    std::vector<json> lines;
    std::ifstream in(directory_ + "/requests.jsonl");
    for (std::string line; std::getline(in, line);) {
      lines.push_back(json::parse(line));
    }
    return lines;
  }

  std::string directory_;
  Record record_;
  int port_ = 0;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersAtOnce) {
  Serve(R"([{"text": ["It ", "works."]}])");
  const auto result = Ask();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(json::parse(result->body)["choices"][0]["message"]["content"],
            "It works.");
}

TEST_F(ServerTest, Streams) {
  Serve(R"([{"text": ["It ", "works."]}])");
  const auto result = Ask(true);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->get_header_value("Content-Type"), "text/event-stream");
  EXPECT_THAT(result->body, HasSubstr(R"("content":"It ")"));
  EXPECT_THAT(result->body, HasSubstr("data: [DONE]\n\n"));
}

TEST_F(ServerTest, AnswersWithErrors) {
  Serve(R"([{"error": {"status": 429, "message": "slow down",
                       "headers": {"retry-after": "1"}}}])");
  const auto result = Ask();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 429);
  EXPECT_EQ(result->get_header_value("retry-after"), "1");
  EXPECT_EQ(json::parse(result->body)["error"]["message"], "slow down");
}

TEST_F(ServerTest, SendsRawStreams) {
  Serve(R"([{"rawSse": "data: {not json\n\n"}])");
  const auto result = Ask(true);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->body, "data: {not json\n\n");
}

TEST_F(ServerTest, ResetsBeforeTheFirstByte) {
  Serve(R"([{"reset": true}, {"text": "after"}])");
  EXPECT_FALSE(Ask());
  EXPECT_TRUE(Ask());
}

TEST_F(ServerTest, ResetsAfterTheText) {
  Serve(R"([{"text": "cut", "reset": true}])");
  EXPECT_FALSE(Ask(true));
}

TEST_F(ServerTest, AStallHoldsUpNobodyElse) {
  Serve(R"([{"stall": true}, {"text": "on"}])");
  std::thread stalled([this] { EXPECT_FALSE(Ask()); });
  while (Recorded().empty()) std::this_thread::yield();
  const auto result = Ask();
  ASSERT_TRUE(result);
  EXPECT_THAT(result->body, HasSubstr("\"on\""));
  server_->Stop();
  stalled.join();
}

TEST_F(ServerTest, AStallSendsItsTextFirst) {
  Serve(R"([{"text": "first", "stall": true}])");
  std::string came;
  httplib::Request request;
  request.method = "POST";
  request.path = kPath;
  request.body = R"({"stream":true})";
  request.content_receiver = [&](const char* bytes, size_t size, uint64_t,
                                 uint64_t) {
    came.append(bytes, size);
    return false;  // enough seen
  };
  EXPECT_FALSE(Client()->send(request));
  EXPECT_THAT(came, HasSubstr("\"first\""));
  EXPECT_THAT(came, Not(HasSubstr("[DONE]")));
}

TEST_F(ServerTest, ListsModels) {
  Serve("[]");
  const auto result = Client()->Get("/v1/models");
  ASSERT_TRUE(result);
  EXPECT_EQ(json::parse(result->body)["data"][0]["id"], "gpt-4.1");
}

TEST_F(ServerTest, HasNoOtherRoutes) {
  Serve("[]");
  const auto result = Client()->Post("/v1/responses", "{}", "application/json");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 404);
  EXPECT_EQ(Recorded()[0]["path"], "/v1/responses");
}

TEST_F(ServerTest, RefusesABodyThatIsNoJson) {
  Serve(R"([{"text": "still there"}])");
  const auto result = Client()->Post(kPath, "{no", "application/json");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 400);
  EXPECT_THAT(Ask()->body, HasSubstr("still there"));
}

TEST_F(ServerTest, RecordsRequestsWithoutCredentials) {
  Serve("[]");
  Ask();
  const json line = Recorded().at(0);
  EXPECT_EQ(line["n"], 1);
  EXPECT_EQ(line["path"], kPath);
  EXPECT_EQ(line["headers"]["authorization"], wire::Fingerprint("tok-a"));
  EXPECT_FALSE(line["headers"].contains("remote_addr"));
  EXPECT_EQ(line["body"]["messages"][0]["content"], "Hello");
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  Serve("[]");
  Server second({}, record_);
  const auto port = second.Start("127.0.0.1", port_);
  ASSERT_FALSE(port);
  EXPECT_THAT(port.error(), HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace copilot::fake_model
