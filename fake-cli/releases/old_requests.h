// SPDX-License-Identifier: MIT
//
// Protocol 2 asks the clients with requests where protocol 3 tells an event and
// is answered with a method call (protocol 17.4).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fake-cli/releases/release.h"

namespace copilot::fake_cli {

class Session;

class OldRequests {
 public:
  // The session owns this.
  explicit OldRequests(Session& session) : session_(session) {}

  // Asks what the event would have asked. `data` is its data, raw JSON. The
  // answer settles the pending tool call or permission of the session.
  void Ask(const RequestForm& form, std::string_view data);

 private:
  Session& session_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace copilot::fake_cli
