// SPDX-License-Identifier: MIT
//
// How names become addresses; replaceable for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace copilot::harness {

class Network {
 public:
  virtual ~Network() = default;

  // The numeric addresses of a name, in the order to try them; empty when it
  // has none. May block. Called from any thread.
  virtual std::vector<std::string> Resolve(const std::string& host) = 0;

  // What to dial for an address that was judged: the address itself.
  virtual std::string Dial(const std::string& address) { return address; }

  // A file with the certificates of authorities to trust; empty: the system's.
  virtual std::string Authorities() { return ""; }
};

std::shared_ptr<Network> MakeSystemNetwork();

}  // namespace copilot::harness
