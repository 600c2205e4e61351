// SPDX-License-Identifier: MIT
#include "conformance/mutant/tcp_front.h"

#include <asio/ip/address_v4.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace copilot::conformance {
namespace {

using asio::ip::tcp;

constexpr char kLoopback[] = "127.0.0.1";
constexpr std::string_view kMark = "listening on port ";
constexpr int kDialLimitMs = 5000;

}  // namespace

TcpFront::TcpFront(asio::io_context& io, MakeRelay make_relay)
    : io_(io), make_relay_(std::move(make_relay)), acceptor_(io) {}

std::string TcpFront::Printed(std::string_view bytes) {
  line_ += bytes;
  const size_t end = line_.rfind('\n');
  if (end == std::string::npos) return "";
  std::string text = line_.substr(0, end + 1);
  line_.erase(0, end + 1);
  const size_t mark = text.find(kMark);
  if (port_ != 0 || mark == std::string::npos) return text;
  const size_t begin = mark + kMark.size();
  const size_t length = text.find_first_not_of("0123456789", begin) - begin;
  port_ = std::atoi(text.substr(begin, length).c_str());
  const tcp::endpoint any(asio::ip::make_address_v4(kLoopback), 0);
  acceptor_.open(any.protocol());
  acceptor_.bind(any);
  acceptor_.listen();
  Accept();
  return text.replace(begin, length,
                      std::to_string(acceptor_.local_endpoint().port()));
}

void TcpFront::Accept() {
  acceptor_.async_accept(
      [this](const std::error_code& error, tcp::socket socket) {
        if (error) return;
        Connect(std::move(socket));
        Accept();
      });
}

void TcpFront::Connect(tcp::socket socket) {
  auto cli = wire::DialTcp(io_, kLoopback, port_, kDialLimitMs);
  if (!cli) {
    std::fprintf(stderr, "mutant-adapter: %s\n", cli.error().c_str());
    return;  // and the client's connection ends
  }
  connections_.push_back(std::make_unique<Connection>());
  Connection* const both = connections_.back().get();
  both->client = wire::MakeTcpTransport(std::move(socket));
  both->cli = std::move(*cli);
  both->relay = make_relay_(
      [both](std::string frame) { both->cli->Send(std::move(frame)); },
      [both](std::string frame) { both->client->Send(std::move(frame)); });
  both->client->Start(
      [both](std::string_view bytes) { both->relay->FromUs(bytes); },
      [both](const std::string&) { both->cli->CloseWrite(); });
  both->cli->Start(
      [both](std::string_view bytes) { both->relay->FromChild(bytes); },
      [both](const std::string&) { both->client->CloseWrite(); });
}

}  // namespace copilot::conformance
