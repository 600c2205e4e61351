// SPDX-License-Identifier: MIT
#include "conformance/evidence/conversation_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "conformance/scenario/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Kind = Utterance::Kind;

constexpr size_t kMostText = 400;         // characters of one payload
constexpr size_t kMostNoise = 200;        // of bytes that are no message
constexpr size_t kMostKept = 32u << 20;   // bytes of a whole scenario
constexpr size_t kMostUtterances = 2000;  // that anybody would look at

// What tells calls of one method apart.
std::string Detail(const Json& params) {
  if (!params.is_object()) return "";
  for (const char* name : {"event", "request"}) {
    const auto inner = params.find(name);
    if (inner == params.end() || !inner->is_object()) continue;
    for (const char* member : {"type", "kind"}) {
      if (const std::string text = StringMember(*inner, member);
          !text.empty()) {
        return text;
      }
    }
  }
  for (const char* name :
       {"hook", "hookType", "toolName", "attempt", "level"}) {
    if (const std::string text = StringMember(params, name); !text.empty()) {
      return text;
    }
  }
  return "";
}

// What an event is wrapped in says little.
const Json& PayloadOf(const Json& params) {
  if (!params.is_object()) return params;
  const auto event = params.find("event");
  if (event == params.end() || !event->is_object()) return params;
  const auto data = event->find("data");
  return data == event->end() ? params : *data;
}

// Puts names to messages: who asked what is remembered for the answers.
class Narrator {
 public:
  explicit Narrator(const Scrubber& scrubber) : scrubber_(scrubber) {}

  // `connection` is what ids are unique in, for each side.
  Utterance OfMessage(double at, const std::string& from, const std::string& to,
                      const std::string& connection, const Json& message) {
    Utterance said{at, from, to, Kind::kNoise, "", ""};
    if (!message.is_object()) {
      said.title = "no message";
      said.text = Short(message, kMostText);
      return said;
    }
    const std::string method = StringMember(message, "method");
    const Json id = message.value("id", Json());
    if (!method.empty()) {
      const Json params = message.value("params", Json::object());
      const std::string detail = Detail(params);
      said.kind = id.is_null() ? Kind::kNotification : Kind::kRequest;
      said.title = Clean(detail.empty() ? method : method + " " + detail);
      const Json& payload = PayloadOf(params);
      said.text = payload.empty() ? "" : Short(payload, kMostText);
      if (!id.is_null()) {
        asked_[connection + from][id] = said.title;
      }
      return said;
    }
    const bool failed = message.contains("error");
    said.kind = failed ? Kind::kError : Kind::kAnswer;
    const auto& theirs = asked_[connection + to];
    const auto asked = theirs.find(id);
    said.title = asked == theirs.end() ? "answer " + id.dump() : asked->second;
    said.text =
        Short(message.value(failed ? "error" : "result", Json()), kMostText);
    return said;
  }

  Utterance OfNoise(double at, const std::string& from, const std::string& to,
                    const std::string& bytes) const {
    return {at, from, to, Kind::kNoise, "no message", Short(bytes, kMostNoise)};
  }

  std::string Short(const Json& value, size_t most) const {
    // Scrubbed as a whole: of a credential that is cut in two, a part would
    // stay.
    const std::string text =
        Clean(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (text.size() <= most) return text;
    size_t end = most;
    // Not in the middle of a character.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
      --end;
    }
    return fmt::format("{}… ({} bytes)", text.substr(0, end), text.size());
  }

  std::string Clean(std::string text) const {
    scrubber_.Clean(&text);
    return text;
  }

 private:
  const Scrubber& scrubber_;
  // Titles of requests, by who asked where, and id.
  std::map<std::string, std::map<Json, std::string>> asked_;
};

// Gives each CLI process a name.
class CliNames {
 public:
  std::string Of(int pid) {
    const auto [it, fresh] = names_.try_emplace(pid);
    if (fresh) {
      it->second =
          names_.size() == 1 ? kCli : fmt::format("{} {}", kCli, names_.size());
    }
    return it->second;
  }

 private:
  std::map<int, std::string> names_;
};

std::string CommandOf(const Json& start) {
  std::string text = StringMember(start, "version");
  for (const Json& argument : start.value("args", Json::array())) {
    if (argument.is_string()) text += " " + argument.get<std::string>();
  }
  return text;
}

