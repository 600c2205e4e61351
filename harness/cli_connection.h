// SPDX-License-Identifier: MIT
//
// A running CLI and the JSON-RPC conversation with it: a child process on
// stdio, or a server that was dialled. Routes session events and requests to
// the sessions that are registered.
//
// Blocking members may be called from any thread but the loop's.
#pragma once

#include <asio/steady_timer.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/clock.h"
#include "harness/environment.h"
#include "harness/error.h"
#include "harness/loop.h"
#include "wire/child_process.h"
#include "wire/peer.h"
#include "wire/secret.h"

namespace copilot::harness {

// Where the CLI is: a program to start, or a server to dial.
struct CliTarget {
  std::string path;               // ends in .js: started with node
  std::vector<std::string> args;  // before the flags of the SDK
  std::string host;               // with port: dial instead
  int port = 0;

  bool is_server() const { return port != 0; }
};

struct CliLaunch {
  CliTarget target;
  std::vector<std::string> flags;  // what the SDK adds
  Variables environment;
  std::string working_directory;
  wire::Secret token;  // removed from texts that the CLI wrote to stderr
  std::function<void(std::string_view)> on_stderr;  // on the loop's thread
};

// Receives what the CLI sends about one session; on the loop's thread.
class SessionSink {
 public:
  virtual ~SessionSink() = default;
  virtual void OnEvent(std::string_view raw_event) = 0;
  virtual void OnUserInput(std::string_view raw_params,
                           wire::Responder responder) = 0;
  // Answers `responder` once, with {output?}.
  virtual void OnHook(std::string_view raw_params,
                      wire::Responder responder) = 0;
  virtual void OnConnectionEnded(const Error& error) = 0;
};

inline constexpr Milliseconds kCallLimit{120000};

class CliConnection : private wire::Peer::Handler {
 public:
  // Starts or dials, without any handshake. `loop` must outlive the result.
  static Expected<std::shared_ptr<CliConnection>> Open(Loop* loop,
                                                       CliLaunch launch);

  // The raw JSON of the result. When the CLI is gone, the error says how it
  // ended. `limit` is real time: a CLI that does not answer at all is broken,
  // whatever clock the harness uses; zero means none.
  Expected<std::string> Call(std::string_view method, const Json& params,
                             Milliseconds limit = kCallLimit);

  // A call whose answer nobody waits for. `on_failure` runs on the loop's
  // thread when the CLI answers with an error; the end of the CLI is told to
  // the sessions only. From any thread.
  void Post(std::string_view method, const Json& params,
            std::function<void(Error)> on_failure = nullptr);

  void Register(const std::string& session_id, std::weak_ptr<SessionSink> sink);
  // Only if `sink` is still the one that is registered.
  void Unregister(const std::string& session_id, const SessionSink* sink);

  // True once the conversation has ended, whoever ended it.
  bool closed() const;
  bool is_server() const { return launch_.target.is_server(); }

  // Closes the CLI's stdin and sees to it that the process ends, by signals if
  // need be; returns what went wrong.
  std::vector<Error> End();
  void Kill();

 private:
  CliConnection(Loop* loop, CliLaunch launch)
      : loop_(loop), launch_(std::move(launch)) {}

  Status Spawn();  // on the loop's thread
  Status Dial();
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override;
  void OnNotification(const wire::Message& notification) override;
  void OnClosed(const std::string& reason) override;
  void OnExit(wire::ExitStatus status);
  // The conversation is over and how is known: tells everybody.
  void Finish();
  Error EndError() const;
  std::shared_ptr<SessionSink> Sink(const std::string& session_id);
  Error ToError(const wire::RpcError& error, std::string_view method);
  bool WaitExit(Milliseconds limit);

  Loop* const loop_;
  const CliLaunch launch_;
  std::unique_ptr<wire::ChildProcess> child_;       // loop's thread
  std::unique_ptr<wire::Peer> peer_;                // set once
  std::unique_ptr<asio::steady_timer> exit_timer_;  // loop's thread

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool finished_ = false;
  bool ending_ = false;  // we asked for the end
  std::string close_reason_;
  std::optional<wire::ExitStatus> exit_;
  std::string stderr_;
  std::map<std::string, std::weak_ptr<SessionSink>> sinks_;
};

}  // namespace copilot::harness
