// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "harness/turn_transcript.h"

namespace copilot::harness {

// The docs profile: a best-effort copy once the turn is over (harness spec
// 7.1). Whatever happens to it leaves the result alone.
class MirroredTurn : public TurnTranscript {
 public:
  // `context` outlives it.
  explicit MirroredTurn(const AttemptContext& context);

  Status Admit(AttemptResult*) override { return {}; }
  void ObserveTools(std::vector<HostTool>*) override {}
  Status Open(const std::shared_ptr<SdkSession>&, const std::string&,
              bool) override {
    return {};
  }
  Status Begin() override { return {}; }
  Steering* steering() override { return nullptr; }
  Status Settle(bool) override { return {}; }
  bool MayRetain() const override { return true; }
  void Finish(AttemptResult* result) override;
  void Detach() override {}

 private:
  const AttemptContext& c_;
  const int64_t began_;
};

}  // namespace copilot::harness
