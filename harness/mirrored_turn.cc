// SPDX-License-Identifier: MIT
#include "harness/mirrored_turn.h"

#include "harness/attempt.h"
#include "harness/transcript_mirror.h"

namespace copilot::harness {

MirroredTurn::MirroredTurn(const AttemptContext& context)
    : c_(context), began_(context.clock->Now()) {}

void MirroredTurn::Finish(AttemptResult* result) {
  const std::vector<MirrorMessage> messages = MessagesOf(
      c_.params, result->sdk_session_id, result->last_assistant, began_);
  result->messages_snapshot = Json::array();
  for (const MirrorMessage& each : messages) {
    result->messages_snapshot.push_back(each.message);
  }
  if (c_.params.session_file.empty() || c_.params.session_id.empty()) return;
  const std::string& owner = result->sdk_session_id.empty()
                                 ? c_.params.session_id
                                 : result->sdk_session_id;
  const Status written =
      MirrorTranscript(*c_.transcript, c_.params.session_file,
                       "copilot:" + owner, messages, c_.host);
  if (!written) {
    c_.host.Warn("[copilot-attempt] dual-write transcript mirror failed: " +
                 written.error().message);
  }
}

}  // namespace copilot::harness
