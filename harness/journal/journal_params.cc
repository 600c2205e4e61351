// SPDX-License-Identifier: MIT
#include "harness/journal/journal_params.h"

#include "harness/session_event.h"

namespace copilot::harness {

JournalParams JournalParams::FromJson(const Json& params) {
  JournalParams out;
  const Json& target = MemberOrNull(params, "sessionTarget");
  out.target = {StringMember(target, "sessionId"),
                StringMember(target, "sessionKey"),
                StringMember(target, "storePath")};
  out.trigger = StringMember(params, "trigger");
  out.validated = MemberOrNull(MemberOrNull(params, "initialReplayState"),
                               "journalValidated") == true;
  return out;
}

}  // namespace copilot::harness
