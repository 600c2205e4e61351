// SPDX-License-Identifier: MIT
//
// What the journal profile asks of a host beyond the docs profile (harness spec
// 1.3, 7.2).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/abort_signal.h"
#include "harness/error.h"
#include "harness/host_binding.h"

namespace copilot::harness {

class DetachedTranscript;

// How a tool of the host ended, for HostCapabilities::observe_tool_terminal
// (harness spec 8.6).
struct ToolTerminal {
  std::string tool_call_id;
  std::string tool_name;
  Json result;     // what the tool gave; null: it gave nothing
  Json arguments;  // prepared, if it came that far
  bool execution_started = false;
  bool succeeded = false;
  std::string failure;  // why there is no result; empty: there is one

  // What never began has changed nothing.
  bool may_have_changed() const { return execution_started; }
};

// A question for the gateway: {id, header, question, options, secret,
// sessionKey, runId, timeoutMs} (harness spec 10).
using GatewayQuestion = Json;

// What became of it. Only the status "answered" has an answer.
struct GatewayReply {
  std::string status;
  std::string answer;
};

// The capabilities without which an ordinary attempt is refused.
struct HostCapabilities {
  // Takes note of the user's turn before it is stored; false: the message must
  // not be stored. An error fails the attempt. Runs on the attempt's thread.
  std::function<Expected<bool>(const Json& message)> record_user_turn;
  // The transcript when it is in memory; null: the file of the target.
  std::shared_ptr<DetachedTranscript> detached_transcript;
  // What the tools of the attempt are bound to; closed by the host. Never null.
  std::shared_ptr<HostBinding> binding = std::make_shared<HostBinding>();
  // Stores what a provider said before its turn is over. Code mode needs it;
  // the host's controls call it, the harness does not.
  std::function<Status(const Json& rows)> commit_provider_transcript_prefix;
  // Sees every call of a tool end, before the other observers. An error of it
  // fails the call. On the worker thread of the call.
  std::function<Status(const ToolTerminal&)> observe_tool_terminal;
  // Asks and waits, on a worker thread; should give up when the signal fires.
  // Absent: only queued messages answer.
  std::function<Expected<GatewayReply>(const GatewayQuestion&,
                                       const AbortSignal&)>
      ask_gateway;
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
