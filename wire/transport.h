// SPDX-License-Identifier: MIT
//
// An ordered stream of bytes in both directions: the stdio of a child, our own
// stdio, or a TCP connection.
//
// Callbacks run on the io_context the transport was made with. Send and Close
// may be called from any thread. Destroying a transport closes it; no callback
// runs after Close or the destructor returned, provided they are called on the
// io_context's thread or while it is not running.
//
// Programs that write to pipes must ignore SIGPIPE: a write that nobody reads
// is reported through `on_closed`. Sockets never raise it.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace copilot::wire {

class Transport {
 public:
  virtual ~Transport() = default;

  // Begins to read. `on_bytes` gets what arrives, in order. `on_closed` is
  // called once, when the other side has closed or reading or writing failed;
  // the text says which.
  virtual void Start(std::function<void(std::string_view)> on_bytes,
                     std::function<void(const std::string&)> on_closed) = 0;

  // Queues bytes; bytes of one call are never interleaved with another's.
  // Writes at once when nothing is queued; what the other side does not take is
  // queued without bound. Silently dropped after the end.
  virtual void Send(std::string bytes) = 0;

  // Closes our writing side when everything queued has been written, and goes
  // on reading: the end that a CLI on stdio understands as "no more input".
  virtual void CloseWrite() = 0;

  virtual void Close() = 0;
};

// Takes ownership of both descriptors; they may be the same one.
std::unique_ptr<Transport> MakeFdTransport(asio::io_context& io, int read_fd,
                                           int write_fd);

// Copies of our own stdin and stdout; of /dev/null where we were started
// without one. O_NONBLOCK belongs to what a descriptor and its copies share, so
// it is set on a terminal or pipe that others hold, too, and stays set: a
// program that uses this must not also print to stdout.
std::unique_ptr<Transport> MakeStdioTransport(asio::io_context& io);

// A connected socket; sets TCP_NODELAY.
std::unique_ptr<Transport> MakeTcpTransport(asio::ip::tcp::socket socket);

// Dials host:port, blocking for at most `timeout_ms`. The error text names the
// address and the reason.
tl::expected<std::unique_ptr<Transport>, std::string> DialTcp(
    asio::io_context& io, const std::string& host, int port, int timeout_ms);

}  // namespace copilot::wire
