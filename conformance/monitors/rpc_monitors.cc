// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "conformance/monitors/members.h"
#include "conformance/monitors/monitor.h"
#include "conformance/scenario/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

std::string IdOf(const Record& record) {
  const auto id = record.message->find("id");
  return id == record.message->end() ? "" : id->dump();
}

// Why a message is none of JSON-RPC 2.0; empty when it is one.
std::string FaultOf(const Json& message) {
  if (!message.is_object()) return "is no object";
  if (MemberOf(message, "jsonrpc") != "2.0") {
    return "does not say \"jsonrpc\": \"2.0\"";
  }
  const auto id = message.find("id");
  if (id != message.end() && !id->is_string() && !id->is_number() &&
      !id->is_null()) {
    return "has an id that is neither a string nor a number";
  }
  const auto method = message.find("method");
  if (method != message.end()) {
    return method->is_string() ? "" : "has a method that is no string";
  }
  if (id == message.end()) return "has neither method nor id";
  if (message.contains("result") == message.contains("error")) {
    return "has not exactly one of result and error";
  }
  return "";
}

// Each side says nothing but messages of JSON-RPC 2.0.
class Frames : public Monitor {
 public:
  Frames() : Monitor("frames") {}

  void OnRecord(const Record& record) override {
    if (record.kind == Record::Kind::kGarbage) {
      Report(record.side, "says something that is no JSON", {record.number});
    } else if (record.kind == Record::Kind::kSaid) {
      if (const std::string fault = FaultOf(*record.message); !fault.empty()) {
        Report(record.side,
               fmt::format("{}: {}", fault, Shown(*record.message, 120)),
               {record.number});
      }
    }
  }
};

// An id stands for one request at a time.
class RequestIds : public Monitor {
 public:
  RequestIds() : Monitor("request-ids") {}

  void OnRecord(const Record& record) override {
    if (record.kind != Record::Kind::kSaid) return;
    if (record.IsRequest()) {
      const auto [entry, fresh] = open_.try_emplace(
          {record.link, record.side, IdOf(record)}, record.number);
      if (fresh) return;
      Report(record.side,
             fmt::format("gives {} the id {} of a request that is still open",
                         record.method, IdOf(record)),
             {entry->second, record.number});
    } else if (record.IsAnswer()) {
      const Party asker =
          record.side == Party::kCli ? Party::kClient : Party::kCli;
      open_.erase({record.link, asker, IdOf(record)});
    }
  }

 private:
  std::map<std::tuple<Link, Party, std::string>, size_t> open_;
};

// Each request has one answer, and each answer a request.
class Answers : public Monitor {
 public:
  Answers() : Monitor("answers") {}

  void OnRecord(const Record& record) override {
    switch (record.kind) {
      case Record::Kind::kGarbage:
        garbled_.insert({record.link, record.side});
        return;
      case Record::Kind::kDisconnected:
        return End(record);
      case Record::Kind::kExited:
        return EndAll(record);
      case Record::Kind::kSaid:
        break;
    }
    if (record.IsRequest()) {
      open_[record.link].push_back(
          {record.side, IdOf(record), record.method,
           MemberOf(MemberOf(*record.message, "params"), "sessionId"),
           record.number});
      if (record.side == Party::kClient) Excuse(record);
    } else if (record.IsAnswer()) {
      Answer(record);
    }
  }

 private:
  struct Open {
    Party asker;
    std::string id;
    std::string method;
    Json session;
    size_t number;
    bool excused = false;  // needs no answer, and may have one
  };

  static Party Other(Party side) {
    return side == Party::kCli ? Party::kClient : Party::kCli;
  }

  void Answer(const Record& record) {
    const std::string id = IdOf(record);
    const bool excused = garbled_.contains({record.link, Other(record.side)});
    if (id == "null") {
      // An answer to something that had no id that could be read.
      if (record.side == Party::kCli && !excused) {
        Report(Party::kClient,
               "says what the other side does not understand: " +
                   Shown(*record.message, 120),
               {record.number});
      }
      return;
    }
    auto& open = open_[record.link];
    const auto found =
        std::find_if(open.begin(), open.end(), [&](const Open& each) {
          return each.asker != record.side && each.id == id;
        });
    if (found == open.end()) {
      if (excused) return;  // the request may have been in there
      Report(record.side,
             record.asked == nullptr
                 ? fmt::format("answers {}, which nobody asked", id)
                 : fmt::format("answers {} again", id),
             {record.number});
      return;
    }
    const bool last = record.side == Party::kCli &&
                      found->method == "runtime.shutdown" &&
                      record.message->contains("result");
    open.erase(found);
    if (last) AtShutdown(record);
  }

  // Whoever ends a turn or a session needs no answer to what it asked: the CLI
  // forgets such requests.
  void Excuse(const Record& record) {
    static constexpr std::array kEnds = {"session.abort", "session.destroy",
                                         "session.detach", "session.delete"};
    if (std::find(kEnds.begin(), kEnds.end(), record.method) == kEnds.end()) {
      return;
    }
    const Json session =
        MemberOf(MemberOf(*record.message, "params"), "sessionId");
    for (Open& each : open_[record.link]) {
      each.excused |= each.asker == Party::kCli && each.session == session;
    }
  }

  // A CLI that says goodbye has answered everything else.
  void AtShutdown(const Record& record) {
    for (const Open& each : open_[record.link]) {
      if (each.excused) continue;
      Report(Other(each.asker),
             fmt::format("never answers {} ({})", each.id, each.method),
             {each.number, record.number});
    }
    open_.erase(record.link);
  }

  // Only who closes knows what it would have answered.
  void End(const Record& record) { open_.erase(record.link); }

  void EndAll(const Record& record) {
    std::erase_if(open_, [&](const auto& entry) {
      return entry.first.process == record.link.process;
    });
  }

  std::map<Link, std::vector<Open>> open_;
  std::set<std::pair<Link, Party>> garbled_;
};

}  // namespace

void AddRpcMonitors(Monitors* monitors) {
  monitors->push_back(std::make_unique<Frames>());
  monitors->push_back(std::make_unique<RequestIds>());
  monitors->push_back(std::make_unique<Answers>());
}

}  // namespace copilot::conformance
