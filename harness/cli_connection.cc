// SPDX-License-Identifier: MIT
#include "harness/cli_connection.h"

#include <fmt/format.h>

#include <csignal>
#include <future>
#include <utility>

#include "harness/text.h"

namespace copilot::harness {
namespace {

// Time of the operating system, whatever clock the harness uses.
constexpr Milliseconds kDialLimit{10000};
constexpr Milliseconds kExitAfterClose{500};  // to learn how a CLI ended
constexpr Milliseconds kExitGrace{5000};
constexpr Milliseconds kTermGrace{2000};

std::string Redacted(std::string text, const wire::Secret& secret) {
  if (secret.empty()) return text;
  const std::string& raw = secret.Reveal();
  for (size_t at = text.find(raw); at != std::string::npos;
       at = text.find(raw, at)) {
    text.replace(at, raw.size(), secret.fingerprint());
  }
  return text;
}

}  // namespace

Expected<std::shared_ptr<CliConnection>> CliConnection::Open(Loop* loop,
                                                             CliLaunch launch) {
  // Peer and child must go on the loop's thread, or while it does not run.
  std::shared_ptr<CliConnection> connection(
      new CliConnection(loop, std::move(launch)), [loop](CliConnection* gone) {
        if (loop->IsCurrent()) {
          loop->Post([gone] { delete gone; });
        } else {
          loop->Run([gone] { delete gone; });
        }
      });
  Status status;
  if (connection->is_server()) {
    status = connection->Dial();
  } else {
    loop->Run([&] { status = connection->Spawn(); });
  }
  if (!status) return Fail(status.error());
  return connection;
}

Status CliConnection::Dial() {
  auto transport =
      wire::DialTcp(loop_->io(), launch_.target.host, launch_.target.port,
                    static_cast<int>(kDialLimit.count()));
  if (!transport) {
    return Fail("Failed to connect to CLI server: " + transport.error());
  }
  loop_->Run([&] {
    peer_ = std::make_unique<wire::Peer>(loop_->io(), *std::move(transport),
                                         wire::MakeContentLengthFraming());
    peer_->Start(this);
  });
  return {};
}

Status CliConnection::Spawn() {
  wire::ChildOptions options;
  const std::string& path = launch_.target.path;
  if (path.ends_with(".js")) options.argv.push_back("node");
  options.argv.push_back(path);
  options.argv.insert(options.argv.end(), launch_.target.args.begin(),
                      launch_.target.args.end());
  options.argv.insert(options.argv.end(), launch_.flags.begin(),
                      launch_.flags.end());
  for (const auto& [name, value] : launch_.environment) {
    options.environment.push_back(name + "=" + value);
  }
  options.working_directory = launch_.working_directory;
  options.on_stderr = launch_.on_stderr;
  auto child = wire::ChildProcess::Spawn(loop_->io(), std::move(options));
  if (!child) return Fail("Failed to start CLI server: " + child.error());
  child_ = *std::move(child);
  peer_ = std::make_unique<wire::Peer>(loop_->io(), child_->TakeTransport(),
                                       wire::MakeContentLengthFraming());
  peer_->Start(this);
  child_->OnExit([this](wire::ExitStatus status) { OnExit(status); });
  return {};
}

Expected<std::string> CliConnection::Call(std::string_view method,
                                          const Json& params,
                                          Milliseconds limit) {
  auto promise = std::make_shared<std::promise<wire::RawResult>>();
  peer_->Call(
      method, params.dump(-1, ' ', false, Json::error_handler_t::replace),
      [promise](wire::RawResult result) {
        promise->set_value(std::move(result));
      },
      limit);
  wire::RawResult result = promise->get_future().get();
  if (!result) return Fail(ToError(result.error(), method));
  return *std::move(result);
}

Error CliConnection::ToError(const wire::RpcError& rpc,
                             std::string_view method) {
  if (rpc.code == wire::kConnectionClosed) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kExitAfterClose * 2, [this] { return finished_; });
    return EndError();
  }
  Error error;
  error.rpc_code = rpc.code;
  error.message = Redacted(rpc.message, launch_.token);
  if (rpc.code == wire::kTimeout) {
    error.message = fmt::format("{} was not answered in time", method);
  }
  if (rpc.data.is_object()) {
    if (const auto code = rpc.data.find("code");
        code != rpc.data.end() && code->is_string()) {
      error.code = code->get<std::string>();
    }
    for (const char* name : {"status", "statusCode"}) {
      const auto status = rpc.data.find(name);
      if (status != rpc.data.end() && status->is_number_integer()) {
        error.status = status->get<int>();
      }
    }
  }
  return error;
}

void CliConnection::Post(std::string_view method, const Json& params,
                         std::function<void(Error)> on_failure) {
  // The callback runs while the peer, and so this, still exists.
  peer_->Call(method,
              params.dump(-1, ' ', false, Json::error_handler_t::replace),
              [this, name = std::string(method),
               on_failure = std::move(on_failure)](wire::RawResult result) {
                if (result || !on_failure) return;
                if (result.error().code == wire::kConnectionClosed) return;
                on_failure(ToError(result.error(), name));
              });
}

