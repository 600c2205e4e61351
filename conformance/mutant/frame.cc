// SPDX-License-Identifier: MIT
#include "conformance/mutant/frame.h"

#include <atomic>

namespace copilot::conformance {

using Json = nlohmann::json;

std::string Frame::EventType() const {
  if (!Is("session.event")) return "";
  static const Json::json_pointer kType("/params/event/type");
  return message.contains(kType) && message[kType].is_string()
             ? message[kType].get<std::string>()
             : "";
}

void Frame::Ask(const std::string& wanted, Json params) {
  static std::atomic<int> last = 0;
  Add({{"jsonrpc", "2.0"},
       {"id", kOwnId + std::to_string(++last)},
       {"method", wanted},
       {"params", std::move(params)}});
}

void Frame::Reply(Json result) {
  Drop();
  back.push_back({{"jsonrpc", "2.0"},
                  {"id", message.value("id", Json())},
                  {"result", std::move(result)}});
}

void Frame::HoldUntil(std::function<bool(const Frame&)> comes) {
  Drop();
  until = std::move(comes);
}

}  // namespace copilot::conformance
