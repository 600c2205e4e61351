// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wire/secret.h"

namespace copilot::conformance {

class ProtocolUse;
class SchemaJudge;

// What a run is made with: programs and environment, the same for every
// scenario.
struct Settings {
  std::vector<std::string> adapter;  // command and arguments
  std::string cli;                   // under test in cli and live scenarios
  std::string fake_cli;              // behind the harness
  std::string fake_model;            // behind the CLI
  std::string fake_mcp;              // a server for its sessions
  std::string path;                  // PATH of everything that is started
  std::string cache;                 // XDG_CACHE_HOME of real CLIs
  wire::Secret live_token;
  std::string live_model = "gpt-5-mini";
  // Live scenarios with stand-ins for GitHub and the model.
  bool rehearse = false;
  int timeout_ms = 0;  // 0: each scenario's own
  bool keep = false;   // directories of failed scenarios
  // Conversations of scenarios that passed, too.
  bool keep_conversations = false;
  // What the command of this run had beside the scenarios' ids, each with a
  // blank before it; for the commands that reproduce failures.
  std::string flags;
  // Judges the frames of CLIs; null: nobody does. Not owned.
  SchemaJudge* schemas = nullptr;
  // Collects what of the protocols is used; null: nobody does. Not owned.
  ProtocolUse* protocol_use = nullptr;
};

}  // namespace copilot::conformance
