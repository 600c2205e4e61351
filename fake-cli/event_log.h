// SPDX-License-Identifier: MIT
//
// The events of one session: their envelope, the chain of parents, and what is
// kept on disk and in memory (protocol 9 and 21).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake-cli/identity.h"
#include "fake-cli/releases/release.h"

namespace copilot::fake_cli {

// Members of the envelope beyond type and data.
struct EventOptions {
  bool ephemeral = false;
  bool hidden = false;  // only for who it is forwarded to: see Hide
  std::string agent_id;
  std::string id;  // empty: a fresh one
  // When it is told, where releases differ in that (releases/release.h).
  std::string_view occasion = "";
  // A chain of parents apart from the session's: the id of its last event,
  // which this one follows and becomes. Null: the session's.
  std::string* chain = nullptr;
};

class EventLog {
 public:
  // `send` gets the JSON of every event for the wire; `persisted` is told
  // after each one that is kept, with its type.
  EventLog(IdSource& ids, std::function<void(const std::string&)> send,
           std::function<void(std::string_view)> persisted);

  // From now on events are told as in an earlier release; `ask` gets those that
  // are requests there. The release must outlive the log.
  using Ask = std::function<void(const RequestForm&, std::string_view data)>;
  void Emulate(const Release* release, Ask ask);

  // From now on another log has what is told here; nothing is kept.
  using Forwarded = std::function<std::string(
      std::string_view type, std::string_view data, const EventOptions&)>;
  void Forward(Forwarded to) { forward_ = std::move(to); }

  // `data` is raw JSON. Return the event's id; empty when it is not told.
  std::string Emit(std::string_view type, std::string_view data,
                   const EventOptions& options = {});
  std::string Persist(std::string_view type, std::string_view data,
                      std::string_view occasion = "");
  void Ephemeral(std::string_view type, std::string_view data = "{}",
                 std::string_view occasion = "");

  // A record that is kept on disk and in the chain of parents, but never sent
  // (protocol 9, rule 3).
  void Hide(std::string_view type, std::string_view data,
            std::string* chain = nullptr);

  // Sends the last event of this type again, as it was. False when there is
  // none.
  bool Reemit(const std::string& type);

  // From now on events go to the file `path`, with what was kept before.
  void Materialise(const std::string& path);
  bool materialised() const { return !path_.empty(); }

  // Takes over the history of a file; broken lines are skipped. False when
  // there is no event in it.
  bool Load(const std::string& path);
  bool LoadText(const std::string& text, const std::string& path);
  // From now on this is the history.
  void Replace(const std::string& text);

  // Who writes what is pending instead of Flush.
  void WriteBy(std::function<void()> writer) { writer_ = std::move(writer); }
  std::string TakeUnwritten() { return std::exchange(unwritten_, ""); }
  void PutBack(std::string text) { unwritten_.insert(0, text); }

  // Whether there is such an event.
  bool Has(const std::string& id) const;
  // Forgets the event with this id and all records after it, in the file too.
  // Returns how many; nothing when no such event is kept.
  std::optional<int64_t> Truncate(const std::string& id);

  // Writes what is pending.
  void Flush();

  // JSON array of the events that a client may see.
  std::string VisibleEvents() const;
  // What was sent since the session was opened, ephemeral events too.
  // Only the last ones are kept, from `oldest_sent` on.
  size_t sent() const { return sent_before_ + sent_.size(); }
  size_t oldest_sent() const { return sent_before_; }
  const std::string& SentAt(size_t index) const {
    return sent_[index - sent_before_].json;
  }
  // The id of the last of the first `count`; empty when it is not known.
  std::string IdAt(size_t count) const {
    return count <= sent_before_ || count > sent()
               ? ""
               : sent_[count - 1 - sent_before_].id;
  }
  // Records that are kept: lines of a loaded file, and what came since.
  int64_t lines() const { return lines_; }
  // Those of a loaded file that no client sees.
  const std::vector<std::string>& hidden_records() const { return hidden_; }
  // The number of the last summary on disk that the history tells of; 0
  // without one.
  int LastCheckpoint() const;
  size_t size() const { return events_.size(); }
  const std::vector<std::string>& events() const { return events_; }
  int64_t modified_ms() const { return modified_ms_; }
  // Of the file, with what is still to be written.
  int64_t file_bytes() const { return file_bytes_; }

 private:
  struct Held {
    std::string awaited;  // the type of event that it waits for
    std::string type;
    std::string data;
    EventOptions options;
  };

  std::string EmitAsThen(std::string_view type, std::string_view today,
                         EventOptions options);
  void TellHeld();
  std::string LastData(const std::string& type) const;
  std::string Tell(std::string_view type, std::string_view data,
                   const EventOptions& options);
  std::string Envelope(std::string_view type, std::string_view data,
                       const EventOptions& options, const std::string& id);
  void Write(std::string_view type, const std::string& id, std::string line);
  void Reset();

  IdSource& ids_;
  const Release* release_ = nullptr;  // null: the newest
  bool remembers_all_ = false;        // as early releases did
  Ask ask_;
  Forwarded forward_;  // null: nowhere
  std::function<void(const std::string&)> send_;
  std::function<void(std::string_view)> persisted_;
  std::function<void()> writer_;  // null: the file
  std::optional<Held> held_;
  struct Sent {
    std::string id;
    std::string json;
  };
  std::deque<Sent> sent_;
  size_t sent_before_ = 0;
  int64_t lines_ = 0;
  std::vector<std::string> hidden_;
  std::vector<std::string> events_;  // visible, persisted
  std::map<std::string, std::string, std::less<>> last_of_type_;
  std::string parent_;  // id of the last persisted event
  std::string path_;
  std::string unwritten_;
  std::string written_system_;  // text of the last system message in the file
  std::string skipped_;         // id of one that was not written again
  std::string skipped_parent_;  // of it
  int64_t modified_ms_ = 0;
  int64_t file_bytes_ = 0;
};

// What is left of a history when an event and all after it are forgotten.
struct CutHistory {
  std::string rest;
  int64_t removed = 0;
};
// Nothing when there is no such event.
std::optional<CutHistory> CutEvents(const std::string& history,
                                    const std::string& id);

}  // namespace copilot::fake_cli
