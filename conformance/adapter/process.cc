// SPDX-License-Identifier: MIT
#include "conformance/adapter/process.h"

#include <utility>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kShutdownLimit(3000);

Outcome ToOutcome(const wire::RawResult& raw) {
  if (!raw) {
    return {false,
            {{"code", raw.error().code}, {"message", raw.error().message}}};
  }
  return {true, Json::parse(*raw, nullptr, false)};
}

}  // namespace

AdapterProcess::AdapterProcess(asio::io_context& io,
                               const std::vector<std::string>& command,
                               std::vector<std::string> environment,
                               const std::string& directory) {
  wire::ChildOptions options;
  options.argv = command;
  options.environment = std::move(environment);
  options.working_directory = directory;
  options.on_stderr = [this](std::string_view text) {
    if (host_ != nullptr) host_->OnStderr(text);
  };
  auto child = wire::ChildProcess::Spawn(io, std::move(options));
  if (!child) throw EnvironmentFailed("the adapter: " + child.error());
  child_ = std::move(*child);
  wire::Peer::Options tapped;
  tapped.tap = [this](bool incoming, std::string_view body) {
    if (host_ != nullptr) host_->OnLine(incoming, body);
    if (incoming) {
      conversation_.Received(body);
    } else {
      conversation_.Sent(body);
    }
  };
  peer_ = std::make_unique<wire::Peer>(io, child_->TakeTransport(),
                                       wire::MakeLineFraming(), tapped);
  peer_->Start(this);
}

AdapterProcess::~AdapterProcess() {
  Detach();
  peer_.reset();
  child_.reset();
}

void AdapterProcess::Detach() {
  host_ = nullptr;
  attached_ = std::make_shared<bool>(true);
}

void AdapterProcess::Call(const std::string& method, const Json& params,
                          std::function<void(Outcome)> done) {
  if (peer_ == nullptr) {
    return done(
        {false, {{"code", wire::kConnectionClosed}, {"message", end_reason_}}});
  }
  peer_->Call(
      method, params.dump(-1, ' ', false, Json::error_handler_t::replace),
      [done = std::move(done),
       attached = std::weak_ptr(attached_)](const wire::RawResult& raw) {
        if (!attached.expired()) done(ToOutcome(raw));
      });
}

void AdapterProcess::Close() {
  if (peer_ == nullptr) return;
  peer_->Close();
  peer_.reset();
}

void AdapterProcess::Shutdown(Loop& loop) {
  const auto ended = [&] { return child_->exit_status().has_value(); };
  if (peer_ != nullptr && !gone() && !ended()) {
    bool answered = false;
    Call("shutdown", Json::object(), [&](const Outcome&) { answered = true; });
    loop.RunFor(kShutdownLimit, [&] { return answered || gone(); });
    Detach();  // the answer may come after this function
    peer_->CloseWrite();
  }
  // Without a line to it there is nothing that would make it end.
  if (peer_ == nullptr || !loop.RunFor(kShutdownLimit, ended)) {
    child_->Kill();
    loop.RunFor(kShutdownLimit, ended);
  }
}

void AdapterProcess::OnRequest(const wire::Message& request,
                               wire::Responder responder) {
  if (host_ != nullptr) {
    host_->OnRequest(request, std::move(responder));
  } else {
    responder.Error({-32000, "the scenario has ended", nullptr});
  }
}

void AdapterProcess::OnNotification(const wire::Message& notification) {
  if (host_ != nullptr) host_->OnNotification(notification);
}

}  // namespace copilot::conformance
