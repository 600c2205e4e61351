// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <string_view>

#include "conformance/monitors/members.h"
#include "conformance/monitors/monitor.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// What a session has at work: it may end without its end being told when the
// turn is aborted or fails, and go on after a resume in another process.
struct Work {
  struct Item {
    size_t begun = 0;  // the record
    size_t ended = 0;  // 0: not yet
    int turn = 0;
  };
  std::map<std::string, Item> items;  // by id
  int turn = 0;                       // model calls so far
  bool cut_short = false;             // aborted or failed since the last idle
  bool resumed = false;               // what was begun before is not known
};

using Sessions = std::map<std::pair<int, std::string>, Work>;

Work& WorkOf(const Record& record, Sessions* sessions) {
  return (*sessions)[{record.link.process, record.session}];
}

// Takes in what every kind of work wants to know.
void Follow(const Record& record, Work* work) {
  if (record.type == "assistant.turn_start") {
    ++work->turn;
  } else if (record.type == "abort" || record.type == "session.error") {
    work->cut_short = true;
  } else if (record.type == "session.start") {
    *work = {};
  } else if (record.type == "session.resume") {
    *work = {};
    work->resumed = true;
  }
}

std::string DataText(const Record& record, const char* name) {
  return TextOf(MemberOf(*record.event, "data"), name);
}

// A tool begins once, then ends once; what has begun has ended when the session
// is idle.
class ToolCalls : public Monitor {
 public:
  ToolCalls() : Monitor("tool-calls") {}

  void OnRecord(const Record& record) override {
    if (record.event == nullptr || record.repeated) return;
    Work& work = WorkOf(record, &sessions_);
    Follow(record, &work);
    if (record.type == "tool.execution_start") {
      Start(record, &work);
    } else if (record.type == "tool.execution_complete") {
      Complete(record, &work);
    } else if (record.type == "session.idle") {
      Idle(record, &work);
    }
  }

 private:
  // A model may use an id again in a later call.
  void Start(const Record& record, Work* work) {
    const std::string id = DataText(record, "toolCallId");
    Work::Item& item = work->items[id];
    if (item.begun != 0 && (item.ended == 0 || item.turn == work->turn)) {
      Report(Party::kCli, fmt::format("starts the tool call {} again", id),
             {item.begun, record.number});
    }
    item = {record.number, 0, work->turn};
  }

  void Complete(const Record& record, Work* work) {
    const std::string id = DataText(record, "toolCallId");
    const auto item = work->items.find(id);
    if (item == work->items.end()) {
      if (work->resumed) return;
      Report(Party::kCli,
             fmt::format("completes the tool call {}, which never started", id),
             {record.number});
    } else if (item->second.ended != 0) {
      Report(Party::kCli, fmt::format("completes the tool call {} again", id),
             {item->second.ended, record.number});
    } else {
      item->second.ended = record.number;
    }
  }

  // Those of sub-agents may go on in the background.
  void Idle(const Record& record, Work* work) {
    for (const auto& [id, item] : work->items) {
      if (item.ended != 0 || work->cut_short) continue;
      Report(Party::kCli,
             fmt::format("is idle before it completes the tool call {}", id),
             {item.begun, record.number});
    }
    std::erase_if(work->items,
                  [](const auto& entry) { return entry.second.ended == 0; });
    work->cut_short = false;
  }

  Sessions sessions_;
};

// What a session asks the client for by events, and who answers.
struct Family {
  std::string_view name;    // of the events, without ".requested"
  std::string_view method;  // that answers
  bool of_turn;             // nothing is left of it when the session is idle
};

constexpr std::array kFamilies = {
    Family{"permission", "session.permissions.handlePendingPermissionRequest",
           true},
    // Releases before 1.0.48 complete only some of several.
    Family{"external_tool", "session.tools.handlePendingToolCall", false},
    Family{"user_input", "session.ui.handlePendingUserInput", false},
    Family{"elicitation", "session.ui.handlePendingElicitation", false},
    Family{"exit_plan_mode", "session.ui.handlePendingExitPlanMode", false},
};

// What is asked for by events is asked once and completed once, and a client
// answers what was asked, once.
class PendingRequests : public Monitor {
 public:
  PendingRequests() : Monitor("pending-requests") {}

  void OnRecord(const Record& record) override {
    if (record.side == Party::kClient) return Client(record);
    if (record.event == nullptr || record.repeated) return;
    for (size_t i = 0; i < kFamilies.size(); ++i) {
      Work& work = WorkOf(record, &sessions_[i]);
      Follow(record, &work);
      const Family& family = kFamilies[i];
      if (record.type == "session.idle") {
        Idle(record, family, &work);
      } else if (record.type.size() > family.name.size() &&
                 record.type.rfind(family.name, 0) == 0) {
        const std::string_view what =
            std::string_view(record.type).substr(family.name.size());
        if (what == ".requested") Requested(record, family, &work);
        if (what == ".completed") Completed(record, family, &work);
      }
    }
  }

 private:
  void Requested(const Record& record, const Family& family, Work* work) {
    const std::string id = DataText(record, "requestId");
    asked_.insert(id);
    const auto [item, fresh] =
        work->items.try_emplace(id, Work::Item{record.number, 0, 0});
    if (fresh) return;
    Report(Party::kCli, fmt::format("asks for {} {} again", family.name, id),
           {item->second.begun, record.number});
  }

  void Completed(const Record& record, const Family& family, Work* work) {
    const std::string id = DataText(record, "requestId");
    const auto item = work->items.find(id);
    if (item == work->items.end()) {
      if (work->resumed) return;
      Report(Party::kCli,
             fmt::format("completes {} {}, which it never asked for",
                         family.name, id),
             {record.number});
    } else if (item->second.ended != 0) {
      Report(Party::kCli, fmt::format("completes {} {} again", family.name, id),
             {item->second.ended, record.number});
    } else {
      item->second.ended = record.number;
    }
  }

  void Idle(const Record& record, const Family& family, Work* work) {
    for (auto& [id, item] : work->items) {
      if (item.ended != 0 || work->cut_short || !family.of_turn) continue;
      Report(Party::kCli,
             fmt::format("is idle before it completes {} {}", family.name, id),
             {item.begun, record.number});
      item.ended = record.number;
    }
    work->cut_short = false;
  }

  void Client(const Record& record) {
    if (!record.IsRequest()) return;
    for (const Family& family : kFamilies) {
      if (record.method != family.method) continue;
      const Json id =
          MemberOf(MemberOf(*record.message, "params"), "requestId");
      const std::string text = id.is_string() ? id.get<std::string>() : "";
      if (!asked_.contains(text)) {
        Report(Party::kClient,
               fmt::format("answers {} {}, which nobody asked for", family.name,
                           id.dump()),
               {record.number});
      }
      const auto [answer, fresh] =
          answers_.try_emplace({record.link, text}, record.number);
      if (!fresh) {
        Report(Party::kClient,
               fmt::format("answers {} {} again", family.name, text),
               {answer->second, record.number});
      }
      return;
    }
  }

  std::array<Sessions, kFamilies.size()> sessions_;
  std::set<std::string> asked_;  // ids, by any process
  std::map<std::pair<Link, std::string>, size_t> answers_;
};

}  // namespace

void AddToolMonitors(Monitors* monitors) {
  monitors->push_back(std::make_unique<ToolCalls>());
  monitors->push_back(std::make_unique<PendingRequests>());
}

}  // namespace copilot::conformance
