// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace copilot::fake_cli {

// A tool of a server, as the session's configuration lists it.
struct McpTool {
  std::string server;
  std::string transport;
  std::string name;  // that the server gave it
  std::string title;
  std::string description;
  nlohmann::json parameters;
  bool read_only = false;

  std::string full_name() const { return server + "-" + name; }
};

}  // namespace copilot::fake_cli
