// SPDX-License-Identifier: MIT
//
// The server: connections, the sessions they share, and the methods they call.
// Everything happens on one io_context.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fake-cli/files/session_fs.h"
#include "fake-cli/host.h"
#include "fake-cli/journal.h"
#include "fake-cli/launch.h"
#include "fake-cli/releases/release.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

struct Call;

class Server : public Host {
 public:
  Server(asio::io_context& io, LaunchOptions options, Script script,
         Journal& journal, Release release = {});
  ~Server() override;

  // Serves until the end; returns the exit code. Prints the port line for TCP.
  int Run();
  // Serves one connection, for those who run the io_context themselves.
  void AddConnection(std::unique_ptr<wire::Transport> transport);

  // What methods need; see methods.cc.
  std::shared_ptr<Session> Find(const std::string& id) const;
  std::shared_ptr<Session> Open(Workspace workspace, SessionConfig config);
  // Detaches a connection; closes the session when it was the last, unless
  // hooks have a say. `done` gets false when it was not attached.
  void Leave(int connection, const std::string& id,
             std::function<void(bool attached)> done);
  // The same at once.
  bool Detach(int connection, const std::string& id);
  void Delete(const std::string& id);
  // Drops a session that was opened in vain.
  void Forget(const std::string& id) { sessions_.erase(id); }
  void FlushSessions();
  void NotifyLifecycle(const std::string& session_id, std::string_view type,
                       const std::string& metadata,
                       std::string_view occasion = "");
  void Shutdown(const std::string& reason, int code);
  // By a client, who gets an answer; until then other requests are refused.
  void BeginShutdown(const wire::Responder& responder);
  const LaunchOptions& options() const { return options_; }
  Journal& journal() { return journal_; }
  const std::string& directory() const { return directory_; }
  bool has_sessions() const { return !sessions_.empty(); }
  // From now on model requests go through the client of this connection.
  void InferThrough(int connection);
  // From now on the files of new sessions are a client's.
  void KeepFilesAt(FsProvider provider) { fs_provider_ = std::move(provider); }
  // Who keeps them; nothing: they are on this machine.
  const std::optional<FsProvider>& fs_provider() const { return fs_provider_; }
  // Is this token valid, and whose?
  std::optional<std::string> LoginOf(const wire::Secret& token) const;

  // Host
  asio::io_context& io() override { return io_; }
  IdSource& ids() override { return ids_; }
  Script& script() override { return script_; }
  const SessionStore& store() override { return store_; }
  const std::string& version() const override {
    return release_.version().empty() ? script_.version() : release_.version();
  }
  const Release& release() const override { return release_; }
  const std::string& cache() const override { return options_.cache; }
  std::unique_ptr<Player> NewPlayer(Session& session,
                                    const std::string& prompt) override;
  // Whether a model endpoint answers in this session.
  bool UsesProvider(const Session& session) const override;
  Inference* inference() override { return inference_.get(); }
  std::string default_model() const override {
    return script_.real_brain() ? options_.model : "";
  }
  bool CanAnswer(const Session& session) const override;
  void SendEvent(const Session& session, const std::string& event) override;
  void SendLifecycle(const Session& session, std::string_view type,
                     std::string_view occasion) override;
  void NotifyClients(const Session& session, std::string_view method,
                     const std::string& params) override;
  void AskClients(const Session& session, std::string_view method,
                  const std::string& params,
                  wire::Peer::Callback callback) override;
  void After(int64_t ms, std::function<void()> then) override;
  void WriteStderr(const std::string& text) override;
  void SendRaw(const Session& session, const std::string& bytes) override;
  void CloseConnections(const Session& session) override;
  [[noreturn]] void Crash(const std::string& signal) override;
  [[noreturn]] void Exit(int code) override;

 private:
  class Connection;

  // Sends a request over one connection. `callback` gets kConnectionClosed
  // when there is none.
  void AskConnection(int number, std::string_view method,
                     const std::string& params, wire::Peer::Callback callback);
  void Accept();
  void OnRequest(Connection& connection, const wire::Message& request,
                 wire::Responder responder);
  void Dispatch(Connection& connection, const std::string& method,
                const nlohmann::json& params, wire::Responder responder);
  bool Strike(const Fault& fault, Connection& connection,
              const std::string& method, const nlohmann::json& params,
              const wire::Responder& responder);
  void OnDisconnected(int connection);
  void CloseAll();
  // Where clients keep them, for the last time.
  void MeasureFiles(const std::function<void()>& done);
  // Output of one burst of work goes out with one write per connection.
  void Touch(Connection& connection);
  void FlushSoon();
  void FlushNow();

  asio::io_context& io_;
  const LaunchOptions options_;
  Script script_;
  Journal& journal_;
  const Release release_;
  IdSource ids_;
  SessionStore store_;
  std::string directory_;  // our working directory
  std::map<int, std::unique_ptr<Connection>> connections_;
  std::unique_ptr<Inference> inference_;  // outlives the sessions
  int inference_connection_ = 0;
  std::optional<FsProvider> fs_provider_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  // All that somebody still holds, closed ones too.
  std::vector<std::weak_ptr<Session>> opened_;
  int next_connection_ = 1;
  std::optional<asio::ip::tcp::acceptor> acceptor_;
  std::optional<asio::signal_set> signals_;
  bool flush_posted_ = false;
  bool shutting_down_ = false;
  std::optional<int> exit_code_;
};

}  // namespace copilot::fake_cli
