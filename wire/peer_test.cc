// SPDX-License-Identifier: MIT
#include "wire/peer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace copilot::wire {
namespace {

using std::chrono::milliseconds;

// Remembers what happens and answers as told.
struct Recorder : Peer::Handler {
  std::vector<std::pair<std::string, Responder>> requests;
  std::vector<std::string> notifications;
  std::vector<std::string> garbage;
  std::string closed;
  bool echo = false;

  void OnRequest(const Message& request, Responder responder) override {
    if (echo) {
      responder.Result(request.params.empty() ? "null" : request.params);
    } else {
      requests.emplace_back(request.method, responder);
    }
  }
  void OnNotification(const Message& notification) override {
    notifications.push_back(notification.method);
  }
  void OnGarbage(const RpcError& error, std::string_view, bool fatal) override {
    garbage.push_back(error.message + (fatal ? " (fatal)" : ""));
  }
  void OnClosed(const std::string& reason) override { closed = reason; }
};

class PeerTest : public testing::Test {
 protected:
  PeerTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    Peer::Options strict;
    strict.answer_garbage = true;
    strict.id_rule = IdRule::kStringOrInteger;
    client_ = std::make_unique<Peer>(io_, MakeFdTransport(io_, fds[0], fds[0]),
                                     MakeContentLengthFraming());
    server_ = std::make_unique<Peer>(io_, MakeFdTransport(io_, fds[1], fds[1]),
                                     MakeContentLengthFraming(), strict);
    client_->Start(&at_client_);
    server_->Start(&at_server_);
  }

  // Runs until nothing more happens by itself; every answer is one step away.
  template <typename Condition>
  void RunUntil(Condition condition) {
    io_.restart();
    while (!condition()) {
      ASSERT_GT(io_.run_one_for(std::chrono::seconds(10)), 0u)
          << "nothing happened";
    }
  }

  // The answer of one call.
  RawResult Call(std::string_view method, std::string_view params,
                 milliseconds timeout = milliseconds(0)) {
    std::optional<RawResult> answer;
    client_->Call(
        method, params, [&](RawResult result) { answer = std::move(result); },
        timeout);
    RunUntil([&] { return answer.has_value(); });
    return *answer;
  }

  asio::io_context io_;
  Recorder at_client_;
  Recorder at_server_;
  std::unique_ptr<Peer> client_;
  std::unique_ptr<Peer> server_;
};

TEST_F(PeerTest, AnswersACall) {
  at_server_.echo = true;
  EXPECT_EQ(Call("echo", R"({"a":1})").value(), R"({"a":1})");
}

TEST_F(PeerTest, DeliversNotificationsInOrder) {
  client_->Notify("one", "");
  client_->Notify("two", "{}");
  RunUntil([&] { return at_server_.notifications.size() == 2; });
  EXPECT_EQ(at_server_.notifications, (std::vector<std::string>{"one", "two"}));
}

TEST_F(PeerTest, MatchesAnswersThatOvertakeEachOther) {
  std::vector<std::string> answers;
  client_->Call("a", "", [&](RawResult r) { answers.push_back("a" + *r); });
  client_->Call("b", "", [&](RawResult r) { answers.push_back("b" + *r); });
  RunUntil([&] { return at_server_.requests.size() == 2; });
  at_server_.requests[1].second.Result("2");
  at_server_.requests[0].second.Result("1");
  RunUntil([&] { return answers.size() == 2; });
  EXPECT_EQ(answers, (std::vector<std::string>{"b2", "a1"}));
}

TEST_F(PeerTest, CarriesErrorsWithTheirData) {
  std::optional<RawResult> answer;
  client_->Call("a", "", [&](RawResult r) { answer = r; });
  RunUntil([&] { return !at_server_.requests.empty(); });
  at_server_.requests[0].second.Error({-32603, "no", Json{{"k", 1}}});
  RunUntil([&] { return answer.has_value(); });
  EXPECT_EQ(answer->error().code, -32603);
  EXPECT_EQ(answer->error().message, "no");
  EXPECT_EQ(answer->error().data["k"], 1);
}

TEST_F(PeerTest, EchoesIdsAsTheyCame) {
  std::string seen;
  client_->SendBody(R"({"jsonrpc":"2.0","id":"  x\u0041","method":"m"})");
  RunUntil([&] { return !at_server_.requests.empty(); });
  EXPECT_EQ(at_server_.requests[0].second.id(), R"("  x\u0041")");
}

