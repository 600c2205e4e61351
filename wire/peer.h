// SPDX-License-Identifier: MIT
//
// One end of a JSON-RPC 2.0 conversation over a transport.
//
// Concurrency: a Peer belongs to an io_context. All callbacks (requests,
// notifications, answers, the end) run on its thread, one at a time. Call,
// Notify and Responder may be used from any thread. Destroy a Peer on that
// thread or while the io_context is not running.
//
// Nothing is left waiting: when the stream ends, every pending call fails with
// kConnectionClosed and the reason, and so does every later one.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "wire/framing.h"
#include "wire/message.h"
#include "wire/transport.h"

namespace copilot::wire {

// The raw JSON of a result, or the error.
using RawResult = tl::expected<std::string, RpcError>;

class Peer;

// The duty to answer one request. Copies share it; the first answer counts. If
// all copies go without an answer, kInternalError is sent, so that no client
// waits for ever by accident. Outlives its Peer harmlessly.
class Responder {
 public:
  void Result(std::string_view raw_json) const;
  // A template so that text is never taken for a document to be quoted.
  template <typename T>
  requires std::same_as<T, Json>
  void Result(const T& value) const {
    // Invalid UTF-8 becomes U+FFFD: an answer must go out.
    Result(std::string_view(
        value.dump(-1, ' ', false, Json::error_handler_t::replace)));
  }
  void Error(const RpcError& error) const;
  // Gives the duty up without an answer (a fake that stalls).
  void Abandon() const;
  // Raw JSON of the request's id.
  std::string_view id() const;

 private:
  friend class Peer;
  struct State;
  std::shared_ptr<State> state_;
};

class Peer {
 public:
  // What the owner reacts to. Views are valid during the call only.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnRequest(const Message& request, Responder responder) = 0;
    virtual void OnNotification(const Message& notification) = 0;
    // A body that is no message, or lost framing (`fatal`). The Peer has
    // already sent the error answer if options say so.
    virtual void OnGarbage(const RpcError& /*error*/, std::string_view /*body*/,
                           bool /*fatal*/) {}
    // The stream ended; called once, after every pending call has failed.
    virtual void OnClosed(const std::string& reason) = 0;
  };

  struct Options {
    IdRule id_rule = IdRule::kAny;
    // Answer garbage with an error whose id is null, as the real CLI does.
    bool answer_garbage = false;
    // Sees each body in and out (a journal). Called on the thread that sends
    // or receives, before the handler for bodies that came in.
    std::function<void(bool incoming, std::string_view body)> tap;
  };

  using Callback = std::function<void(RawResult)>;

  Peer(asio::io_context& io, std::unique_ptr<Transport> transport,
       std::unique_ptr<Framing> framing, Options options);
  Peer(asio::io_context& io, std::unique_ptr<Transport> transport,
       std::unique_ptr<Framing> framing);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Begins to read. `handler` must outlive the Peer.
  void Start(Handler* handler);

  // Sends a request with a fresh integer id. `params` is raw JSON or empty.
  // `callback` runs exactly once. A timeout of zero means none; on timeout the
  // call fails with kTimeout and a late answer is ignored.
  void Call(std::string_view method, std::string_view params, Callback callback,
            std::chrono::milliseconds timeout = std::chrono::milliseconds(0));

  void Notify(std::string_view method, std::string_view params);

  // Sends a ready-made body as one frame (templates, raw messages).
  void SendBody(std::string_view body);

  // Sends bytes as they are, outside of any frame (faults).
  void SendBytes(std::string bytes);

  // Frames sent between the two, from whatever thread, go out with one write.
  // They nest. Call them on the io_context's thread.
  void Cork();
  void Uncork();

  // Ends our side of the stream when everything has been sent, corked frames
  // included; answers still come in.
  void CloseWrite();

  // Ends the stream at once. Pending calls fail and OnClosed is called, both
  // later, from the io_context. May be called from any thread.
  void Close();
  bool closed() const;

 private:
  friend class Responder;
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace copilot::wire
