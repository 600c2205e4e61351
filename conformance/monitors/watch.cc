// SPDX-License-Identifier: MIT
#include "conformance/monitors/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "conformance/monitors/members.h"
#include "conformance/scenario/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Reads lines of a journal, and remembers what later ones refer to.
class Reader {
 public:
  // False for lines that are about no conversation.
  bool Read(const Json& line, Record* record) {
    ++number_;
    *record = {};
    record->number = number_;
    record->link = {line.value("pid", 0), line.value("conn", 0)};
    const std::string event = line.value("event", "");
    if (event == "exit") {
      record->kind = Record::Kind::kExited;
      return true;
    }
    if (event == "disconnected") {
      record->kind = Record::Kind::kDisconnected;
      return true;
    }
    if (event != "received" && event != "sent") return false;
    record->side = event == "received" ? Party::kClient : Party::kCli;
    const auto message = line.find("message");
    if (message == line.end()) {
      record->kind = Record::Kind::kGarbage;
      return true;
    }
    record->message = &*message;
    if (message->is_object()) ReadMessage(*message, record);
    return true;
  }

 private:
  void ReadMessage(const Json& message, Record* record) {
    const auto method = message.find("method");
    const auto id = message.find("id");
    if (method == message.end()) {
      if (id != message.end()) FindRequest(id->dump(), record);
      return;
    }
    if (method->is_string()) record->method = *method;
    if (id != message.end()) {
      requests_[{record->link, record->side, id->dump()}] = &message;
    }
    if (record->method == "session.event" && record->side == Party::kCli) {
      ReadEvent(MemberOf(message, "params"), record);
    }
  }

  void FindRequest(const std::string& id, Record* record) {
    const Party asker =
        record->side == Party::kCli ? Party::kClient : Party::kCli;
    const auto request = requests_.find({record->link, asker, id});
    if (request != requests_.end()) record->asked = request->second;
  }

  void ReadEvent(const Json& params, Record* record) {
    const auto event = params.find("event");
    if (event == params.end() || !event->is_object()) return;
    record->event = &*event;
    record->type = TextOf(*event, "type");
    record->session = TextOf(params, "sessionId");
    auto& links = events_[{record->link.process, record->session,
                           MemberOf(*event, "id").dump()}];
    record->repeated = !links.empty();
    record->repeated_here = !links.insert(record->link).second;
  }

  size_t number_ = 0;
  // The last request of each id.
  std::map<std::tuple<Link, Party, std::string>, const Json*> requests_;
  // Where each event of a process was sent to.
  std::map<std::tuple<int, std::string, std::string>, std::set<Link>> events_;
};

Monitors CliMonitors() {
  Monitors monitors;
  AddRpcMonitors(&monitors);
  AddEventMonitors(&monitors);
  AddTurnMonitors(&monitors);
  AddToolMonitors(&monitors);
  return monitors;
}

Watched Watch(const std::vector<Json>& lines, const Monitors& monitors) {
  Watched watched;
  Reader reader;
  Record record;
  for (const Json& line : lines) {
    if (!reader.Read(line, &record)) continue;
    watched.frames += record.message != nullptr;
    for (const auto& monitor : monitors) monitor->OnRecord(record);
  }
  for (const auto& monitor : monitors) {
    monitor->Finish();
    for (Breach& breach : monitor->TakeBreaches()) {
      watched.breaches.push_back(std::move(breach));
    }
  }
  return watched;
}

// Monitors that look at events of a type which a script makes up.
std::set<std::string> ConcernedBy(const std::string& type) {
  std::set<std::string> names;
  const auto begins = [&](const char* with) {
    return type.rfind(with, 0) == 0;
  };
  if (begins("assistant.") || begins("tool.")) names = {"turns", "idle"};
  if (begins("tool.execution_")) names.insert("tool-calls");
  if (type == "session.idle") names = {"turns", "idle", "tool-calls"};
  if (type.ends_with(".requested") || type.ends_with(".completed")) {
    names.insert("pending-requests");
  }
  return names;
}

void AddStep(const Json& step, std::set<std::string>* names) {
  if (step.contains("event")) {
    const Json& event = step["event"];
    names->merge(ConcernedBy(event.value("type", "")));
    if (event.contains("id")) names->insert("event-ids");
  }
  if (step.contains("reemit")) names->insert("event-ids");
  // What follows is work in the background.
  if (step.contains("idle")) {
    names->merge(std::set<std::string>{"turns", "idle", "tool-calls",
                                       "pending-requests"});
  }
  if (step.contains("raw")) names->insert("frames");
  if (step.contains("stall")) names->insert("answers");
}

void AddFault(const Json& fault, std::set<std::string>* names) {
  if (fault.contains("raw")) names->insert("frames");
  if (fault.contains("stall")) names->insert("answers");
  // An end that was made up.
  if (fault.contains("result")) names->insert("session-end");
}

}  // namespace

Json FrameLine(Party side, Link link, std::string_view body) {
  Json line = {{"event", side == Party::kClient ? "received" : "sent"},
               {"pid", link.process},
               {"conn", link.connection}};
  Json message = Json::parse(body, nullptr, false);
  if (message.is_discarded()) {
    line["raw"] = std::string(body);
  } else {
    line["message"] = std::move(message);
  }
  return line;
}

Watched WatchCli(const std::vector<Json>& journal) {
  return Watch(journal, CliMonitors());
}

std::vector<std::string> MonitorNames() {
  std::vector<std::string> names;
  for (const auto& monitor : CliMonitors()) names.emplace_back(monitor->name());
  return names;
}

std::set<std::string> BrokenByScript(const Json& script) {
  std::set<std::string> names;
  for (const Json& turn : script.value("turns", Json::array())) {
    const auto steps = turn.find("steps");
    if (steps == turn.end()) {
      AddStep(turn, &names);
    } else {
      for (const Json& step : *steps) AddStep(step, &names);
    }
  }
  for (const Json& fault : script.value("faults", Json::array())) {
    AddFault(fault, &names);
  }
  return names;
}

std::string TitleOf(const Breach& breach) {
  return fmt::format("invariant {}", breach.monitor);
}

std::string DetailOf(const Breach& breach, const std::vector<Json>& journal) {
  std::string text = fmt::format(
      "{} {}\n", breach.culprit == Party::kCli ? "the CLI" : "the client",
      breach.what);
  for (const size_t number : breach.numbers) {
    const Json& line = journal.at(number - 1);
    const auto message = line.find("message");
    text += fmt::format("  frame {:<4}{}\n", number,
                        Shown(message == line.end() ? line : *message, 300));
  }
  return text;
}

}  // namespace copilot::conformance
