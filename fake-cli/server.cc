// SPDX-License-Identifier: MIT
#include "fake-cli/server.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/model/inference.h"
#include "fake-cli/model/provider_player.h"
#include "fake-cli/script_player.h"

namespace copilot::fake_cli {
namespace {

constexpr int kShuttingDown = -32000;
constexpr int64_t kShutdownMs = 1;  // between a shutdown's request and answer

using Json = nlohmann::json;
using asio::ip::tcp;

std::string FailureText(const std::string& method, const std::string& text) {
  return fmt::format("Request {} failed with message: {}", method, text);
}

int SignalNumber(const std::string& name) {
  if (name == "SIGSEGV") return SIGSEGV;
  if (name == "SIGABRT") return SIGABRT;
  if (name == "SIGTERM") return SIGTERM;
  return SIGKILL;
}

// connect's complaint about its params; empty when they are fine (protocol
// 5.1).
std::string ConnectComplaint(const Json& params) {
  for (const auto& [name, value] : params.items()) {
    if (name == "token" || name == "clientInfo" ||
        name == "enableGitHubTelemetryForwarding") {
      continue;
    }
    if (name != "supportedTaskKinds") {
      return fmt::format(
          "Invalid connect request: unknown field `{}`, expected one of "
          "`enableGitHubTelemetryForwarding`, `clientInfo`, "
          "`supportedTaskKinds`",
          name);
    }
    if (!value.is_array() && !value.is_null()) {
      return fmt::format(
          "Invalid connect request: invalid type: {} {}, expected a sequence",
          value.type_name(), value.dump());
    }
  }
  return "";
}

}  // namespace

void Call::Result(std::string_view raw) const {
  const Release& release = server.release();
  std::string result = release.Result(method, raw);
  if (!release.AnswersLast(method)) {
    responder.Result(std::string_view(result));
    return;
  }
  asio::post(server.io(), [responder = responder, result = std::move(result)] {
    responder.Result(std::string_view(result));
  });
}

void Call::Fail(const std::string& text) const {
  responder.Error({wire::kInternalError,
                   FailureText(method, server.release().ErrorText(text)),
                   nullptr});
}

class Server::Connection : public wire::Peer::Handler {
 public:
  Connection(Server& server, int number,
             std::unique_ptr<wire::Transport> transport)
      : server_(server),
        number_(number),
        authenticated_(server.options().connection_token.empty()) {
    wire::Peer::Options options;
    options.answer_garbage = true;
    options.id_rule = wire::IdRule::kStringOrInteger;
    if (server.journal_.enabled()) {
      options.tap = [this](bool incoming, std::string_view body) {
        server_.journal_.AddFrame(incoming, number_, body);
        server_.FlushSoon();
      };
    }
    peer_ = std::make_unique<wire::Peer>(server.io_, std::move(transport),
                                         wire::MakeContentLengthFraming(),
                                         std::move(options));
    peer_->Start(this);
  }

  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    server_.OnRequest(*this, request, std::move(responder));
  }
  void OnNotification(const wire::Message&) override {}
  void OnClosed(const std::string&) override {
    asio::post(server_.io_, [&server = server_, number = number_] {
      server.OnDisconnected(number);
    });
  }

  wire::Peer& peer() { return *peer_; }
  int number() const { return number_; }
  bool authenticated() const { return authenticated_; }
  bool corked = false;

  void Connect(const Json& params, const wire::Responder& responder) {
    if (const std::string wrong = ConnectComplaint(params); !wrong.empty()) {
      responder.Error({wire::kInvalidParams, wrong, nullptr});
      return;
    }
    const Json token = params.value("token", Json());
    const wire::Secret& expected = server_.options().connection_token;
    if (token.is_string() && expected.empty()) {
      responder.Error({wire::kAuthenticationNotConfigured,
                       "AUTHENTICATION_NOT_CONFIGURED", nullptr});
      return;
    }
    if (!expected.empty() &&
        (!token.is_string() || token != expected.Reveal())) {
      responder.Error(
          {wire::kAuthenticationFailed, "AUTHENTICATION_FAILED", nullptr});
      return;
    }
    authenticated_ = true;
    Json kinds = {"agent", "shell"};
    const Json supported = params.value("supportedTaskKinds", Json());
    if (supported.is_array() && std::find(supported.begin(), supported.end(),
                                          "client") != supported.end()) {
      kinds.push_back("client");
    }
    const Release& release = server_.release();
    responder.Result(std::string_view(release.Result(
        "connect", JsonObject()
                       .Bool("ok", true)
                       .Int("protocolVersion", release.protocol())
                       .Text("version", server_.version())
                       .Raw("taskKinds", kinds.dump())
                       .str())));
  }

