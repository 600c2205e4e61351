// SPDX-License-Identifier: MIT
//
// The model provider: the APIs of several vendors, and GitHub's around them,
// over HTTP. Answers come from a script, every request goes to a record.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "fake-model/record.h"
#include "fake-model/script.h"

namespace copilot::fake_model {

struct ServerOptions {
  bool strict = false;  // refuses requests that break the rules of their API
  // PEM files. Both or none: https or http.
  std::string tls_cert = {};
  std::string tls_key = {};
};

// Each connection has a thread of its own: some answers never end.
class Server {
 public:
  // `record` must outlive the server.
  Server(Script script, Record& record, ServerOptions options = {});
  ~Server();  // stops

  // Listens on `port` (0: a free one) of `host` and serves from then on, on
  // other threads. Returns the port, or why not. Call once.
  tl::expected<int, std::string> Start(const std::string& host, int port);

  // Cuts what is being answered and returns when all threads are gone.
  // Idempotent.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace copilot::fake_model
