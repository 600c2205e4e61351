// SPDX-License-Identifier: MIT
//
// The best-effort copy of a turn in the host's transcript file (harness spec
// 7.1): JSON lines, each message at most once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/error.h"

namespace copilot::harness {

// Appends to files. Replaceable, for disks that fail.
class TranscriptFile {
 public:
  virtual ~TranscriptFile() = default;
  // Reads the file (empty text when there is none), hands the text to `add`,
  // and appends what that returns, if anything; nobody else of this process
  // writes the file meanwhile. Makes parent directories when it writes.
  virtual Status Extend(
      const std::string& path,
      const std::function<std::string(const std::string& text)>& add) = 0;
};

std::shared_ptr<TranscriptFile> MakeTranscriptFile();

struct MirrorMessage {
  Json message;          // {role, content, …}
  std::string identity;  // empty: made of role and content
};

// `${scope}:${identity}`; empty without scope.
std::string IdempotencyKey(const std::string& scope,
                           const MirrorMessage& message);

// What a turn adds: history, then the user's message unless the history ends
// with it, then the final answer (null: none), each with its identity. `now`
// is the user message's timestamp.
std::vector<MirrorMessage> MessagesOf(const AttemptParams& params,
                                      const std::string& sdk_session_id,
                                      const Json& assistant, int64_t now);

// Writes the messages whose keys the file does not hold yet, in order. Messages
// of other roles than user, assistant and toolResult are skipped. The hook
// before_message_write may rewrite or block each.
Status MirrorTranscript(TranscriptFile& file, const std::string& path,
                        const std::string& scope,
                        const std::vector<MirrorMessage>& messages,
                        const AttemptHost& host);

}  // namespace copilot::harness