 private:
  Server& server_;
  const int number_;
  bool authenticated_;
  std::unique_ptr<wire::Peer> peer_;
};

Server::Server(asio::io_context& io, LaunchOptions options, Script script,
               Journal& journal, Release release)
    : io_(io),
      options_(std::move(options)),
      script_(std::move(script)),
      journal_(journal),
      release_(std::move(release)),
      ids_(script_.seed().value_or(ArbitrarySeed())),
      store_(options_.copilot_home) {
  std::error_code ignored;
  directory_ = std::filesystem::current_path(ignored);
}

// What a session waits for may hold the session.
Server::~Server() {
  for (const auto& each : opened_) {
    if (const auto session = each.lock()) session->Drop();
  }
}

int Server::Run() {
  if (const Fault* fault = script_.NextFault("spawn", "", ids_)) {
    const Json& effect = fault->effect;
    if (effect.contains("stderr")) WriteStderr(effect["stderr"]);
    if (effect.contains("crash")) Crash(effect["crash"]);
    if (effect.contains("exit")) Exit(effect["exit"]);
    if (effect.contains("delayMs")) {
      usleep(effect["delayMs"].get<unsigned>() * 1000);
    }
  }
  store_.Prepare();
  signals_.emplace(io_, SIGTERM, SIGINT, SIGHUP);
  signals_->async_wait([this](const asio::error_code& error, int) {
    if (!error) Shutdown("signal", 0);
  });
  if (options_.stdio) {
    AddConnection(wire::MakeStdioTransport(io_));
  } else {
    try {
      const std::string host =
          options_.host == "localhost" ? "127.0.0.1" : options_.host;
      tcp::resolver resolver(io_);
      const auto found = resolver.resolve(host, std::to_string(options_.port));
      acceptor_.emplace(io_, *found.begin());
    } catch (const std::system_error& error) {
      const int number = error.code().value();
      std::fprintf(stderr, "Failed to start server: Error: %s\n",
                   number == EADDRINUSE
                       ? "Address already in use (os error 98)"
                       : ("failed to lookup address information: " +
                          error.code().message())
                             .c_str());
      return 1;
    }
    std::printf("CLI server listening on port %d\n",
                acceptor_->local_endpoint().port());
    if (options_.connection_token.empty()) {
      std::printf(
          "Warning: No COPILOT_CONNECTION_TOKEN was set, so connections will "
          "be accepted from any client\n");
    }
    std::fflush(stdout);
    Accept();
  }
  io_.run();
  return exit_code_.value_or(0);
}

void Server::Accept() {
  acceptor_->async_accept(
      [this](const asio::error_code& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error) AddConnection(wire::MakeTcpTransport(std::move(socket)));
        Accept();
      });
}

void Server::AddConnection(std::unique_ptr<wire::Transport> transport) {
  const int number = next_connection_++;
  journal_.Add("connected", {{"conn", number}});
  connections_[number] =
      std::make_unique<Connection>(*this, number, std::move(transport));
}

void Server::OnDisconnected(int connection) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  const auto gone = std::move(found->second);
  connections_.erase(found);
  journal_.Add("disconnected", {{"conn", connection}});
  if (options_.stdio) {
    Shutdown("stdin-closed", 0);
    return;
  }
  std::vector<std::string> ids;
  for (const auto& [id, session] : sessions_) {
    if (session->attached.contains(connection)) ids.push_back(id);
  }
  for (const std::string& id : ids) Detach(connection, id);
  FlushNow();
}

