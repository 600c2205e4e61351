// SPDX-License-Identifier: MIT
//
// What keeps the transcript of one turn (harness spec 7): the mirror of the
// docs profile, or the journal of the journal profile. The attempt does not
// know which.
//
// Called by the attempt's thread, unless said otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/journal/receipt.h"
#include "harness/sdk_session.h"

namespace copilot::harness {

struct AttemptContext;

class TurnTranscript {
 public:
  virtual ~TurnTranscript() = default;

  // Makes `result` one of this profile. An attempt that cannot be served at all
  // is rejected with the error.
  virtual Status Admit(AttemptResult* result) = 0;

  // Sees what the host's tools give, before they are bridged.
  virtual void ObserveTools(std::vector<HostTool>* tools) = 0;

  // Whether a tool gave what the network said; may be asked after the turn.
  // Empty: this profile does not know.
  virtual std::function<bool()> Taint() const { return nullptr; }

  // There is a session; `id` is empty when nobody knows one. On failure, here
  // and in Begin, the error becomes the prompt error and nothing is sent.
  virtual Status Open(const std::shared_ptr<SdkSession>& session,
                      const std::string& id, bool resumed) = 0;
  // The next thing is to send the prompt.
  virtual Status Begin() = 0;

  // Who decides about messages that are queued on the running session; null:
  // every one is sent.
  virtual Steering* steering() = 0;

  // The SDK is done with the turn; `terminated`: by an error of its own. An
  // error replaces whatever the prompt error was.
  virtual Status Settle(bool terminated) = 0;

  // Whether a session that is still compacting is worth waiting for.
  virtual bool MayRetain() const = 0;

  // Writes what is left and completes `result`, which has everything else. Its
  // last_assistant is that of this attempt, or null.
  virtual void Finish(AttemptResult* result) = 0;

  // Stops listening to the session. On the loop's thread.
  virtual void Detach() = 0;
};

// The transcript that `context.profile` asks for. `context` outlives it.
std::unique_ptr<TurnTranscript> MakeTurnTranscript(
    const AttemptContext& context);

}  // namespace copilot::harness
