// SPDX-License-Identifier: MIT
//
// fake-copilot as a client sees it: a child process that speaks over its pipes
// or over TCP. For tests.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "fake-cli/scratch_directory.h"
#include "wire/child_process.h"
#include "wire/peer.h"

namespace copilot::fake_cli {

using Json = nlohmann::json;

// Long enough for a loaded machine; nothing waits for it to pass.
inline constexpr std::chrono::seconds kPatience{20};

template <typename Condition>
[[nodiscard]] bool RunUntil(asio::io_context& io, Condition condition) {
  while (!condition()) {
    io.restart();
    if (io.run_one_for(kPatience) == 0) return false;
  }
  return true;
}

// A client at one end of a connection.
class Client : public wire::Peer::Handler {
 public:
  Client(asio::io_context& io, std::unique_ptr<wire::Transport> transport)
      : io_(io) {
    wire::Peer::Options options;
    options.tap = [this](bool incoming, std::string_view body) {
      if (incoming) received.emplace_back(body);
    };
    peer = std::make_unique<wire::Peer>(io, std::move(transport),
                                        wire::MakeContentLengthFraming(),
                                        std::move(options));
    peer->Start(this);
  }

  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    requests.push_back({request.method, Json::parse(request.params)});
    const auto answer = answers.find(request.method);
    if (answer == answers.end()) {
      responder.Error({wire::kMethodNotFound, "no such method", nullptr});
    } else {
      responder.Result(answer->second);
    }
  }
  void OnNotification(const wire::Message& notification) override {
    if (notification.method != "session.event") return;
    events.push_back(Json::parse(notification.params)["event"]);
  }
  void OnClosed(const std::string&) override { closed = true; }

  wire::RawResult Call(const std::string& method, const Json& params) {
    std::optional<wire::RawResult> result;
    peer->Call(method, params.dump(),
               [&](wire::RawResult raw) { result = std::move(raw); });
    EXPECT_TRUE(RunUntil(io_, [&] { return result.has_value(); })) << method;
    return result.value_or(wire::RawResult("null"));
  }

  // The result of a call that works.
  Json Ask(const std::string& method, const Json& params = Json::object()) {
    const wire::RawResult raw = Call(method, params);
    EXPECT_TRUE(raw) << method << ": " << raw.error().message;
    return raw ? Json::parse(*raw) : Json();
  }

  // "code text" of a call that fails.
  std::string Failure(const std::string& method,
                      const Json& params = Json::object()) {
    const wire::RawResult raw = Call(method, params);
    if (raw) return "(no failure)";
    return fmt::format("{} {}", raw.error().code, raw.error().message);
  }

  // The answer to a body that has no id to answer to.
  Json AnswerTo(const std::string& body) {
    const size_t before = received.size();
    peer->SendBody(body);
    EXPECT_TRUE(RunUntil(io_, [&] { return received.size() > before; }));
    return received.size() > before ? Json::parse(received[before]) : Json();
  }

  size_t Count(const std::string& type) const {
    return static_cast<size_t>(std::count_if(
        events.begin(), events.end(),
        [&](const Json& event) { return event["type"] == type; }));
  }

  // Waits for the `nth` event of this type; returns it.
  Json WaitFor(const std::string& type, size_t nth = 1) {
    if (!RunUntil(io_, [&] { return Count(type) >= nth; })) {
      ADD_FAILURE() << "no " << type << " came";
      return {};
    }
    for (const Json& event : events) {
      if (event["type"] == type && --nth == 0) return event;
    }
    return {};
  }

  void Send(const std::string& session, const std::string& prompt) {
    Ask("session.send", {{"sessionId", session}, {"prompt", prompt}});
  }

  // Sends a message and waits for the end of its turn.
  void Turn(const std::string& session, const std::string& prompt) {
    const size_t before = Count("session.idle");
    Send(session, prompt);
    WaitFor("session.idle", before + 1);
  }

  std::vector<Json> Of(const std::string& type) const {
    std::vector<Json> found;
    for (const Json& event : events) {
      if (event["type"] == type) found.push_back(event);
    }
    return found;
  }

