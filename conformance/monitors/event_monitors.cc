// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <map>

#include "conformance/monitors/members.h"
#include "conformance/monitors/monitor.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// No two events of a connection have the same id.
class EventIds : public Monitor {
 public:
  EventIds() : Monitor("event-ids") {}

  void OnRecord(const Record& record) override {
    if (!record.repeated_here) return;
    // A real CLI was seen to send it again now and then (1.0.85).
    if (record.type == "session.resume") return;
    Report(Party::kCli,
           fmt::format("sends {} with the id {} of another event", record.type,
                       MemberOf(*record.event, "id").dump()),
           {record.number});
  }
};

// The parent of a persisted event came before it, if the wire shows it at all:
// the CLI persists records that it does not send.
class EventParents : public Monitor {
 public:
  EventParents() : Monitor("event-parents") {}

  void OnRecord(const Record& record) override {
    if (record.event == nullptr || record.repeated) return;
    const Json& event = *record.event;
    const std::string id = MemberOf(event, "id").dump();
    const std::pair own{record.session, id};
    if (const auto child = children_.find(own); child != children_.end()) {
      Report(Party::kCli,
             fmt::format("sends {} after an event whose parent it is",
                         record.type),
             {child->second, record.number});
    }
    const auto parent = event.find("parentId");
    if (parent == event.end() || parent->is_null()) return;
    if (event.contains("ephemeral")) return;
    if (parent->dump() == id) {
      Report(Party::kCli, fmt::format("makes {} its own parent", record.type),
             {record.number});
      return;
    }
    // That of one that has come already stays without use.
    children_.emplace(std::pair{record.session, parent->dump()}, record.number);
  }

 private:
  // The first child of each parent, by session and id.
  std::map<std::pair<std::string, std::string>, size_t> children_;
};

// Nothing comes from a session whose end was confirmed.
class SessionEnd : public Monitor {
 public:
  SessionEnd() : Monitor("session-end") {}

  void OnRecord(const Record& record) override {
    if (record.kind != Record::Kind::kSaid) return;
    if (record.side == Party::kClient) {
      if (record.method == "session.create" ||
          record.method == "session.resume") {
        ended_.erase({record.link, SessionOf(*record.message)});
      }
      return;
    }
    if (record.IsAnswer() && record.asked != nullptr) {
      const std::string method = TextOf(*record.asked, "method");
      const bool ends = method == "session.destroy" ||
                        method == "session.detach" ||
                        method == "session.delete";
      if (ends &&
          MemberOf(MemberOf(*record.message, "result"), "success") == true) {
        ended_[{record.link, SessionOf(*record.asked)}] = record.number;
      }
    }
    if (record.event == nullptr) return;
    const auto end = ended_.find({record.link, record.session});
    if (end == ended_.end()) return;
    Report(Party::kCli,
           fmt::format("sends {} after it confirmed the end of the session",
                       record.type),
           {end->second, record.number});
  }

 private:
  static std::string SessionOf(const Json& request) {
    return TextOf(MemberOf(request, "params"), "sessionId");
  }

  std::map<std::pair<Link, std::string>, size_t> ended_;
};

}  // namespace

void AddEventMonitors(Monitors* monitors) {
  monitors->push_back(std::make_unique<EventIds>());
  monitors->push_back(std::make_unique<EventParents>());
  monitors->push_back(std::make_unique<SessionEnd>());
}

}  // namespace copilot::conformance
