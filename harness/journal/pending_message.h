// SPDX-License-Identifier: MIT
//
// A message of the model that is not complete yet: more of it may come, or the
// results of its tool calls (harness spec 7.2). Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/journal/projection.h"
#include "harness/journal/row_store.h"

namespace copilot::harness {

class PendingMessage {
 public:
  // `key` is the idempotency key of its row, `data` the event's.
  PendingMessage(std::string key, Json data);

  // Empty when the CLI does not say which call the message is of.
  std::string api_call_id() const;

  // Another event of the same call; one with a known message id is a newer
  // state of that message.
  void Add(Json data);

  // False when the message makes no such call, or has the result already.
  bool AddResult(const std::string& key, const Json& data);

  bool has_calls() const;
  // Every call has its result.
  bool is_complete() const;

  struct Rows {
    std::vector<Row> rows;  // the message, then results in order of the calls
    bool reproducible = true;
    bool empty = false;  // the message says nothing
  };
  // When complete.
  Rows Take(const ModelReference& origin, bool tainted, int64_t now) const;

 private:
  std::vector<std::string> Calls() const;  // ids, in order

  const std::string key_;
  std::vector<Json> chunks_;
  struct Result {
    std::string key;
    Json data;
  };
  std::map<std::string, Result> results_;  // by tool call
};

}  // namespace copilot::harness
