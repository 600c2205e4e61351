// SPDX-License-Identifier: MIT
#include "conformance/mutant/meddler.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kDirs[] = "dirs";

Way Opposite(Way way) { return way == Way::kDown ? Way::kUp : Way::kDown; }

bool IsOwnAnswer(const Json& message) {
  return !message.contains("method") && message.contains("id") &&
         message["id"].is_string() &&
         message["id"].get_ref<const std::string&>().rfind(kOwnId, 0) == 0;
}

}  // namespace

Meddler::Meddler(const Mutation& mutation, Place place, World& world)
    : mutation_(mutation), place_(place), state_(world) {
  if (place != Place::kCli) return;
  Json dirs = world.Shared(kDirs);
  if (dirs.is_object()) state_.dirs = std::move(dirs);
}

void Meddler::Start(Launch& launch) {
  for (const Fault& fault : mutation_.faults) {
    if (fault.place == place_ && fault.launch) fault.launch(launch, state_);
  }
}

Meddler::Passed Meddler::Pass(Json& message, Way way) {
  Passed passed;
  if (IsOwnAnswer(message)) {
    passed.passes = false;
    return passed;
  }
  Frame frame = MakeFrame(message, way);
  Observe(frame, way);
  for (const Fault& fault : mutation_.faults) {
    if (fault.place == place_ && fault.way == way && fault.change) {
      fault.change(frame, state_);
    }
  }
  if (frame.until) {
    held_.push_back({way, message, std::move(frame.until)});
    frame.until = nullptr;
  }
  passed.passes = frame.passes;
  passed.more = std::move(frame.more);
  passed.back = std::move(frame.back);
  if (frame.passes) Release(frame, way, &passed);
  return passed;
}

Frame Meddler::MakeFrame(Json& message, Way way) {
  if (message.contains("method") && message["method"].is_string()) {
    std::string method = message["method"];
    if (message.contains("id")) {
      methods_[{way, message["id"].dump()}] = method;
    }
    return {message, std::move(method), false};
  }
  const auto found =
      methods_.find({Opposite(way), message.value("id", Json()).dump()});
  return {message, found == methods_.end() ? "" : found->second, true};
}

void Meddler::Observe(const Frame& frame, Way way) {
  if (place_ != Place::kAdapter || way != Way::kDown) return;
  const Json params = frame.message.value("params", Json::object());
  if (frame.Is("initialize")) {
    state_.dirs = params.value("dirs", Json::object());
    state_.world.Share(kDirs, state_.dirs);
  }
  if (frame.Is("attempt.run") || frame.Is("session.compact")) {
    state_.params = params.value("params", Json::object());
  }
}

void Meddler::Release(const Frame& frame, Way way, Passed* passed) {
  for (auto held = held_.begin(); held != held_.end();) {
    if (held->way == way && held->until(frame)) {
      passed->more.push_back(std::move(held->message));
      held = held_.erase(held);
    } else {
      ++held;
    }
  }
}

}  // namespace copilot::conformance
