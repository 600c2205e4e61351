// SPDX-License-Identifier: MIT
#include "fake-model/connection.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace copilot::fake_model {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

using NameOf = int (*)(int, sockaddr*, socklen_t*);

// The port that getsockname or getpeername tells, 0 for no TCP socket.
int Port(int fd, NameOf name_of) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (name_of(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  }
  return 0;
}

}  // namespace

Connection Connection::Find(int local_port, int remote_port, int stop_fd) {
  int found = -1;
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return {found, stop_fd};
  while (const dirent* const entry = readdir(directory)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2 && Port(fd, getpeername) == remote_port &&
        Port(fd, getsockname) == local_port) {
      found = fd;
      break;
    }
  }
  closedir(directory);
  return {found, stop_fd};
}

bool Connection::Wait(int ms) const {
  const auto end = Clock::now() + milliseconds(ms < 0 ? 0 : ms);
  while (true) {
    pollfd fds[] = {{socket_, POLLRDHUP, 0}, {stop_fd_, POLLIN, 0}};
    int left = -1;
    if (ms >= 0) {
      left = static_cast<int>(
          duration_cast<milliseconds>(end - Clock::now()).count());
      if (left < 0) left = 0;
    } else if (socket_ < 0) {
      return false;
    }
    const int ready = poll(fds, 2, left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready != 0) return false;
    if (ms >= 0 && Clock::now() >= end) return true;
  }
}

void Connection::Reset() const {
  if (socket_ < 0) return;
  // With this the library's own close sends a reset instead of an end.
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  shutdown(socket_, SHUT_RD);
  // Whatever the library still wants to write goes nowhere.
  sockaddr unspecified{};
  unspecified.sa_family = AF_UNSPEC;
  connect(socket_, &unspecified, sizeof(unspecified));
}

}  // namespace copilot::fake_model
