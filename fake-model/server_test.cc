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
  void Serve(const std::string& answers, const std::string& more = "",
             ServerOptions options = {}) {
    auto script =
        Script::Parse("{\"answers\": " + answers + more + "}", "model.json");
    ASSERT_TRUE(script) << script.error()[0].ToString();
    server_ = std::make_unique<Server>(std::move(*script), record_, options);
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
  EXPECT_EQ(json::parse(result->body)["data"].back()["id"], "gpt-4.1");
  const auto tags = Client()->Get("/api/tags");
  ASSERT_TRUE(tags);
  EXPECT_EQ(json::parse(tags->body)["models"].back()["model"], "gpt-4.1");
}

TEST_F(ServerTest, HasNoOtherRoutes) {
  Serve("[]");
  const auto result = Client()->Post("/v1/nothing", "{}", "application/json");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 404);
  EXPECT_EQ(Recorded()[0]["path"], "/v1/nothing");
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

// A path for each API, with a request that breaks no rule.
struct Asked {
  const char* name;
  const char* path;
  const char* body;
  const char* stream_type;
};

constexpr Asked kApis[] = {
    {"Chat", "/v1/chat/completions",
     R"({"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]})",
     "text/event-stream"},
    {"Responses", "/v1/responses",
     R"({"model":"m","stream":true,"input":"Hi"})", "text/event-stream"},
    {"Messages", "/v1/messages",
     R"({"model":"m","stream":true,"max_tokens":9,"messages":[
         {"role":"user","content":"Hi"}]})",
     "text/event-stream"},
    {"Azure", "/openai/deployments/m/chat/completions?api-version=2024-10-21",
     R"({"stream":true,"messages":[{"role":"user","content":"Hi"}]})",
     "text/event-stream"},
    {"Ollama", "/api/chat",
     R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})",
     "application/x-ndjson"},
};

class EveryApiTest : public ServerTest,
                     public testing::WithParamInterface<Asked> {
 protected:
  httplib::Result Post(bool stream = true) {
    json body = json::parse(GetParam().body);
    body["stream"] = stream;
    return Client()->Post(GetParam().path, body.dump(), "application/json");
  }
};

INSTANTIATE_TEST_SUITE_P(, EveryApiTest, testing::ValuesIn(kApis),
                         [](const auto& info) { return info.param.name; });

TEST_P(EveryApiTest, AnswersPromptsAtOnceAndInStreams) {
  Serve(R"([{"when": {"prompt": "Hi"}, "text": ["Hel", "lo"]}])");
  const auto whole = Post(false);
  ASSERT_TRUE(whole);
  EXPECT_THAT(whole->body, HasSubstr("Hello"));
  const auto stream = Post();
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->get_header_value("Content-Type"), GetParam().stream_type);
  EXPECT_THAT(stream->body, HasSubstr("\"Hel\""));
  EXPECT_THAT(stream->body, HasSubstr("\"lo\""));
}

TEST_P(EveryApiTest, LimitsRatesInItsOwnWords) {
  Serve(R"([{"error": {"status": 429, "message": "slow down",
                       "headers": {"retry-after": "1"}}}])");
  const auto result = Post();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 429);
  EXPECT_EQ(result->get_header_value("retry-after"), "1");
  EXPECT_THAT(result->body, HasSubstr("slow down"));
}

TEST_P(EveryApiTest, BreaksStreamsInItsOwnWords) {
  Serve(R"([{"text": "half", "error": {"status": 200, "message": "oh no"}}])");
  const auto result = Post();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_THAT(result->body, HasSubstr("\"half\""));
  const size_t error = result->body.find("oh no");
  ASSERT_NE(error, std::string::npos);
  EXPECT_EQ(result->body.find("data: ", error), std::string::npos);
}

TEST_P(EveryApiTest, CutsStallsAndGarblesStreams) {
  Serve(R"([{"text": "cut", "reset": true}, {"rawSse": ["data: {", "no"]},
            {"text": "first", "stall": true}])");
  EXPECT_FALSE(Post());
  const auto garbled = Post();
  ASSERT_TRUE(garbled);
  EXPECT_EQ(garbled->body, "data: {no");
  EXPECT_EQ(garbled->get_header_value("Content-Type"), GetParam().stream_type);
  std::string came;
  httplib::Request request;
  request.method = "POST";
  request.path = GetParam().path;
  request.body = GetParam().body;
  request.content_receiver = [&](const char* bytes, size_t size, uint64_t,
                                 uint64_t) {
    came.append(bytes, size);
    return came.find("\"first\"") == std::string::npos;  // enough seen
  };
  EXPECT_FALSE(Client()->send(request));
  EXPECT_THAT(came, HasSubstr("\"first\""));
}

TEST_P(EveryApiTest, FindsNothingWrongWithAnOrderlyRequest) {
  Serve("[]", "", {.strict = true});
  const auto result = Post();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_FALSE(Recorded().at(0).contains("violations"));
}

TEST_P(EveryApiTest, RecordsViolationsAndRefusesThemWhenStrict) {
  Serve(R"([{"text": "still there"}])", "", {.strict = true});
  const auto refused =
      Client()->Post(GetParam().path, "{}", "application/json");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  const std::string violation = Recorded().at(0)["violations"][0];
  EXPECT_THAT(refused->body, HasSubstr(violation));
  EXPECT_THAT(Post()->body, HasSubstr("still there"));
}

TEST_F(ServerTest, RecordsViolationsButAnswers) {
  Serve("[]");
  const auto result = Client()->Post(kPath, "{}", "application/json");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(Recorded().at(0)["violations"][0], "$.model: required");
}

TEST_F(ServerTest, AzuresDeploymentsNeedAVersion) {
  Serve("[]");
  const auto result = Client()->Post("/openai/deployments/m/chat/completions",
                                     R"({"messages":[]})", "application/json");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 404);
}

TEST_F(ServerTest, TheCopilotApiKnowsTheUsersOfTheScript) {
  Serve(R"([{"text": "welcome"}])",
        R"(, "users": [{"token": "tok-a", "login": "ada", "quota": {
             "chat": {"entitlement": 50}}}])");
  const auto ask = [&](const char* token) {
    return Client()->Post(
        "/chat/completions",
        {{"Copilot-Integration-Id", "i"}, {"Authorization", token}},
        kApis[0].body, "application/json");
  };
  EXPECT_EQ(ask("Bearer tok-b")->status, 401);
  const auto welcome = ask("Bearer tok-a");
  EXPECT_THAT(welcome->body, HasSubstr("welcome"));
  EXPECT_TRUE(welcome->has_header("x-quota-snapshot-chat"));
  const auto user = Client()->Get("/copilot_internal/user",
                                  {{"Authorization", "Bearer tok-a"}});
  EXPECT_EQ(json::parse(user->body)["login"], "ada");
  EXPECT_EQ(json::parse(user->body)["endpoints"]["api"],
            "http://127.0.0.1:" + std::to_string(port_));
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  Serve("[]");
  Server second({}, record_);
  const auto port = second.Start("127.0.0.1", port_);
  ASSERT_FALSE(port);
  EXPECT_THAT(port.error(), HasSubstr("Address already in use"));
}

TEST_F(ServerTest, SaysWhyItsCertificateCannotBeUsed) {
  Server server({}, record_,
                {.tls_cert = "/nonexistent.pem", .tls_key = "/nonexistent"});
  const auto port = server.Start("127.0.0.1", 0);
  ASSERT_FALSE(port);
  EXPECT_THAT(port.error(), HasSubstr("/nonexistent.pem"));
  EXPECT_THAT(port.error(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace copilot::fake_model
