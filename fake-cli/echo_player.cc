// SPDX-License-Identifier: MIT
//
// The echo brain: one answer, made of the prompt.
#include <utility>

#include "fake-cli/brain.h"
#include "fake-cli/turn.h"

namespace copilot::fake_cli {
namespace {

class EchoPlayer : public Player {
 public:
  explicit EchoPlayer(std::string prompt) : prompt_(std::move(prompt)) {}

  void Continue(Turn& turn) override {
    if (std::exchange(answered_, true)) {
      turn.Finish();
      return;
    }
    ModelAnswer answer;
    answer.chunks = {"You said: ", prompt_};
    turn.CompleteCall(std::move(answer));
  }

 private:
  const std::string prompt_;
  bool answered_ = false;
};

}  // namespace

std::unique_ptr<Player> MakeEchoPlayer(std::string prompt) {
  return std::make_unique<EchoPlayer>(std::move(prompt));
}

}  // namespace copilot::fake_cli
