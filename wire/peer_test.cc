// SPDX-License-Identifier: MIT
#include "wire/peer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <asio/executor_work_guard.hpp>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
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
    signal(SIGPIPE, SIG_IGN);
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

// Ids of JSON-RPC at large; the CLI takes strings and integers only.
TEST_F(PeerTest, EchoesAnyJsonValueAsAnId) {
  Recorder at_lenient;
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  Peer lenient(io_, MakeFdTransport(io_, fds[0], fds[0]),
               MakeContentLengthFraming());
  const auto other = MakeFdTransport(io_, fds[1], fds[1]);
  std::string got;
  other->Start([&](std::string_view bytes) { got += bytes; }, [](auto&) {});
  at_lenient.echo = true;
  lenient.Start(&at_lenient);
  for (const char* id :
       {"1.50", "null", "true", "-0", R"({"a":[1, 2]})", R"("\u00e9")"}) {
    got.clear();
    std::string frame;
    MakeContentLengthFraming()->Encode(
        std::string(R"({"jsonrpc":"2.0","method":"m","id":)") + id + "}",
        &frame);
    other->Send(frame);
    const std::string answer =
        std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"result":null})";
    RunUntil([&] { return got.size() >= answer.size() + 20; });
    EXPECT_TRUE(got.ends_with(answer)) << got;
  }
}

TEST_F(PeerTest, AnswersToUnknownIdsAreIgnored) {
  for (const char* id : {"99", "\"1\"", "null", "99999999999999999999"}) {
    const std::string head = std::string(R"({"jsonrpc":"2.0","id":)") + id;
    server_->SendBody(head + R"(,"result":1})");
    server_->SendBody(head + R"(,"error":{"code":1,"message":"m"}})");
  }
  at_server_.echo = true;
  EXPECT_EQ(Call("m", "1").value(), "1");
  EXPECT_TRUE(at_client_.garbage.empty());
}

TEST_F(PeerTest, AnAnswerWithInvalidUtf8GoesOutNevertheless) {
  std::optional<RawResult> answer;
  client_->Call("a\xFF", "", [&](RawResult r) { answer = r; });
  RunUntil([&] { return !at_server_.requests.empty(); });
  at_server_.requests[0].second.Result(Json("\xFF"));
  RunUntil([&] { return answer.has_value(); });
  EXPECT_EQ(answer->value(), "\"\xEF\xBF\xBD\"");
}

TEST_F(PeerTest, AnAbandonedRequestStaysUnanswered) {
  int answers = 0;
  client_->Call("a", "", [&](RawResult) { ++answers; });
  RunUntil([&] { return !at_server_.requests.empty(); });
  at_server_.requests[0].second.Abandon();
  at_server_.requests.clear();
  server_->Notify("end", "");
  RunUntil([&] { return !at_client_.notifications.empty(); });
  EXPECT_EQ(answers, 0);
  client_.reset();  // fails the call, which counts here
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

TEST_F(PeerTest, CloseFailsPendingCallsAndTellsTheHandler) {
  std::string message;
  client_->Call("m", "", [&](RawResult r) { message = r.error().message; });
  client_->Close();
  RunUntil([&] { return !at_client_.closed.empty(); });
  EXPECT_EQ(message, "the connection was closed here");
  RunUntil([&] { return !at_server_.closed.empty(); });
}

TEST_F(PeerTest, DestroyingThePeerFailsPendingCallsButTellsNoHandler) {
  int code = 0;
  client_->Call("m", "", [&](RawResult r) { code = r.error().code; });
  client_.reset();
  EXPECT_EQ(code, kConnectionClosed);
  RunUntil([&] { return !at_server_.closed.empty(); });
  EXPECT_EQ(at_client_.closed, "");
}

TEST_F(PeerTest, AHandlerMayDestroyItsPeer) {
  struct Suicidal : Recorder {
    std::unique_ptr<Peer>* peer = nullptr;
    void OnNotification(const Message&) override {
      ++calls;
      peer->reset();
    }
    int calls = 0;
  } handler;
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  auto victim = std::make_unique<Peer>(
      io_, MakeFdTransport(io_, fds[0], fds[0]), MakeLineFraming());
  handler.peer = &victim;
  victim->Start(&handler);
  Peer other(io_, MakeFdTransport(io_, fds[1], fds[1]), MakeLineFraming());
  other.Start(&at_client_);
  other.SendBytes(
      "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n"
      "{\"jsonrpc\":\"2.0\",\"method\":\"b\"}\n");
  RunUntil([&] { return !at_client_.closed.empty(); });
  EXPECT_EQ(handler.calls, 1);
}

// Calls and answers come from many threads; the io_context runs on this one.
TEST_F(PeerTest, MayBeUsedFromOtherThreads) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 200;
  at_server_.echo = true;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        const std::string params = std::to_string(t * kCalls + i);
        client_->Call(
            "m", params,
            [&answered, params](RawResult result) {
              if (result && *result == params) ++answered;
            },
            milliseconds(60000));
      }
    });
  }
  RunUntil([&] { return answered == kThreads * kCalls; });
  for (auto& thread : threads) thread.join();
}

TEST_F(PeerTest, MayBeClosedFromAnotherThread) {
  const auto guard = asio::make_work_guard(io_);
  std::vector<std::thread> threads;
  client_->Call("m", "", [](RawResult) {});
  threads.emplace_back([&] { client_->Close(); });
  threads.emplace_back([&] { server_->Notify("n", ""); });
  RunUntil([&] { return !at_client_.closed.empty(); });
  for (auto& thread : threads) thread.join();
}

TEST_F(PeerTest, ATapSeesEveryBodyBothWays) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  std::vector<std::string> seen;
  Peer::Options options;
  options.tap = [&](bool incoming, std::string_view body) {
    seen.push_back((incoming ? "< " : "> ") + std::string(body));
  };
  Peer tapped(io_, MakeFdTransport(io_, fds[0], fds[0]), MakeLineFraming(),
              options);
  Peer other(io_, MakeFdTransport(io_, fds[1], fds[1]), MakeLineFraming());
  Recorder at_tapped;
  Recorder at_other;
  at_other.echo = true;
  tapped.Start(&at_tapped);
  other.Start(&at_other);
  bool done = false;
  tapped.Call("m", "7", [&](RawResult) { done = true; });
  RunUntil([&] { return done; });
  EXPECT_EQ(seen, (std::vector<std::string>{
                      R"(> {"jsonrpc":"2.0","id":1,"method":"m","params":7})",
                      R"(< {"jsonrpc":"2.0","id":1,"result":7})"}));
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

TEST_F(PeerTest, CorksNestAndCannotBePulledTwice) {
  server_->Uncork();
  server_->Cork();
  server_->Cork();
  server_->Notify("one", "");
  server_->Uncork();
  EXPECT_EQ(io_.poll(), 0u);
  server_->Uncork();
  RunUntil([&] { return at_client_.notifications.size() == 1; });
}

TEST_F(PeerTest, ClosingOurWritingSideSendsWhatIsCorkedFirst) {
  server_->Cork();
  server_->Notify("last words", "");
  server_->CloseWrite();
  RunUntil([&] { return !at_client_.closed.empty(); });
  EXPECT_EQ(at_client_.notifications, std::vector<std::string>{"last words"});
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
