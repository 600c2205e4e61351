// SPDX-License-Identifier: MIT
//
// What a fault may look at, remember and touch besides messages.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace copilot::conformance {

// Everything outside the messages goes through here, so that it can be
// foreseen what a fault does to a recorded conversation.
class World {
 public:
  virtual ~World() = default;

  // Empty when there is no such file.
  virtual std::string Read(const std::string& path) = 0;
  // With its directories.
  virtual void Write(const std::string& path, const std::string& text) = 0;
  virtual void Remove(const std::string& path) = 0;
  // A line on stderr: what a harness logs.
  virtual void Print(const std::string& line) = 0;
  // Between the proxies of one scenario, and over a restart of the adapter.
  virtual void Share(const std::string& name, const nlohmann::json& value) = 0;
  // Null when nobody shared it.
  virtual nlohmann::json Shared(const std::string& name) = 0;
};

struct State {
  explicit State(World& world_in) : world(world_in) {}

  World& world;
  nlohmann::json dirs = nlohmann::json::object();  // of initialize
  // Of the last attempt or compaction; nothing in front of a CLI.
  nlohmann::json params = nlohmann::json::object();
  // Of this proxy alone.
  std::map<std::string, nlohmann::json> memory;
  int count = 0;

  // A member of `params`, or of `dirs`; empty when it is no text.
  std::string Param(const std::string& name) const;
  std::string Dir(const std::string& name) const;
};

}  // namespace copilot::conformance
