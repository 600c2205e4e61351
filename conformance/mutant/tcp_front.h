// SPDX-License-Identifier: MIT
//
// A port of our own in front of a CLI that serves TCP.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/mutant/relay.h"
#include "wire/transport.h"

namespace copilot::conformance {

// On the io_context's thread alone.
class TcpFront {
 public:
  using MakeRelay =
      std::function<std::unique_ptr<Relay>(Relay::Sink, Relay::Sink)>;

  TcpFront(asio::io_context& io, MakeRelay make_relay);

  // Takes what the CLI prints, and returns what is to be printed: whole lines,
  // with our port in the place of its own. Listens from then on.
  std::string Printed(std::string_view bytes);

 private:
  struct Connection {
    std::unique_ptr<wire::Transport> client;
    std::unique_ptr<wire::Transport> cli;
    std::unique_ptr<Relay> relay;
  };

  void Accept();
  void Connect(asio::ip::tcp::socket socket);

  asio::io_context& io_;
  MakeRelay make_relay_;
  asio::ip::tcp::acceptor acceptor_;
  int port_ = 0;  // of the CLI
  std::string line_;
  std::vector<std::unique_ptr<Connection>> connections_;  // closed ones, too
};

}  // namespace copilot::conformance
