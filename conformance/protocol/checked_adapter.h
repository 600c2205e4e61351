// SPDX-License-Identifier: MIT
//
// An adapter that is walked through the protocol: its process, the place that
// it works in, and what it answers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conformance/adapter/adapter.h"
#include "conformance/evidence/journal.h"
#include "conformance/protocol/check.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {

// What is wrong, with the line that shows it and what to do about it. The step
// that meets it cannot go on.
struct Wrong {
  std::string problem;
};

// A request of the runner, and what it has come to so far.
struct PendingCall {
  std::string method;
  std::optional<Outcome> outcome;
};

// Not safe to use from several threads. Where nothing else is said, a method
// throws Wrong when the adapter does not keep to the protocol, and
// EnvironmentFailed when it cannot be started.
class CheckedAdapter {
 public:
  // `request` must outlive it. Throws EnvironmentFailed when the fake CLI
  // cannot be started.
  explicit CheckedAdapter(const CheckRequest& request);
  ~CheckedAdapter();

  // Its process. `clock` is "real" or "virtual"; initialize tells.
  void Start(const std::string& clock);
  bool has_process() const { return adapter_ != nullptr; }
  // Ended by itself, or has answered nobody knows what: useless.
  bool is_lost() const;
  void EndProcess();
  // Waits for the end of the process, so long at most.
  std::optional<wire::ExitStatus> WaitForExit(std::chrono::milliseconds limit);

  // initialize and harness.create; each returns what is remarkable.
  std::string Initialize();
  std::string Create();

  // What has gone wrong on its lines since the last time; of a process that
  // has ended, too.
  std::string TakeFaults();

  // Sends a request, and does not wait.
  std::shared_ptr<PendingCall> Send(const std::string& method,
                                    const nlohmann::json& params);
  // Whatever the answer is.
  Outcome WaitFor(const PendingCall& call);
  // The answer must be a result.
  nlohmann::json ResultOf(const PendingCall& call);
  nlohmann::json Result(const std::string& method,
                        const nlohmann::json& params);

  // `section` is the one of docs/adapter-protocol.md that tells.
  void WaitUntil(const std::string& what, const std::function<bool()>& holds,
                 const std::string& section);

  // What it has sent of a method, in this attempt.
  std::vector<nlohmann::json> Notified(const std::string& method,
                                       const std::string& attempt) const;
  // At least one.
  void Expect(const std::string& method, const std::string& attempt,
              const std::string& advice);
  // All that it started have ended, or do so within two seconds.
  void ExpectNoClis(const std::string& method);

  // Throws Wrong, with the last line that it sent.
  [[noreturn]] void Fail(const std::string& problem,
                         const std::string& advice = "",
                         const std::string& section = "") const;

  bool capable(const std::string& name) const {
    return capabilities_.contains(name);
  }
  const std::set<std::string>& capabilities() const { return capabilities_; }
  bool persistent() const {
    return adapter_ && adapter_->process().persistent();
  }
  const std::string& stderr_text() const { return evidence_.stderr_text; }

  // As the CLI it is given records it.
  Journal& journal() { return place_->journal; }
  const Sandbox& sandbox() const { return place_->sandbox; }
  const std::string& cli() const { return place_->cli; }

  // A place of its own for the next scenario; the old one is gone.
  void MoveOn();
  // What initialize and scenario.begin tell of the place.
  nlohmann::json Surroundings() const;

 private:
  // A directory with a CLI in it, as a scenario has one.
  struct Place {
    Place(Loop& loop, const std::string& fake_cli);

    Sandbox sandbox;
    Journal journal;
    std::string cli;
  };

  std::vector<std::string> Environment() const;
  nlohmann::json Variables() const;
  std::string LastLine() const;
  std::string HowItEnded();

  const CheckRequest& request_;
  Loop loop_;
  std::unique_ptr<Place> place_;
  Evidence evidence_;
  std::unique_ptr<Adapter> adapter_;
  std::string clock_;
  std::set<std::string> capabilities_;
  std::string faults_of_ended_;
};

}  // namespace copilot::conformance