void AddJournal(const std::vector<Json>& journal, double begin,
                Narrator* narrator, std::vector<Utterance>* told) {
  CliNames names;
  for (const Json& record : journal) {
    const std::string event = StringMember(record, "event");
    const std::string cli = names.Of(record.value("pid", 0));
    // Microseconds of the clock that this process reads, too.
    const double at =
        record.contains("at") && record["at"].is_number()
            ? record["at"].get<double>() / 1e6 - begin
            : (record.value("t", Json(0)).is_number()
                   ? record.value("t", Json(0)).get<double>() / 1e3
                   : 0);
    if (event == "start") {
      told->push_back({at, kHarness, cli, Kind::kStart, "start",
                       narrator->Clean(CommandOf(record))});
    } else if (event == "exit") {
      told->push_back(
          {at, cli, kHarness, Kind::kExit,
           fmt::format("exit {}", record.value("code", Json()).dump()),
           narrator->Clean(StringMember(record, "reason"))});
    } else if (event == "received" || event == "sent") {
      const bool in = event == "received";
      const std::string from = in ? kHarness : cli;
      const std::string to = in ? cli : kHarness;
      if (const auto message = record.find("message");
          message != record.end()) {
        told->push_back(narrator->OfMessage(
            at, from, to,
            fmt::format("{} {} ", cli, record.value("conn", Json()).dump()),
            *message));
      } else {
        told->push_back(
            narrator->OfNoise(at, from, to, StringMember(record, "raw")));
      }
    }
  }
}

void AddModelRequests(const std::vector<Json>& requests, double begin,
                      const Narrator& narrator, std::vector<Utterance>* told) {
  for (const Json& request : requests) {
    if (!request.contains("at") || !request["at"].is_number()) continue;
    told->push_back({request["at"].get<double>() / 1e6 - begin, kCli, kModel,
                     Kind::kRequest,
                     narrator.Clean(StringMember(request, "method") + " " +
                                    StringMember(request, "path")),
                     narrator.Short(request.value("body", Json()), kMostText)});
  }
}

}  // namespace

const char* Name(Utterance::Kind kind) {
  switch (kind) {
    case Kind::kRequest:
      return "request";
    case Kind::kAnswer:
      return "answer";
    case Kind::kError:
      return "error";
    case Kind::kNotification:
      return "notification";
    case Kind::kStart:
      return "start";
    case Kind::kExit:
      return "exit";
    case Kind::kNoise:
      return "noise";
  }
  return "noise";
}

void ConversationLog::Keep(const char* from, const char* to, Kind kind,
                           std::string body) {
  if (kept_ >= kMostKept) return;
  kept_ += body.size() + sizeof(Entry);
  entries_.push_back({Clock::now(), from, to, kind, std::move(body)});
}

void ConversationLog::Heard(const char* from, const char* to,
                            std::string_view body) {
  Keep(from, to, Kind::kRequest, std::string(body));
}

void ConversationLog::Started(const char* who, const std::string& command) {
  Keep(kRunner, who, Kind::kStart, command);
}

void ConversationLog::Ended(const char* who, const std::string& how) {
  Keep(who, kRunner, Kind::kExit, how);
}

std::vector<Utterance> ConversationLog::Tell(
    const std::vector<Json>& journal, const std::vector<Json>& model_requests,
    const Scrubber& scrubber) const {
  const auto seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  std::vector<Utterance> told;
  Narrator narrator(scrubber);
  for (const Entry& entry : entries_) {
    const double at = seconds(entry.at - begin_);
    if (entry.kind == Kind::kStart) {
      told.push_back({at, entry.from, entry.to, entry.kind, "start",
                      narrator.Clean(entry.body)});
    } else if (entry.kind == Kind::kExit) {
      told.push_back({at, entry.from, entry.to, entry.kind,
                      narrator.Clean(entry.body), ""});
    } else if (const Json message = Json::parse(entry.body, nullptr, false);
               message.is_discarded()) {
      told.push_back(narrator.OfNoise(at, entry.from, entry.to, entry.body));
    } else {
      told.push_back(narrator.OfMessage(at, entry.from, entry.to, "", message));
    }
  }
  const double begin = seconds(begin_.time_since_epoch());
  AddJournal(journal, begin, &narrator, &told);
  AddModelRequests(model_requests, begin, narrator, &told);
  std::stable_sort(
      told.begin(), told.end(),
      [](const Utterance& a, const Utterance& b) { return a.at < b.at; });
  if (told.size() > kMostUtterances) {
    // The end is where things went wrong.
    told.erase(told.begin(), told.end() - static_cast<long>(kMostUtterances));
  }
  return told;
}

}  // namespace copilot::conformance
