// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/journal/journal.h"
#include "harness/turn_transcript.h"

namespace copilot::harness {

// The journal profile: the transcript is written while the turn runs, and an
// attempt whose transcript cannot be written fails (harness spec 7.2).
class JournaledTurn : public TurnTranscript {
 public:
  // `context` outlives it.
  explicit JournaledTurn(const AttemptContext& context);
  ~JournaledTurn() override;

  Status Admit(AttemptResult* result) override;
  Status Open(const std::shared_ptr<SdkSession>& session, const std::string& id,
              bool resumed) override;
  Status Begin() override;
  Steering* steering() override { return journal_.get(); }
  Status Settle(bool terminated) override;
  bool MayRetain() const override;
  void Finish(AttemptResult* result) override;
  void Detach() override;
  void ObserveTools(std::vector<HostTool>* tools) override;
  std::function<bool()> Taint() const override;

 private:
  std::shared_ptr<RowStore> Store() const;  // null: there is no target
  void Project(const GroupWriter::State& state, AttemptResult* result);
  JournalReport Report(const GroupWriter::State& state,
                       const AttemptResult& result) const;

  const AttemptContext& c_;
  std::shared_ptr<SdkSession> session_;
  std::vector<SdkSession::ListenerId> listeners_;
  // Shared with tools, which may outlive the turn.
  const std::shared_ptr<NetworkResults> network_ =
      std::make_shared<NetworkResults>();
  std::unique_ptr<Journal> journal_;  // null until the session is open
  bool native_validated_ = false;
  bool sent_ = false;
};

}  // namespace copilot::harness