  std::vector<std::string> Contents() const {
    std::vector<std::string> contents;
    for (const Json& event : Of("assistant.message")) {
      contents.push_back(event["data"]["content"]);
    }
    return contents;
  }

  std::vector<std::string> PersistedTypes() const {
    std::vector<std::string> types;
    for (const Json& event : events) {
      if (!event.contains("ephemeral")) types.push_back(event["type"]);
    }
    return types;
  }

  std::unique_ptr<wire::Peer> peer;
  std::vector<std::string> received;
  std::vector<Json> events;
  std::vector<std::pair<std::string, Json>> requests;
  std::map<std::string, std::string> answers;
  bool closed = false;

 private:
  asio::io_context& io_;
};

class FakeCopilotTest : public testing::Test {
 protected:
  FakeCopilotTest() { signal(SIGPIPE, SIG_IGN); }

  void Spawn(std::vector<std::string> arguments, bool pipe_stdin = true) {
    arguments.insert(arguments.begin(), FAKE_COPILOT);
    wire::ChildOptions options;
    options.argv = std::move(arguments);
    options.environment = {"HOME=" + scratch_.path(),
                           "COPILOT_HOME=" + scratch_.File("home")};
    options.environment.insert(options.environment.end(), environment_.begin(),
                               environment_.end());
    options.working_directory = scratch_.path();
    options.pipe_stdin = pipe_stdin;
    auto child = wire::ChildProcess::Spawn(io_, std::move(options));
    ASSERT_TRUE(child) << child.error();
    child_ = std::move(*child);
  }

  // A CLI on stdio that plays `script`; without one the echo brain answers.
  Client& Start(const std::string& script = "") {
    std::vector<std::string> arguments = {"--headless", "--stdio"};
    if (!script.empty()) {
      arguments.insert(arguments.end(),
                       {"--script", scratch_.Write("script.json", script)});
    }
    Spawn(std::move(arguments));
    client_ = std::make_unique<Client>(io_, child_->TakeTransport());
    return *client_;
  }

  wire::ExitStatus WaitForExit() {
    std::optional<wire::ExitStatus> status;
    child_->OnExit([&](wire::ExitStatus ended) { status = ended; });
    EXPECT_TRUE(RunUntil(io_, [&] { return status.has_value(); }));
    return status.value_or(wire::ExitStatus{-1, 0});
  }

  wire::ExitStatus EndInput() {
    client_->peer->CloseWrite();
    return WaitForExit();
  }

  // What a program prints that ends by itself.
  std::string Output() {
    const auto transport = child_->TakeTransport();
    std::string text;
    bool ended = false;
    transport->Start([&](std::string_view bytes) { text += bytes; },
                     [&](const std::string&) { ended = true; });
    EXPECT_TRUE(RunUntil(io_, [&] { return ended; }));
    return text;
  }

  // Starts a TCP server; its port, read from its own words.
  int Listen() {
    Spawn({"--headless"}, false);
    stdout_ = child_->TakeTransport();
    stdout_->Start([this](std::string_view bytes) { printed_ += bytes; },
                   [](const std::string&) {});
    std::smatch match;
    const std::regex line("^CLI server listening on port (\\d+)\n");
    EXPECT_TRUE(RunUntil(
        io_, [&] { return std::regex_search(printed_, match, line); }));
    return match.empty() ? 0 : std::stoi(match[1]);
  }

  std::unique_ptr<Client> Dial(int port) {
    auto transport = wire::DialTcp(io_, "127.0.0.1", port, 10000);
    if (!transport) {
      ADD_FAILURE() << transport.error();
      return nullptr;
    }
    return std::make_unique<Client>(io_, std::move(*transport));
  }

  ScratchDirectory scratch_;
  std::vector<std::string> environment_;
  asio::io_context io_;
  std::unique_ptr<wire::ChildProcess> child_;
  std::unique_ptr<wire::Transport> stdout_;
  std::string printed_;
  std::unique_ptr<Client> client_;
};

}  // namespace copilot::fake_cli
