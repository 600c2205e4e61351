// SPDX-License-Identifier: MIT
#include "conformance/evidence/conversation_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conformance/evidence/self_check.h"
#include "conformance/monitors/watch.h"
#include "conformance/protocol/use.h"
#include "conformance/schemas/conversation.h"
#include "conformance/schemas/judge.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

class ConversationJudge {
 public:
  ConversationJudge(const Stage& stage, Verdict* verdict)
      : stage_(stage),
        verdict_(verdict),
        cli_under_test_(stage.scenario.target == "cli"),
        lines_(cli_under_test_ ? stage.frames : stage.journal.records()) {}

  void Run() {
    CheckRecords();
    WatchCliFrames();
    if (stage_.settings.schemas != nullptr ||
        stage_.settings.protocol_use != nullptr) {
      GoThroughFrames();
    }
    if (suite_faults_.empty()) return;
    verdict_->status = Status::kError;
    verdict_->reason =
        "what follows is the fault of the suite, not of what is under test\n" +
        suite_faults_;
  }

 private:
  // A mistake of what is under test, or of the suite.
  void Blame(bool suite, std::string title, std::string detail) {
    if (suite) {
      suite_faults_ += title + "\n" + detail;
    } else {
      verdict_->failures.push_back({std::move(title), std::move(detail)});
    }
  }

  void CheckRecords() {
    const std::string journal =
        cli_under_test_ ? "" : JournalFault(stage_.journal.records());
    if (!journal.empty()) Blame(true, "journal", journal);
    const std::string record = RecordFault(stage_.evidence.model_requests);
    if (!record.empty()) Blame(true, "record of the model", record);
  }

  // Each kind of breach once: one mistake tends to come again and again.
  void WatchCliFrames() {
    const Watched watched = WatchCli(lines_);
    verdict_->frames += watched.frames;
    const auto scripted =
        BrokenByScript(stage_.given.value("cli", Json::object()));
    std::set<std::pair<std::string, Party>> seen;
    for (const Breach& breach : watched.breaches) {
      const bool by_cli = breach.culprit == Party::kCli;
      // What a client says to a CLI under test is the scenario's own affair.
      if (cli_under_test_ && !by_cli) continue;
      if (IsOff(breach.monitor) ||
          (by_cli && scripted.contains(breach.monitor)))
        continue;
      if (!seen.insert({breach.monitor, breach.culprit}).second) continue;
      Blame(by_cli != cli_under_test_, TitleOf(breach),
            DetailOf(breach, lines_));
    }
  }

  bool IsOff(const std::string& monitor) const {
    const auto& off = stage_.scenario.monitors_off;
    return std::find(off.begin(), off.end(), monitor) != off.end();
  }

  void GoThroughFrames() {
    // What each side answers, by connection.
    std::map<std::pair<int, int>, std::array<Conversation, 2>> conversations;
    for (const Json& line : lines_) {
      const auto message = line.find("message");
      if (message == line.end() || !message->is_object()) continue;
      const bool by_client = line.value("event", "") == "received";
      auto& both = conversations[{line.value("pid", 0), line.value("conn", 0)}];
      both[by_client ? 0 : 1].Asked(*message);
      const std::string answered = both[by_client ? 1 : 0].Answered(*message);
      if (stage_.settings.protocol_use != nullptr) {
        stage_.settings.protocol_use->See(by_client, *message, answered);
      }
      if (stage_.settings.schemas != nullptr) {
        HoldAgainstSchemas(by_client, *message, answered);
      }
    }
    if (stage_.settings.protocol_use == nullptr) return;
    for (const std::string& line : stage_.evidence.adapter_lines) {
      const Json message = Json::parse(line, nullptr, false);
      if (message.is_object()) {
        stage_.settings.protocol_use->SeeAdapter(message);
      }
    }
  }

  void HoldAgainstSchemas(bool by_client, const Json& message,
                          const std::string& answered) {
    // A scenario may say to a CLI what it likes.
    if (by_client && cli_under_test_) return;
    const auto method = message.find("method");
    if (method != message.end() && !method->is_string()) return;
    const auto violations = stage_.settings.schemas->Judge(
        {stage_.scenario.id, false, by_client}, message, answered);
    if (violations.empty()) return;
    const Violation& first = violations.front();
    if (!left_schema_.insert(first.frame + first.path).second) return;
    Blame(!by_client && !cli_under_test_, first.frame + " leaves its schema",
          Describe(violations, "  "));
  }

  const Stage& stage_;
  Verdict* const verdict_;
  const bool cli_under_test_;
  const std::vector<Json>& lines_;
  std::string suite_faults_;
  std::set<std::string> left_schema_;
};

}  // namespace

void JudgeConversation(const Stage& stage, Verdict* verdict) {
  ConversationJudge(stage, verdict).Run();
}

}  // namespace copilot::conformance
