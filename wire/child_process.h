// SPDX-License-Identifier: MIT
//
// A child process with pipes. Started by posix_spawn, because fork copies the
// page tables of a large parent; in a process group of its own, so that what it
// starts goes with it, also when it ends by itself; with exactly the
// environment it is given; with no descriptor of ours but its three pipes.
//
// Not thread-safe: use it on the io_context's thread.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "wire/transport.h"

namespace copilot::wire {

struct ExitStatus {
  int code = 0;    // exit code, or 128 + signal; -1 when nobody can tell
  int signal = 0;  // 0 when the child exited by itself
  // "exit code 3", "signal 9 (Killed)".
  std::string ToString() const;
};

struct ChildOptions {
  std::vector<std::string> argv;         // argv[0] is looked up in our PATH
  std::vector<std::string> environment;  // "NAME=value", nothing is inherited
  std::string working_directory;         // empty: ours
  bool pipe_stdin = true;                // false: /dev/null
  size_t stderr_limit = 64 * 1024;       // the last bytes are kept
  std::function<void(std::string_view)> on_stderr;  // optional, sees it all
};

class ChildProcess {
 public:
  // Fails with a text that names the program and the reason.
  static tl::expected<std::unique_ptr<ChildProcess>, std::string> Spawn(
      asio::io_context& io, ChildOptions options);

  // Kills the process group and reaps the child.
  virtual ~ChildProcess() = default;

  virtual int pid() const = 0;

  // The child's stdin and stdout. Call once. It may outlive this object.
  virtual std::unique_ptr<Transport> TakeTransport() = 0;

  // What came on stderr, at most `stderr_limit` bytes of its end.
  virtual const std::string& stderr_text() const = 0;

  // Calls back once when the child has been reaped and its stderr has been
  // read; at once if that has happened.
  virtual void OnExit(std::function<void(ExitStatus)> callback) = 0;
  virtual std::optional<ExitStatus> exit_status() const = 0;

  // SIGTERM to the group now, SIGKILL after `grace` if the child is still
  // there. These three do nothing once the child has ended.
  virtual void Terminate(std::chrono::milliseconds grace) = 0;
  virtual void Signal(int signal) = 0;  // to the child only
  virtual void Kill() = 0;              // SIGKILL to the group
};

}  // namespace copilot::wire
