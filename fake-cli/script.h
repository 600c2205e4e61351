// SPDX-License-Identifier: MIT
//
// The script document (docs/script.md) as data, and which turn is next.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "fake-cli/identity.h"
#include "wire/document.h"

namespace copilot::fake_cli {

struct ScriptTurn {
  nlohmann::json when;  // null: plays in order
  std::vector<nlohmann::json> steps;
  std::string set_state;
  int times = -1;  // -1: any number
  int used = 0;
};

// What a user message looks like to `when`.
struct TurnQuery {
  std::string prompt;
  std::string session_id;
  std::string model;
  int nth = 1;  // user message of the session, from 1
};

// What happens instead of, or before, the answer to a call.
struct Fault {
  std::string on;
  int nth = 0;  // 0: every time
  std::string session_id;
  double probability = 1;
  nlohmann::json effect;  // error, delayMs, stall, crash, …
  int seen = 0;
};

class Script {
 public:
  // A script that configures nothing.
  Script() = default;

  // Reads, validates and compiles.
  static tl::expected<Script, wire::DocumentErrors> Load(
      const std::string& path);

  // The turn that answers a message, counted as used; null: the echo brain
  // answers. Valid while the script lives.
  const ScriptTurn* NextTurn(const TurnQuery& query);

  // The fault that strikes this call, if any.
  const Fault* NextFault(const std::string& method,
                         const std::string& session_id, IdSource& random);

  // What the next compaction does; an empty object without a script for it.
  nlohmann::json NextCompaction();

  bool has_turns() const { return !turns_.empty(); }
  bool loaded() const { return loaded_; }
  // Who answers messages without a turn is who would answer them in the real
  // CLI: a model endpoint.
  bool real_brain() const { return real_brain_; }
  const std::string& version() const { return version_; }
  std::optional<uint64_t> seed() const { return seed_; }
  const nlohmann::json& auth() const { return auth_; }
  const nlohmann::json& models() const { return models_; }

 private:
  static Script Compile(const nlohmann::json& document);
  bool Matches(const ScriptTurn& turn, const TurnQuery& query) const;

  bool loaded_ = false;
  bool real_brain_ = false;
  std::string version_ = "1.0.102";
  std::optional<uint64_t> seed_;
  nlohmann::json auth_ = nlohmann::json::object();
  nlohmann::json models_;
  std::vector<ScriptTurn> turns_;
  std::vector<Fault> faults_;
  std::vector<nlohmann::json> compactions_;
  size_t next_compaction_ = 0;
  std::map<std::string, std::string> states_;  // by session
};

}  // namespace copilot::fake_cli
