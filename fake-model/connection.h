// SPDX-License-Identifier: MIT
//
// A client's TCP connection below the HTTP library: waiting on it, cutting it.
#pragma once

#include <string>

namespace copilot::fake_model {

// Does not own the socket: valid while the request on it is being answered.
class Connection {
 public:
  // `stop_fd` becomes readable when the server stops.
  Connection(int socket, int stop_fd) : socket_(socket), stop_fd_(stop_fd) {}

  // The connection that a request of this process's server came on; a closed
  // one when there is none. The HTTP library shows a handler the ports, but
  // not the socket.
  static Connection Find(int local_port, int remote_port, int stop_fd);

  // Waits `ms`, or for ever when negative. True if the time passed and the
  // client is still there; false as soon as the client has gone or the server
  // stops.
  bool Wait(int ms) const;

  // Cuts it: the client sees a reset, and no byte that is not out yet.
  void Reset() const;

 private:
  int socket_;  // -1: closed
  int stop_fd_;
};

}  // namespace copilot::fake_model