void Server::OnRequest(Connection& connection, const wire::Message& request,
                       wire::Responder responder) {
  Touch(connection);
  Json params = request.params.empty()
                    ? Json::object()
                    : Json::parse(request.params, nullptr, false);
  const std::string session_id = params.is_object() &&
                                         params.contains("sessionId") &&
                                         params["sessionId"].is_string()
                                     ? params["sessionId"].get<std::string>()
                                     : "";
  if (const Fault* fault =
          script_.NextFault(request.method, session_id, ids_)) {
    if (Strike(*fault, connection, request.method, params, responder)) return;
  }
  Dispatch(connection, request.method, params, std::move(responder));
}

// True when the fault answers, or keeps the call from being answered.
bool Server::Strike(const Fault& fault, Connection& connection,
                    const std::string& method, const Json& params,
                    const wire::Responder& responder) {
  const Json& effect = fault.effect;
  if (effect.contains("stderr")) WriteStderr(effect["stderr"]);
  if (effect.contains("raw")) {
    connection.peer().SendBytes(effect["raw"].get<std::string>());
  }
  if (effect.contains("crash")) Crash(effect["crash"]);
  if (effect.contains("exit")) Exit(effect["exit"]);
  if (effect.contains("close")) {
    responder.Abandon();
    FlushNow();
    connection.peer().Close();
    return true;
  }
  if (effect.contains("stall")) {
    responder.Abandon();
    return true;
  }
  if (effect.contains("error")) {
    const Json& error = effect["error"];
    const wire::RpcError answer{error.value("code", int{wire::kInternalError}),
                                error.value("message", ""),
                                error.value("data", Json())};
    After(effect.value("delayMs", 0),
          [responder, answer] { responder.Error(answer); });
    return true;
  }
  if (effect.contains("result")) {
    After(effect.value("delayMs", 0),
          [responder, answer = effect["result"].dump()] {
            responder.Result(std::string_view(answer));
          });
    return true;
  }
  if (effect.contains("delayMs")) {
    After(effect["delayMs"],
          [this, number = connection.number(), method, params, responder] {
            const auto found = connections_.find(number);
            if (found == connections_.end()) return;
            Touch(*found->second);
            Dispatch(*found->second, method, params, responder);
          });
    return true;
  }
  return false;
}

void Server::Dispatch(Connection& connection, const std::string& method,
                      const Json& params, wire::Responder responder) {
  const auto known = release_.MethodNamed(method);
  if (known == "connect") {
    connection.Connect(params.is_object() ? params : Json::object(), responder);
    return;
  }
  if (!connection.authenticated()) {
    responder.Error(
        {wire::kAuthenticationRequired, "AUTHENTICATION_REQUIRED", nullptr});
    return;
  }
  if (shutting_down_) {
    responder.Error({kShuttingDown, "SERVER_SHUTTING_DOWN", nullptr});
    return;
  }
  const Method* handler = known ? FindMethod(*known) : nullptr;
  if (handler == nullptr) {
    responder.Error(
        {wire::kMethodNotFound, "Unhandled method " + method, nullptr});
    return;
  }
  const Call call{*this, connection.number(), method,
                  release_.Params(method, params), responder};
  if (const std::string refusal = release_.Refusal(method); !refusal.empty()) {
    call.Fail(refusal);
    return;
  }
  const std::string at_once = release_.ResultAtOnce(method);
  if (!at_once.empty() && Find(TextOf(params, "sessionId")) != nullptr) {
    call.Result(at_once);
  }
  try {
    (*handler)(call);
  } catch (const Json::exception& error) {
    responder.Error(
        {wire::kInternalError, FailureText(method, error.what()), nullptr});
  }
}