TEST_F(PeerTest, OnlyTheFirstAnswerCounts) {
  int answers = 0;
  client_->Call("a", "", [&](RawResult r) {
    EXPECT_EQ(*r, "1");
    ++answers;
  });
  RunUntil([&] { return !at_server_.requests.empty(); });
  at_server_.requests[0].second.Result("1");
  at_server_.requests[0].second.Result("2");
  server_->Notify("end", "");
  RunUntil([&] { return !at_client_.notifications.empty(); });
  EXPECT_EQ(answers, 1);
}

TEST_F(PeerTest, ARequestNobodyAnswersGetsAnError) {
  std::optional<RawResult> answer;
  client_->Call("lost", "", [&](RawResult r) { answer = r; });
  RunUntil([&] { return !at_server_.requests.empty(); });
  at_server_.requests.clear();
  RunUntil([&] { return answer.has_value(); });
  EXPECT_EQ(answer->error().code, kInternalError);
  EXPECT_NE(answer->error().message.find("lost"), std::string::npos);
}

TEST_F(PeerTest, ACallTimesOutAndALateAnswerIsIgnored) {
  const RawResult answer = Call("slow", "", milliseconds(1));
  EXPECT_EQ(answer.error().code, kTimeout);
  EXPECT_EQ(answer.error().message, "no answer to slow within 1 ms");
  RunUntil([&] { return !at_server_.requests.empty(); });
  at_server_.requests[0].second.Result("1");
  at_server_.echo = true;
  EXPECT_TRUE(Call("next", "").has_value());
}

TEST_F(PeerTest, EveryPendingCallFailsWhenTheStreamEnds) {
  std::vector<int> codes;
  for (int i = 0; i < 3; ++i) {
    client_->Call("m", "",
                  [&](RawResult r) { codes.push_back(r.error().code); });
  }
  server_.reset();
  RunUntil([&] { return !at_client_.closed.empty(); });
  EXPECT_EQ(codes, std::vector<int>(3, kConnectionClosed));
  EXPECT_TRUE(client_->closed());
  EXPECT_EQ(Call("later", "").error().code, kConnectionClosed);
}

TEST_F(PeerTest, AResponderOutlivesItsPeer) {
  client_->Call("a", "", [](RawResult) {});
  RunUntil([&] { return !at_server_.requests.empty(); });
  server_.reset();
  at_server_.requests[0].second.Result("1");
  at_server_.requests.clear();
}

TEST_F(PeerTest, GarbageIsAnsweredAndTheStreamGoesOn) {
  client_->SendBody("{nonsense");
  client_->SendBody(R"({"jsonrpc":"2.0","id":1.5,"method":"m"})");
  at_server_.echo = true;
  EXPECT_TRUE(Call("still", "").has_value());
  EXPECT_EQ(at_server_.garbage,
            (std::vector<std::string>{
                "key must be a string at line 1 column 2",
                "data did not match any variant of untagged enum RequestId"}));
}

TEST_F(PeerTest, ALostFramingSilencesTheReaderButNotTheStream) {
  client_->SendBytes("X: 1\r\n\r\n");
  RunUntil([&] { return !at_server_.garbage.empty(); });
  EXPECT_EQ(at_server_.garbage[0],
            "Header must provide a Content-Length property. (fatal)");
  server_->Notify("alive", "");
  RunUntil([&] { return !at_client_.notifications.empty(); });
  EXPECT_EQ(at_server_.closed, "");
  client_.reset();
  RunUntil([&] { return !at_server_.closed.empty(); });
}

TEST_F(PeerTest, CorkedFramesGoOutTogether) {
  server_->Cork();
  server_->Notify("one", "");
  server_->Notify("two", "");
  EXPECT_EQ(io_.poll(), 0u);
  server_->Uncork();
  RunUntil([&] { return at_client_.notifications.size() == 2; });
}

TEST_F(PeerTest, ClosingOurWritingSideEndsTheOther) {
  client_->CloseWrite();
  RunUntil([&] { return !at_server_.closed.empty(); });
}

TEST_F(PeerTest, LargeBodiesArriveWhole) {
  at_server_.echo = true;
  const std::string big = "\"" + std::string(5 << 20, 'x') + "\"";
  EXPECT_EQ(Call("big", big).value(), big);
}

TEST(PeerOverLines, SpeaksOneMessagePerLine) {
  asio::io_context io;
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  Recorder at_a;
  Recorder at_b;
  at_b.echo = true;
  Peer a(io, MakeFdTransport(io, fds[0], fds[0]), MakeLineFraming());
  Peer b(io, MakeFdTransport(io, fds[1], fds[1]), MakeLineFraming());
  a.Start(&at_a);
  b.Start(&at_b);
  std::string answer;
  a.Call("x", "[1]", [&](RawResult r) { answer = *r; });
  while (answer.empty() && io.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  EXPECT_EQ(answer, "[1]");
}

}  // namespace
}  // namespace copilot::wire
