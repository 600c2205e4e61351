// SPDX-License-Identifier: MIT
#include "wire/peer.h"

#include <fmt/format.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace copilot::wire {

// What outlives the Peer: responders and running operations share it.
class Peer::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& io, std::unique_ptr<Transport> transport,
       std::unique_ptr<Framing> framing, Options options)
      : io_(io),
        transport_(std::move(transport)),
        framing_(std::move(framing)),
        options_(std::move(options)) {}

  void Start(Handler* handler) {
    handler_ = handler;
    transport_->Start(
        [self = weak_from_this()](std::string_view bytes) {
          if (const auto core = self.lock()) core->OnBytes(bytes);
        },
        [self = weak_from_this()](const std::string& reason) {
          if (const auto core = self.lock()) core->OnEnd(reason);
        });
  }

  void Call(std::string_view method, std::string_view params, Callback callback,
            std::chrono::milliseconds timeout) {
    std::string body;
    {
      const std::lock_guard lock(mutex_);
      if (ended_) {
        FailLater(std::move(callback), end_reason_);
        return;
      }
      const int64_t id = next_id_++;
      body = RequestBody(std::to_string(id), method, params);
      Pending& pending = pending_[id];
      pending.callback = std::move(callback);
      if (timeout.count() > 0) ArmTimeout(id, &pending, method, timeout);
    }
    SendBody(body);
  }

  void SendBody(std::string_view body) {
    if (options_.tap) options_.tap(false, body);
    std::string frame;
    frame.reserve(body.size() + 32);
    framing_->Encode(body, &frame);
    SendBytes(std::move(frame));
  }

  void SendBytes(std::string bytes) {
    const std::lock_guard lock(cork_mutex_);
    if (corks_ > 0) {
      corked_ += bytes;
    } else {
      transport_->Send(std::move(bytes));
    }
  }

  void Cork() {
    const std::lock_guard lock(cork_mutex_);
    ++corks_;
  }

  void Uncork() {
    const std::lock_guard lock(cork_mutex_);
    if (corks_ > 0 && --corks_ == 0) Flush();
  }

  void CloseWrite() {
    const std::lock_guard lock(cork_mutex_);
    Flush();
    transport_->CloseWrite();
  }

  // Ends everything without telling the handler.
  void Detach(const std::string& reason) {
    handler_ = nullptr;
    transport_->Close();
    End(reason);
  }

  void Close() {
    transport_->Close();
    asio::post(io_, [self = shared_from_this()] {
      self->OnEnd("the connection was closed here");
    });
  }

  bool closed() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  // With cork_mutex_ held, so that nobody overtakes the corked frames.
  void Flush() {
    if (!corked_.empty()) transport_->Send(std::exchange(corked_, {}));
  }

  struct Pending {
    Callback callback;
    std::shared_ptr<asio::steady_timer> timer;
  };

  // With mutex_ held.
  void ArmTimeout(int64_t id, Pending* pending, std::string_view method,
                  std::chrono::milliseconds timeout) {
    pending->timer = std::make_shared<asio::steady_timer>(io_, timeout);
    pending->timer->async_wait([self = weak_from_this(), id,
                                method = std::string(method),
                                timeout](const asio::error_code& error) {
      const auto core = self.lock();
      if (error || !core) return;
      core->Settle(id, tl::unexpected(
                           RpcError{kTimeout,
                                    fmt::format("no answer to {} within {} ms",
                                                method, timeout.count()),
                                    nullptr}));
    });
  }

  void FailLater(Callback callback, std::string reason) {
    asio::post(io_, [callback = std::move(callback),
                     reason = std::move(reason)] {
      callback(tl::unexpected(RpcError{kConnectionClosed, reason, nullptr}));
    });
  }

  void Settle(int64_t id, RawResult result) {
    Pending pending;
    {
      const std::lock_guard lock(mutex_);
      const auto found = pending_.find(id);
      if (found == pending_.end()) return;
      pending = std::move(found->second);
      pending_.erase(found);
    }
    if (pending.timer) pending.timer->cancel();
    pending.callback(std::move(result));
  }

  void OnBytes(std::string_view bytes) {
    if (lost_) return;
    const auto self = shared_from_this();  // a handler may destroy the Peer
    framing_->Append(bytes);
    while (handler_ != nullptr) {
      const auto body = framing_->Next();
      if (!body) return;
      if (!*body) {
        lost_ = true;
        OnGarbage(RpcError{kParseError, body->error().message, nullptr}, "",
                  true);
        return;
      }
      OnBody(**body);
    }
  }

  void OnBody(std::string_view body) {
    if (options_.tap) options_.tap(true, body);
    const auto message = ParseMessage(body, options_.id_rule);
    if (!message) {
      OnGarbage(message.error(), body, false);
      return;
    }
    switch (message->kind) {
      case Message::Kind::kRequest:
        handler_->OnRequest(*message, MakeResponder(*message));
        return;
      case Message::Kind::kNotification:
        handler_->OnNotification(*message);
        return;
      case Message::Kind::kResult:
        OnAnswer(message->id, std::string(message->result));
        return;
      case Message::Kind::kError:
        OnAnswer(message->id, tl::unexpected(ReadError(message->error)));
        return;
    }
  }

  void OnGarbage(const RpcError& error, std::string_view body, bool fatal) {
    if (options_.answer_garbage) SendBody(ErrorBody("null", error));
    if (handler_ != nullptr) handler_->OnGarbage(error, body, fatal);
  }

  void OnAnswer(std::string_view raw_id, RawResult result) {
    int64_t id = 0;
    const auto [end, code] =
        std::from_chars(raw_id.data(), raw_id.data() + raw_id.size(), id);
    if (code != std::errc() || end != raw_id.data() + raw_id.size()) return;
    Settle(id, std::move(result));
  }

  static RpcError ReadError(std::string_view raw) {
    RpcError error{kInternalError, std::string(raw), nullptr};
    const Json value = Json::parse(raw, nullptr, false);
    if (!value.is_object()) return error;
    if (const auto code = value.find("code");
        code != value.end() && code->is_number_integer()) {
      error.code = code->get<int>();
    }
    if (const auto text = value.find("message");
        text != value.end() && text->is_string()) {
      error.message = text->get<std::string>();
    }
    if (const auto data = value.find("data"); data != value.end()) {
      error.data = *data;
    }
    return error;
  }

  void OnEnd(const std::string& reason) {
    const auto self = shared_from_this();
    if (!End(reason)) return;
    if (Handler* handler = std::exchange(handler_, nullptr)) {
      handler->OnClosed(reason);
    }
  }

  // Fails what is pending; false when that has happened before.
  bool End(const std::string& reason) {
    std::map<int64_t, Pending> pending;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(ended_, true)) return false;
      end_reason_ = reason;
      pending.swap(pending_);
    }
    for (auto& [id, call] : pending) {
      if (call.timer) call.timer->cancel();
      call.callback(
          tl::unexpected(RpcError{kConnectionClosed, reason, nullptr}));
    }
    return true;
  }

  Responder MakeResponder(const Message& request);

  asio::io_context& io_;
  const std::unique_ptr<Transport> transport_;
  const std::unique_ptr<Framing> framing_;
  const Options options_;
  Handler* handler_ = nullptr;
  bool lost_ = false;  // the framing

  mutable std::mutex mutex_;  // guards what follows
  int64_t next_id_ = 1;
  std::map<int64_t, Pending> pending_;
  bool ended_ = false;
  std::string end_reason_;

  std::mutex cork_mutex_;  // guards what follows
  int corks_ = 0;
  std::string corked_;
};

