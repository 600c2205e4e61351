// SPDX-License-Identifier: MIT
//
// The shells of one session: commands that run, or that have run in the
// background (protocol 10.4).
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "wire/child_process.h"

namespace copilot::fake_cli {

struct Shell {
  std::string id;
  std::string command;
  std::string description;
  std::string output;  // of both streams, as it came; the last mebibyte
  size_t read = 0;     // how much of it was told
  std::string mode = "sync";
  bool background = false;
  bool reclaimed = false;  // its end has been told; it can be read no more
  std::optional<int> exit_code;
  std::shared_ptr<wire::ChildProcess> child;
  std::shared_ptr<wire::Transport> pipe;
};

class Shells {
 public:
  struct Handlers {
    // "stdout" or "stderr", and what came.
    std::function<void(std::string_view stream, std::string_view text)>
        on_output;
    std::function<void(int exit_code)> on_exit;
  };

  explicit Shells(asio::io_context& io) : io_(io) {}

  // Runs `command` with bash in `directory`. `id` may be empty: the next free
  // number. Fails when bash cannot be started. Handlers run while this object
  // lives and the shell is not stopped.
  tl::expected<std::shared_ptr<Shell>, std::string> Start(
      std::string id, const std::string& command, const std::string& directory,
      Handlers handlers);

  // Null for an unknown id.
  std::shared_ptr<Shell> Find(const std::string& id) const;
  // The shells that run, in the order of their start.
  std::vector<std::shared_ptr<Shell>> Running() const;
  // Ends a shell with all that it started.
  void Stop(const std::string& id);

 private:
  asio::io_context& io_;
  std::map<std::string, std::shared_ptr<Shell>> shells_;
  std::vector<std::string> order_;
  int next_ = 0;
};

}  // namespace copilot::fake_cli
