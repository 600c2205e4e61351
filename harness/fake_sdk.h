// SPDX-License-Identifier: MIT
//
// Test doubles of the SDK: a session that plays events, clients and factories
// that are mocked. For the tests of this folder only.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/environment.h"
#include "harness/pool.h"
#include "harness/sdk_client.h"
#include "harness/sdk_session.h"

namespace copilot::harness {

// An environment that holds what the test says.
class FakeEnvironment : public Environment {
 public:
  Variables variables;
  std::string home = "/home/ada";
  std::string current = "/work";

  std::optional<std::string> Get(const std::string& name) const override {
    const auto it = variables.find(name);
    if (it == variables.end()) return std::nullopt;
    return it->second;
  }
  Variables All() const override { return variables; }
  std::string HomeDirectory() const override { return home; }
  std::string CurrentDirectory() const override { return current; }
};

inline Json Event(const std::string& type, Json data = Json::object(),
                  Json more = Json::object()) {
  Json event = {{"type", type}, {"data", std::move(data)}, {"id", "e1"}};
  event.update(more);
  return event;
}

inline Json Message(const std::string& content, const std::string& id = "m1") {
  return Event("assistant.message", {{"messageId", id}, {"content", content}});
}

// A session whose turn is a function of the test. Records what is called on it.
class FakeSession : public SdkSession {
 public:
  explicit FakeSession(std::string id = "sdk-1") : id_(std::move(id)) {}

  // What SendAndWait does; by default the model answers "done" and is idle.
  std::function<Expected<std::optional<Json>>(FakeSession&)> turn =
      [](FakeSession& session) { return session.Answer("done"); };
  std::function<Status()> on_disconnect = [] { return Status(); };
  std::function<Expected<Json>()> on_compact = [] {
    return Json{{"success", true}};
  };
  std::function<void()> on_cancel = [] {};
  Milliseconds cancel_bound{0};  // of the last cancellation

  // Emits message and idle, and is what SendAndWait then gives.
  Expected<std::optional<Json>> Answer(const std::string& text) {
    const Json message = Message(text);
    Emit(message);
    Emit(Event("session.idle"));
    return message;
  }

  void Emit(const Json& event) {
    const SessionEvent parsed(event);
    std::vector<Listener> found;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, entry] : listeners_) {
        if (entry.first == parsed.type()) found.push_back(entry.second);
      }
    }
    for (const Listener& listener : found) listener(parsed);
  }

  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  int count(const std::string& call) const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(std::count(calls_.begin(), calls_.end(), call));
  }
  size_t listener_count() const {
    const std::lock_guard lock(mutex_);
    return listeners_.size();
  }
  std::vector<std::string> removed_types() const {
    const std::lock_guard lock(mutex_);
    return removed_;
  }
  std::vector<MessageOptions> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

  std::string id() const override { return id_; }
  ListenerId On(std::string type, Listener listener) override {
    const std::lock_guard lock(mutex_);
    if (listeners_.empty()) calls_.push_back("on");
    listeners_[next_] = {std::move(type), std::move(listener)};
    return next_++;
  }
  void Off(ListenerId id) override {
    const std::lock_guard lock(mutex_);
    const auto it = listeners_.find(id);
    if (it == listeners_.end()) return;
    removed_.push_back(it->second.first);
    listeners_.erase(it);
  }
  Status Send(const MessageOptions& message) override {
    Record("send", &message);
    return {};
  }
  Expected<std::optional<Json>> SendAndWait(const MessageOptions& message,
                                            Milliseconds) override {
    Record("sendAndWait", &message);
    return turn(*this);
  }
  Status Abort() override {
    Record("abort");
    if (on_abort) on_abort();
    return {};
  }
  Status Disconnect() override {
    Record("disconnect");
    return on_disconnect();
  }
  Expected<Json> CompactHistory(
      const std::optional<std::string>& instructions) override {
    Record("compact:" + instructions.value_or("-"));
    return on_compact();
  }
  Status AbortManualCompaction() override {
    Record("abortManualCompaction");
    return {};
  }
  Status CancelBackgroundCompaction(Milliseconds bound) override {
    Record("cancelBackgroundCompaction");
    cancel_bound = bound;
    on_cancel();
    return {};
  }

  std::function<void()> on_abort;

 private:
  void Record(const std::string& call,
              const MessageOptions* message = nullptr) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(call);
    if (message != nullptr) sent_.push_back(*message);
  }

  const std::string id_;
  mutable std::mutex mutex_;
  ListenerId next_ = 1;
  std::map<ListenerId, std::pair<std::string, Listener>> listeners_;
  std::vector<std::string> calls_;
  std::vector<std::string> removed_;
  std::vector<MessageOptions> sent_;
};

class MockClient : public SdkClient {
 public:
  MOCK_METHOD(Expected<std::shared_ptr<SdkSession>>, CreateSession,
              (const SessionConfig&), (override));
  MOCK_METHOD(Expected<std::shared_ptr<SdkSession>>, ResumeSession,
              (const std::string&, const SessionConfig&), (override));
  MOCK_METHOD(Status, DeleteSession, (const std::string&), (override));
  MOCK_METHOD(std::vector<Error>, Stop, (), (override));
  MOCK_METHOD(void, ForceStop, (), (override));
};

class MockFactory : public ClientFactory {
 public:
  MOCK_METHOD(Expected<std::shared_ptr<SdkClient>>, Create,
              (const ClientOptions&), (override));
};

class MockPool : public ClientPool {
 public:
  MOCK_METHOD(Expected<Lease>, Acquire, (const PoolKey&, const ClientOptions&),
              (override));
  MOCK_METHOD(Status, Release, (const Lease&), (override));
  MOCK_METHOD(void, Invalidate, (const Lease&), (override));
  MOCK_METHOD(std::vector<Error>, Dispose, (), (override));
  MOCK_METHOD(size_t, size, (), (const, override));
};

}  // namespace copilot::harness
