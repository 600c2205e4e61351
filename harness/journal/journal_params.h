// SPDX-License-Identifier: MIT
//
// What the journal profile asks of a host beyond the docs profile (harness spec
// 1.3, 7.2).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/error.h"

namespace copilot::harness {

class DetachedTranscript;

// The capabilities without which an ordinary attempt is refused.
struct HostCapabilities {
  // Takes note of the user's turn before it is stored; false: the message must
  // not be stored. An error fails the attempt. Runs on the attempt's thread.
  std::function<Expected<bool>(const Json& message)> record_user_turn;
  // The transcript when it is in memory; null: the file of the target.
  std::shared_ptr<DetachedTranscript> detached_transcript;
  // It owns what is compacted; without it nothing is (harness spec 12.1).
  bool compaction_source = false;
};

// The conversation whose transcript is written, exactly.
struct SessionTarget {
  std::string session_id;
  std::string session_key;
  std::string store_path;  // of the transcript file

  bool is_exact() const {
    return !session_id.empty() && !session_key.empty() && !store_path.empty();
  }
};

// The part of an attempt's parameters that only the journal reads.
struct JournalParams {
  SessionTarget target;    // sessionTarget
  std::string trigger;     // "memory": nobody typed the prompt
  bool validated = false;  // initialReplayState.journalValidated

  static JournalParams FromJson(const Json& params);
};

// What the journal adds to a result.
struct JournalReport {
  bool validated = false;  // the SDK session and the transcript agree
  bool owned = false;      // the answer must not be written by anybody else
  std::string owned_key;   // its idempotency key; empty: a hook kept it out
};

}  // namespace copilot::harness
