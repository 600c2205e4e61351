// SPDX-License-Identifier: MIT
//
// What sessions and turns need from the server around them.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fake-cli/brain.h"
#include "fake-cli/identity.h"
#include "fake-cli/script.h"
#include "fake-cli/session_store.h"
#include "wire/peer.h"

namespace copilot::fake_cli {

class Inference;
class Release;

class Host {
 public:
  virtual ~Host() = default;

  virtual asio::io_context& io() = 0;
  virtual IdSource& ids() = 0;
  virtual Script& script() = 0;
  virtual const SessionStore& store() = 0;
  virtual const std::string& version() const = 0;
  // Whose protocol is spoken.
  virtual const Release& release() const = 0;
  // Where the real CLI unpacks itself; only its name is told.
  virtual const std::string& cache() const = 0;

  // The player for a message of a session.
  virtual std::unique_ptr<Player> NewPlayer(Session& session,
                                            const std::string& prompt) = 0;

  // Whether an endpoint answers for the session's model.
  virtual bool UsesProvider(const Session& session) const = 0;

  // The client that model requests go through; null: they go over HTTP.
  virtual Inference* inference() = 0;

  // The model of sessions that name none; empty without one.
  virtual std::string default_model() const = 0;
  // Whether there is anybody to answer a message of the session.
  virtual bool CanAnswer(const Session& session) const = 0;

  // `event` is raw JSON; goes to the attached connections.
  virtual void SendEvent(const Session& session, const std::string& event) = 0;
  // session.lifecycle to everybody. `occasion` is when or why, where releases
  // differ in that; may be empty.
  virtual void SendLifecycle(const Session& session, std::string_view type,
                             std::string_view occasion) = 0;
  // `params` is raw JSON; goes to the attached connections.
  virtual void NotifyClients(const Session& session, std::string_view method,
                             const std::string& params) = 0;
  // A request to every attached client; the first answer counts, the others
  // are ignored. Without clients nothing is ever answered.
  virtual void AskClients(const Session& session, std::string_view method,
                          const std::string& params,
                          wire::Peer::Callback callback) = 0;

  // Runs `then` after a while; not if the server is gone by then.
  virtual void After(int64_t ms, std::function<void()> then) = 0;

  // Trouble. All of them put what is pending on the wire and on disk first.
  virtual void WriteStderr(const std::string& text) = 0;
  virtual void SendRaw(const Session& session, const std::string& bytes) = 0;
  virtual void CloseConnections(const Session& session) = 0;
  [[noreturn]] virtual void Crash(const std::string& signal) = 0;
  [[noreturn]] virtual void Exit(int code) = 0;
};

}  // namespace copilot::fake_cli