std::shared_ptr<Session> Server::Find(const std::string& id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

std::shared_ptr<Session> Server::Open(Workspace workspace,
                                      SessionConfig config) {
  const std::string id = workspace.id;
  auto session =
      std::make_shared<Session>(*this, std::move(workspace), std::move(config));
  sessions_[id] = session;
  if (fs_provider_) {
    const auto ask = [this, number = fs_provider_->connection](
                         std::string_view method, const std::string& params,
                         wire::Peer::Callback callback) {
      AskConnection(number, method, params, std::move(callback));
    };
    session->KeepFiles(std::make_unique<SessionFs>(*session, *fs_provider_,
                                                   MakeClientFiles(ask, id)));
  }
  std::erase_if(opened_, [](const auto& each) { return each.expired(); });
  opened_.push_back(session);
  return session;
}

void Server::Leave(int connection, const std::string& id,
                   std::function<void(bool attached)> done) {
  const auto session = Find(id);
  const bool last = session != nullptr && session->attached.size() == 1 &&
                    session->attached.contains(connection);
  if (!last) {
    done(Detach(connection, id));
    return;
  }
  session->hooks.Invoke(
      {"sessionEnd", {{"reason", "user_exit"}}},
      [this, connection, id, session, done = std::move(done)](const Json&) {
        if (session->fs == nullptr) return done(Detach(connection, id));
        session->Leave([this, id, done] {
          sessions_.erase(id);
          done(true);
        });
      });
}

bool Server::Detach(int connection, const std::string& id) {
  const auto session = Find(id);
  if (session == nullptr || !session->attached.contains(connection)) {
    return false;
  }
  if (session->attached.size() == 1) {
    session->Close(true);
    sessions_.erase(id);
  } else {
    session->attached.erase(connection);
  }
  return true;
}

void Server::Delete(const std::string& id) {
  if (const auto session = Find(id)) {
    session->Close(false);
    sessions_.erase(id);
  }
  store_.Delete(id);
}

void Server::FlushSessions() {
  for (const auto& [id, session] : sessions_) session->Flush();
}

void Server::CloseAll() {
  for (const auto& [id, session] : sessions_) session->Close(false);
  sessions_.clear();
}

void Server::BeginShutdown(const wire::Responder& responder) {
  shutting_down_ = true;
  After(kShutdownMs, [this, responder] {
    for (const auto& [id, session] : sessions_) session->CancelElicitations();
    MeasureFiles([this, responder] {
      responder.Result("null");
      Shutdown("shutdown", 0);
    });
  });
}

void Server::MeasureFiles(const std::function<void()>& done) {
  const auto left = std::make_shared<size_t>(1);
  const auto one_less = [left, done] {
    if (--*left == 0) done();
  };
  for (const auto& [id, session] : sessions_) {
    if (session->fs == nullptr) continue;
    ++*left;
    session->fs->Measure(one_less);
  }
  one_less();
}

void Server::Shutdown(const std::string& reason, int code) {
  if (exit_code_) return;
  exit_code_ = code;
  CloseAll();
  journal_.Add("exit", {{"reason", reason}, {"code", code}});
  asio::post(io_, [this] {
    FlushNow();
    io_.stop();
  });
}

std::optional<std::string> Server::LoginOf(const wire::Secret& token) const {
  const Json& auth = script_.auth();
  if (token.empty()) {
    if (!options_.auto_login || !auth.contains("loggedInUser")) {
      return std::nullopt;
    }
    return auth["loggedInUser"].value("login", "user");
  }
  const bool listed =
      auth.contains("tokens") && auth["tokens"].contains(token.Reveal());
  if (listed) return auth["tokens"][token.Reveal()].value("login", "user");
  const bool any = auth.value(
      "acceptAnyToken", !auth.contains("tokens") && !script_.real_brain());
  return any ? std::optional<std::string>("user") : std::nullopt;
}

std::unique_ptr<Player> Server::NewPlayer(Session& session,
                                          const std::string& prompt) {
  if (UsesProvider(session)) return MakeProviderPlayer(session);
  const ScriptTurn* turn = script_.NextTurn(
      {prompt, session.id(), session.config.model, session.user_messages});
  if (turn == nullptr) return MakeEchoPlayer(prompt);
  return MakeScriptPlayer(*turn, prompt);
}

bool Server::UsesProvider(const Session& session) const {
  return !session.config.provider.is_null() &&
         (!script_.loaded() || script_.real_brain());
}

bool Server::CanAnswer(const Session& session) const {
  return !script_.real_brain() || !session.config.provider.is_null() ||
         LoginOf(options_.auth_token).has_value();
}

void Server::SendEvent(const Session& session, const std::string& event) {
  if (session.attached.empty()) return;
  NotifyClients(
      session, "session.event",
      JsonObject().Text("sessionId", session.id()).Raw("event", event).str());
}

void Server::NotifyClients(const Session& session, std::string_view method,
                           const std::string& params) {
  if (!release_.Tells(method)) return;
  const std::string body = wire::NotificationBody(method, params);
  for (const int number : session.attached) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) continue;
    Touch(*found->second);
    found->second->peer().SendBody(body);
  }
}

