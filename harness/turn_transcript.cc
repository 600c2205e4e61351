// SPDX-License-Identifier: MIT
#include "harness/turn_transcript.h"

#include "harness/attempt.h"
#include "harness/journal/journaled_turn.h"
#include "harness/mirrored_turn.h"

namespace copilot::harness {

std::unique_ptr<TurnTranscript> MakeTurnTranscript(
    const AttemptContext& context) {
  if (context.profile == Profile::kJournal) {
    return std::make_unique<JournaledTurn>(context);
  }
  return std::make_unique<MirroredTurn>(context);
}

}  // namespace copilot::harness
