// SPDX-License-Identifier: MIT
//
// Where the journal's rows are kept (harness spec 7.2): a transcript file, or
// memory that the caller owns. Everything here is thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/error.h"
#include "harness/transcript_mirror.h"

namespace copilot::harness {

struct Row {
  std::string key;     // idempotency key; unique in a store
  std::string source;  // Fingerprint of the message before hooks changed it
  Json message;
};

using RowsByKey = std::map<std::string, Row>;

// What a message says: equal for messages that differ in times, usage and
// storage fields only.
std::string Fingerprint(const Json& message);

class RowStore {
 public:
  virtual ~RowStore() = default;

  // Hands what is stored to `add` and appends what it returns, all of it or
  // nothing. Nobody else extends the store meanwhile. Fails with the error of
  // `add`, or when the store cannot be read or written.
  virtual Status Extend(
      const std::function<Expected<std::vector<Row>>(const RowsByKey&)>&
          add) = 0;

  // Fails when the store is not any more the one that the turn began with.
  virtual Status Verify() { return {}; }
};

// The file `path`, one JSON object per line as the mirror writes it, and with
// the row's `source` beside the message.
std::shared_ptr<RowStore> MakeFileRowStore(std::shared_ptr<TranscriptFile> file,
                                           std::string path);

// A transcript in memory that its owner may replace (harness spec 7.2, V5).
class DetachedTranscript {
 public:
  // In the order of writing.
  std::vector<Json> messages() const;

  // The owner turns to another conversation: the rows are gone, and runs that
  // began before must not write any more.
  void Rebind();

 private:
  friend class DetachedRowStore;

  mutable std::mutex mutex_;
  uint64_t generation_ = 0;
  RowsByKey rows_;
  std::vector<std::string> order_;
};

// The transcript as it is bound now.
std::shared_ptr<RowStore> MakeDetachedRowStore(
    std::shared_ptr<DetachedTranscript> transcript);

}  // namespace copilot::harness
