// SPDX-License-Identifier: MIT
//
// What holds in every conversation between a client and a CLI, whatever a
// scenario is about. A monitor follows the whole run and tells who broke its
// invariant, if anybody did.
#pragma once

#include <compare>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace copilot::conformance {

enum class Party {
  kClient,  // the harness; the runner, when it speaks with a CLI or an adapter
  kCli,     // the CLI; the adapter, where the runner speaks with one
};

// One connection of one process.
struct Link {
  int process = 0;
  int connection = 0;
  auto operator<=>(const Link&) const = default;
};

// A line of the journal, read as far as monitors need it. Views into the
// journal, which must outlive it.
struct Record {
  enum class Kind { kSaid, kGarbage, kDisconnected, kExited };

  size_t number = 0;  // of the line, from 1
  Kind kind = Kind::kSaid;
  Party side = Party::kCli;                 // who said it
  Link link;                                // the process alone for kExited
  const nlohmann::json* message = nullptr;  // of kSaid

  // Of a request or notification; empty for answers.
  std::string method;
  // Of an answer: the last request with its id, if there was one.
  const nlohmann::json* asked = nullptr;

  // Of a session event: the event, and where it belongs. `repeated` when its id
  // was there before: on another connection, as events are broadcast, or on
  // this one, which is a breach.
  const nlohmann::json* event = nullptr;
  std::string type;
  std::string session;
  bool repeated = false;
  bool repeated_here = false;

  bool IsRequest() const { return Has("method") && Has("id"); }
  bool IsAnswer() const { return !Has("method") && Has("id"); }

 private:
  bool Has(const char* member) const {
    return message != nullptr && message->contains(member);
  }
};

// Somebody broke an invariant.
struct Breach {
  std::string monitor;
  Party culprit = Party::kCli;
  std::string what;             // "answers 7, which nobody asked"
  std::vector<size_t> numbers;  // of the records that show it
};

// Follows one run. Not thread-safe.
class Monitor {
 public:
  explicit Monitor(const char* name) : name_(name) {}
  virtual ~Monitor() = default;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // As scenarios and reports know it: "tool-calls".
  const char* name() const { return name_; }

  virtual void OnRecord(const Record& record) = 0;
  // The run is over.
  virtual void Finish() {}

  std::vector<Breach> TakeBreaches() { return std::move(breaches_); }

 protected:
  void Report(Party culprit, std::string what, std::vector<size_t> numbers) {
    breaches_.push_back({name_, culprit, std::move(what), std::move(numbers)});
  }

 private:
  const char* const name_;
  std::vector<Breach> breaches_;
};

using Monitors = std::vector<std::unique_ptr<Monitor>>;

// frames, request-ids and answers: what holds in any JSON-RPC conversation.
void AddRpcMonitors(Monitors* monitors);
// event-ids, event-parents and session-end.
void AddEventMonitors(Monitors* monitors);
// turns and idle.
void AddTurnMonitors(Monitors* monitors);
// tool-calls and pending-requests.
void AddToolMonitors(Monitors* monitors);

}  // namespace copilot::conformance
