// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <map>
#include <utility>

#include "conformance/monitors/members.h"
#include "conformance/monitors/monitor.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Sessions of one name in two processes are two conversations.
using SessionKey = std::pair<int, std::string>;

SessionKey KeyOf(const Record& record) {
  return {record.link.process, record.session};
}

std::string AgentOf(const Record& record) {
  return TextOf(*record.event, "agentId");
}

// A session that is resumed may go on in the middle of a turn.
bool BeginsAnew(const Record& record) {
  return record.type == "session.start" || record.type == "session.resume";
}

// Model calls follow one another: a start, what the model says, an end.
class Turns : public Monitor {
 public:
  Turns() : Monitor("turns") {}

  void OnRecord(const Record& record) override {
    if (record.event == nullptr || record.repeated) return;
    if (BeginsAnew(record)) {
      State& state = sessions_[KeyOf(record)];
      state.open.clear();
      state.resumed = record.type == "session.resume";
    } else if (record.type == "assistant.turn_start") {
      Start(record);
    } else if (record.type == "assistant.turn_end") {
      End(record);
    } else if (record.type == "abort") {
      sessions_[KeyOf(record)].aborted = true;
    } else if (record.type == "session.idle") {
      Idle(record);
    } else if (record.type == "assistant.message" ||
               record.type == "tool.execution_start") {
      State& state = sessions_[KeyOf(record)];
      if (state.resumed || state.open.contains(AgentOf(record))) return;
      Report(Party::kCli,
             fmt::format("sends {} outside of assistant.turn_start and "
                         "assistant.turn_end",
                         record.type),
             {record.number});
    }
  }

 private:
  struct Turn {
    Json id;
    size_t number;
  };
  struct State {
    std::map<std::string, Turn> open;  // by agent; "" is the session's own
    bool resumed = false;              // and not idle since
    bool aborted = false;              // and not idle since
  };

  static Json IdOf(const Record& record) {
    return MemberOf(MemberOf(*record.event, "data"), "turnId");
  }

  void Start(const Record& record) {
    State& state = sessions_[KeyOf(record)];
    const auto [open, fresh] = state.open.try_emplace(
        AgentOf(record), Turn{IdOf(record), record.number});
    if (!fresh && !state.resumed) {
      Report(Party::kCli, "sends assistant.turn_start before the end of a turn",
             {open->second.number, record.number});
    }
    open->second = {IdOf(record), record.number};
  }

  void End(const Record& record) {
    State& state = sessions_[KeyOf(record)];
    const auto open = state.open.find(AgentOf(record));
    if (open == state.open.end()) {
      if (state.resumed) return;
      Report(Party::kCli, "sends assistant.turn_end without a start",
             {record.number});
      return;
    }
    if (open->second.id != IdOf(record) && !state.resumed) {
      Report(Party::kCli,
             fmt::format("ends the turn {} with the id {}",
                         open->second.id.dump(), IdOf(record).dump()),
             {open->second.number, record.number});
    }
    state.open.erase(open);
  }

  void Idle(const Record& record) {
    State& state = sessions_[KeyOf(record)];
    const auto open = state.open.find("");
    // Releases before 1.0.80 leave a turn that was aborted without an end.
    if (open != state.open.end() && !state.resumed && !state.aborted) {
      Report(Party::kCli, "is idle before the end of a turn",
             {open->second.number, record.number});
    }
    state = {};
  }

  std::map<SessionKey, State> sessions_;
};

// session.idle is the last of a turn: until the next message only the session
// and sub-agents in the background have something to say.
class Idle : public Monitor {
 public:
  Idle() : Monitor("idle") {}

  void OnRecord(const Record& record) override {
    if (record.event == nullptr || record.repeated) return;
    if (!AgentOf(record).empty()) return;
    if (record.type == "session.idle") {
      idle_[KeyOf(record)] = record.number;
      return;
    }
    if (record.type == "user.message" || BeginsAnew(record)) {
      idle_.erase(KeyOf(record));
      return;
    }
    const auto idle = idle_.find(KeyOf(record));
    if (idle == idle_.end() || !BelongsToTurn(record.type)) return;
    Report(Party::kCli, fmt::format("sends {} after session.idle", record.type),
           {idle->second, record.number});
  }

 private:
  static bool BelongsToTurn(const std::string& type) {
    return type.rfind("assistant.", 0) == 0 || type.rfind("tool.", 0) == 0;
  }

  std::map<SessionKey, size_t> idle_;  // the record that said so
};

}  // namespace

void AddTurnMonitors(Monitors* monitors) {
  monitors->push_back(std::make_unique<Turns>());
  monitors->push_back(std::make_unique<Idle>());
}

}  // namespace copilot::conformance