struct Responder::State {
  std::weak_ptr<Peer::Core> core;
  std::string id;
  std::string method;
  std::atomic<bool> settled = false;

  // True for the caller that may answer.
  bool Claim() { return !settled.exchange(true); }

  void Send(const std::string& body) {
    if (const auto peer = core.lock()) peer->SendBody(body);
  }

  ~State() {
    if (!Claim()) return;
    Send(ErrorBody(id, RpcError{kInternalError,
                                fmt::format("Request {} failed with message: "
                                            "no answer",
                                            method),
                                nullptr}));
  }
};

Responder Peer::Core::MakeResponder(const Message& request) {
  Responder responder;
  responder.state_ = std::make_shared<Responder::State>();
  responder.state_->core = weak_from_this();
  responder.state_->id = request.id;
  responder.state_->method = request.method;
  return responder;
}

void Responder::Result(std::string_view raw_json) const {
  if (state_->Claim()) state_->Send(ResultBody(state_->id, raw_json));
}

void Responder::Error(const RpcError& error) const {
  if (state_->Claim()) state_->Send(ErrorBody(state_->id, error));
}

void Responder::Abandon() const { state_->Claim(); }

std::string_view Responder::id() const { return state_->id; }

Peer::Peer(asio::io_context& io, std::unique_ptr<Transport> transport,
           std::unique_ptr<Framing> framing, Options options)
    : core_(std::make_shared<Core>(io, std::move(transport), std::move(framing),
                                   std::move(options))) {}

Peer::Peer(asio::io_context& io, std::unique_ptr<Transport> transport,
           std::unique_ptr<Framing> framing)
    : Peer(io, std::move(transport), std::move(framing), Options()) {}

Peer::~Peer() { core_->Detach("the peer was destroyed"); }

void Peer::Start(Handler* handler) { core_->Start(handler); }

void Peer::Call(std::string_view method, std::string_view params,
                Callback callback, std::chrono::milliseconds timeout) {
  core_->Call(method, params, std::move(callback), timeout);
}

void Peer::Notify(std::string_view method, std::string_view params) {
  core_->SendBody(NotificationBody(method, params));
}

void Peer::SendBody(std::string_view body) { core_->SendBody(body); }
void Peer::SendBytes(std::string bytes) { core_->SendBytes(std::move(bytes)); }
void Peer::Cork() { core_->Cork(); }
void Peer::Uncork() { core_->Uncork(); }
void Peer::CloseWrite() { core_->CloseWrite(); }
void Peer::Close() { core_->Close(); }
bool Peer::closed() const { return core_->closed(); }

}  // namespace copilot::wire