void Server::SendLifecycle(const Session& session, std::string_view type,
                           std::string_view occasion) {
  NotifyLifecycle(session.id(), type,
                  JsonObject()
                      .Text("startTime", IsoTime(session.workspace.created_ms))
                      .Text("modifiedTime", IsoTime(session.log.modified_ms()))
                      .str(),
                  occasion);
}

void Server::NotifyLifecycle(const std::string& session_id,
                             std::string_view type, const std::string& metadata,
                             std::string_view occasion) {
  if (!release_.Tells("session.lifecycle") || !release_.Tells(type, occasion)) {
    return;
  }
  const std::string body = wire::NotificationBody(
      "session.lifecycle", JsonObject()
                               .Text("type", type)
                               .Text("sessionId", session_id)
                               .RawIf("metadata", metadata)
                               .str());
  for (const auto& [number, connection] : connections_) {
    Touch(*connection);
    connection->peer().SendBody(body);
  }
}

void Server::AskClients(const Session& session, std::string_view method,
                        const std::string& params,
                        wire::Peer::Callback callback) {
  const auto once = std::make_shared<wire::Peer::Callback>(std::move(callback));
  for (const int number : session.attached) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) continue;
    Touch(*found->second);
    found->second->peer().Call(method, params, [once](wire::RawResult result) {
      const bool gone =
          !result && result.error().code == wire::kConnectionClosed;
      if (gone || !*once) return;
      const auto answer = std::exchange(*once, nullptr);
      answer(std::move(result));
    });
  }
}

void Server::InferThrough(int number) {
  inference_connection_ = number;
  // Calls may still hold the one there is.
  if (inference_ != nullptr) return;
  inference_ = std::make_unique<Inference>(
      [this](std::string_view method, const std::string& params) {
        AskConnection(inference_connection_, method, params,
                      [](const wire::RawResult&) {});
      });
}

void Server::AskConnection(int number, std::string_view method,
                           const std::string& params,
                           wire::Peer::Callback callback) {
  const auto found = connections_.find(number);
  if (found == connections_.end()) {
    callback(tl::unexpected(
        wire::RpcError{wire::kConnectionClosed, "Connection closed", nullptr}));
    return;
  }
  Touch(*found->second);
  found->second->peer().Call(method, params, std::move(callback));
}

void Server::After(int64_t ms, std::function<void()> then) {
  if (ms <= 0) {
    then();
    return;
  }
  const auto timer =
      std::make_shared<asio::steady_timer>(io_, std::chrono::milliseconds(ms));
  timer->async_wait(
      [timer, then = std::move(then)](const asio::error_code& error) {
        if (!error) then();
      });
}

void Server::WriteStderr(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

void Server::SendRaw(const Session& session, const std::string& bytes) {
  for (const int number : session.attached) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) continue;
    Touch(*found->second);
    found->second->peer().SendBytes(bytes);
  }
}

void Server::CloseConnections(const Session& session) {
  FlushNow();
  for (const int number : std::set<int>(session.attached)) {
    const auto found = connections_.find(number);
    if (found != connections_.end()) found->second->peer().Close();
  }
}

void Server::Crash(const std::string& signal) {
  FlushNow();
  const int number = SignalNumber(signal);
  ::signal(number, SIG_DFL);
  kill(getpid(), number);
  _exit(128 + number);
}

void Server::Exit(int code) {
  journal_.Add("exit", {{"reason", "script"}, {"code", code}});
  FlushNow();
  _exit(code);
}

void Server::Touch(Connection& connection) {
  if (!std::exchange(connection.corked, true)) connection.peer().Cork();
  FlushSoon();
}

void Server::FlushSoon() {
  if (std::exchange(flush_posted_, true)) return;
  asio::post(io_, [this] { FlushNow(); });
}

void Server::FlushNow() {
  flush_posted_ = false;
  journal_.Flush();
  for (const auto& [number, connection] : connections_) {
    if (std::exchange(connection->corked, false)) connection->peer().Uncork();
  }
  FlushSessions();
}

}  // namespace copilot::fake_cli