void CliConnection::Register(const std::string& session_id,
                             std::weak_ptr<SessionSink> sink) {
  Error error;
  {
    const std::lock_guard lock(mutex_);
    if (!finished_) {
      sinks_[session_id] = std::move(sink);
      return;
    }
    error = EndError();
  }
  if (const auto late = sink.lock()) late->OnConnectionEnded(error);
}

void CliConnection::Unregister(const std::string& session_id,
                               const SessionSink* sink) {
  const std::lock_guard lock(mutex_);
  const auto it = sinks_.find(session_id);
  if (it == sinks_.end()) return;
  const auto registered = it->second.lock();
  if (!registered || registered.get() == sink) sinks_.erase(it);
}

std::shared_ptr<SessionSink> CliConnection::Sink(
    const std::string& session_id) {
  const std::lock_guard lock(mutex_);
  const auto it = sinks_.find(session_id);
  return it == sinks_.end() ? nullptr : it->second.lock();
}

void CliConnection::OnNotification(const wire::Message& notification) {
  if (notification.method != "session.event") return;
  const std::string id =
      wire::RawString(wire::RawMember(notification.params, "sessionId"));
  const std::string_view event = wire::RawMember(notification.params, "event");
  if (event.empty()) return;
  if (const auto sink = Sink(id)) sink->OnEvent(event);
}

void CliConnection::OnRequest(const wire::Message& request,
                              wire::Responder responder) {
  const bool question = request.method == "userInput.request";
  if (!question && request.method != "hooks.invoke") {
    responder.Error(
        {wire::kMethodNotFound, "Unhandled method " + request.method, {}});
    return;
  }
  const std::string id =
      wire::RawString(wire::RawMember(request.params, "sessionId"));
  const auto sink = Sink(id);
  if (!sink) {
    responder.Error({wire::kInternalError, "Session not found: " + id, {}});
  } else if (question) {
    sink->OnUserInput(request.params, std::move(responder));
  } else {
    sink->OnHook(request.params, std::move(responder));
  }
}

void CliConnection::OnClosed(const std::string& reason) {
  bool wait_for_exit = false;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    close_reason_ = reason;
    wait_for_exit = child_ != nullptr && !exit_ && !ending_;
  }
  changed_.notify_all();
  if (!wait_for_exit) {
    Finish();
    return;
  }
  // A CLI that closed its end is of no use; soon it is known how it ended.
  exit_timer_ = std::make_unique<asio::steady_timer>(loop_->io());
  exit_timer_->expires_after(kExitAfterClose);
  exit_timer_->async_wait([this](const std::error_code& error) {
    // An error: the exit was seen, which finishes, or the connection is gone.
    if (error) return;
    child_->Terminate(kTermGrace);
    Finish();
  });
}

void CliConnection::OnExit(wire::ExitStatus status) {
  bool over = false;
  {
    const std::lock_guard lock(mutex_);
    exit_ = status;
    stderr_ = Redacted(child_->stderr_text(), launch_.token);
    over = closed_;
  }
  changed_.notify_all();
  if (exit_timer_) exit_timer_->cancel();
  if (over) Finish();
}

void CliConnection::Finish() {
  std::map<std::string, std::weak_ptr<SessionSink>> sinks;
  Error error;
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
    sinks.swap(sinks_);
    error = EndError();
  }
  changed_.notify_all();
  for (const auto& [id, weak] : sinks) {
    if (const auto sink = weak.lock()) sink->OnConnectionEnded(error);
  }
}

// With mutex_ held.
Error CliConnection::EndError() const {
  Error error;
  error.rpc_code = wire::kConnectionClosed;
  const std::string noise(Trim(stderr_));
  if (exit_) {
    error.message =
        exit_->signal != 0
            ? "CLI server ended by " + exit_->ToString()
            : fmt::format("CLI server exited with code {}", exit_->code);
  } else {
    error.message = "CLI server connection closed";
    if (!close_reason_.empty()) error.message += ": " + close_reason_;
  }
  if (!noise.empty()) error.message += "\nstderr: " + noise;
  return error;
}

bool CliConnection::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

bool CliConnection::WaitExit(Milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return exit_.has_value(); });
}

std::vector<Error> CliConnection::End() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  if (is_server()) {
    loop_->Run([this] { peer_->Close(); });
    const std::lock_guard lock(mutex_);
    closed_ = true;
    return {};
  }
  peer_->CloseWrite();
  if (WaitExit(kExitGrace)) return {};
  loop_->Run([this] { child_->Terminate(kTermGrace); });
  if (WaitExit(kTermGrace * 2)) return {};
  return {
      Error{"Timed out waiting for CLI process to exit after kill", "", 0, 0}};
}

void CliConnection::Kill() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    closed_ = true;
  }
  loop_->Run([this] {
    if (child_) child_->Kill();
    peer_->Close();
    Finish();
  });
  // The exit is seen on the loop's thread, which therefore cannot wait for it.
  if (!is_server() && !loop_->IsCurrent()) WaitExit(kTermGrace);
}

}  // namespace copilot::harness
