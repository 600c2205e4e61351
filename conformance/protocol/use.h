// SPDX-License-Identifier: MIT
//
// What of the protocols is used: by name, and by the members of what is said.
//
//   method session.send             a client called it
//   params session.send $.prompt    with this member
//   result session.send $.messageId what came back
//   request hooks.invoke $.input    what the CLI asked or told the client
//   answer hooks.invoke $.output    what the client answered
//   event session.idle $.data.mode  session events
//   adapter attempt.run             messages of the adapter protocol
//   capability abort                of adapters
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::conformance {

using ProtocolNames = std::set<std::string>;

// Collects what is said in a run. Thread-safe.
class ProtocolUse {
 public:
  // A message between a client and a CLI. `answered` is the method of the
  // request that it answers, when it is an answer.
  void See(bool by_client, const nlohmann::json& message,
           const std::string& answered);
  // A message between the runner and an adapter.
  void SeeAdapter(const nlohmann::json& message);

  // Writes what was seen, for `coverage --protocol`. The error names the file.
  tl::expected<void, std::string> Write(const std::string& path) const;

 private:
  mutable std::mutex mutex_;
  ProtocolNames names_;
};

// What a file of that kind holds. The error names the file.
tl::expected<ProtocolNames, std::string> LoadProtocolUse(
    const std::string& path);

}  // namespace copilot::conformance
