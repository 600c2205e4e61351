// SPDX-License-Identifier: MIT
//
// The least that can be done to talk to a CLI over stdio: bytes that were
// made before, and a search for text in what comes back. What a harness costs
// is what it takes longer than this for the same frames.
#pragma once

#include <string>
#include <string_view>

#include "bench/child.h"

namespace copilot::bench {

class RawClient {
 public:
  // Starts a CLI. Aborts when that fails.
  RawClient(const std::string& program, const std::string& copilot_home);

  // A request as it goes over the wire. `params` is raw JSON.
  static std::string Frame(int id, std::string_view method,
                           std::string_view params);

  // The first exchange of every connection.
  bool Connect() { return Exchange(Frame(1, "connect", "{}"), R"("id":1)"); }

  // Writes a frame and reads until `text` has come. False when it does not.
  bool Exchange(const std::string& frame, std::string_view text);

 private:
  Child cli_;
  std::string buffer_;
};

}  // namespace copilot::bench
