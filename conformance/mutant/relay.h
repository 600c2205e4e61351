// SPDX-License-Identifier: MIT
//
// One conversation between us, who stand where the sound program would, and
// the sound program: the child.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "conformance/mutant/meddler.h"
#include "conformance/mutant/traffic.h"
#include "wire/framing.h"

namespace copilot::conformance {

// Not safe to use from several threads.
class Relay {
 public:
  // Takes one frame.
  using Sink = std::function<void(std::string frame)>;

  // Meddler and recorder must outlive it.
  Relay(Place place, Meddler& meddler, const TrafficRecorder& recorder,
        Sink to_child, Sink to_us);

  // Called with the params of `initialize`, which it may change.
  void OnInitialize(std::function<void(nlohmann::json&)> change) {
    on_initialize_ = std::move(change);
  }

  // What came from the one goes to the other, changed as the mutation wants.
  void FromUs(std::string_view bytes);
  void FromChild(std::string_view bytes);

 private:
  void Pass(std::string_view bytes, wire::Framing& framing, Way way);
  void PassBody(const std::string& body, Way way);
  void Send(const std::string& body, Way way);

  const Place place_;
  Meddler& meddler_;
  const TrafficRecorder& recorder_;
  const Sink to_child_;
  const Sink to_us_;
  std::unique_ptr<wire::Framing> from_us_;
  std::unique_ptr<wire::Framing> from_child_;
  std::function<void(nlohmann::json&)> on_initialize_;
};

}  // namespace copilot::conformance
