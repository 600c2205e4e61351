// SPDX-License-Identifier: MIT
#include "conformance/protocol/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostFaults = 20;
constexpr auto kMostOfAKind = 3;

// Not cut in the middle of a character.
std::string Shortened(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t end = most;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) +
         fmt::format("… ({} bytes)", text.size());
}

// Where the page describes a method: its heading without the dots.
std::string SectionOf(const std::string& method) {
  std::string section;
  for (const char c : method) {
    if (c != '.') section += static_cast<char>(std::tolower(c));
  }
  return section;
}

bool IsOwnExtension(const std::string& method) {
  return method.rfind("x.", 0) == 0;
}

}  // namespace

std::string ProtocolFault::ToString() const {
  std::string out;
  if (line > 0) {
    out +=
        fmt::format("line {} that {} sent: {}\n", line,
                    by == Side::kAdapter ? "the adapter" : "the runner", text);
  }
  out += fmt::format("  {}\n", problem);
  if (!advice.empty()) out += fmt::format("  {}\n", advice);
  if (!section.empty()) {
    out += fmt::format("  see docs/adapter-protocol.md#{}\n", section);
  }
  return out;
}

void AdapterConversation::Sent(std::string_view line) {
  Take({Side::kRunner, ++sent_, line});
}

void AdapterConversation::Received(std::string_view line) {
  last_line_ = Shortened(line, 400);
  Take({Side::kAdapter, ++received_, line});
}

void AdapterConversation::Complain(ProtocolFault fault) {
  const auto same = std::count_if(
      faults_.begin(), faults_.end(), [&](const ProtocolFault& other) {
        return other.what == fault.what && other.problem == fault.problem;
      });
  if (same >= kMostOfAKind || faults_.size() >= kMostFaults) return;
  faults_.push_back(std::move(fault));
}

std::vector<ProtocolFault> AdapterConversation::TakeFaults() {
  return std::exchange(faults_, {});
}

std::vector<std::string> AdapterConversation::Unanswered() const {
  std::vector<std::string> open;
  for (const auto& [id, asked] : of_runner_) {
    if (!asked.answered) {
      open.push_back(fmt::format("{} (id {})", asked.method, id));
    }
  }
  return open;
}

void AdapterConversation::Take(const Line& line) {
  const Json message = Json::parse(line.text, nullptr, false);
  if (message.is_discarded()) {
    return Fault(line, "no message", "expected a JSON document on one line",
                 "stdout is for messages only: write logs to stderr, and no "
                 "line feed inside of a message",
                 "lines");
  }
  if (!message.is_object()) {
    return Fault(line, "no message",
                 fmt::format("$: expected object, got {}", message.type_name()),
                 "each message is a line of its own; there are no batches",
                 "lines");
  }
  if (message.value("jsonrpc", Json()) != "2.0") {
    Fault(line, "no message",
          fmt::format("$.jsonrpc: expected \"2.0\", got {}",
                      message.value("jsonrpc", Json()).dump()),
          "", "lines");
  }
  if (message.contains("method")) {
    TakeCall(line, message);
  } else {
    TakeAnswer(line, message);
  }
}

void AdapterConversation::TakeCall(const Line& line, const Json& message) {
  if (!message["method"].is_string()) {
    return Fault(line, "no message", "$.method: expected string", "", "lines");
  }
  const std::string method = message["method"];
  const bool has_id = message.contains("id");
  if (has_id) {
    Requests& requests = line.by == Side::kRunner ? of_runner_ : of_adapter_;
    const std::string id = message["id"].dump();
    const auto known = requests.find(id);
    if (known != requests.end() && !known->second.answered) {
      Fault(line, "request " + method,
            fmt::format("$.id: {} is the id of a request ({}) that has no "
                        "answer yet",
                        id, known->second.method),
            "give each request an id of its own", "requests");
    }
    requests[id] = {method};
  }
  const ProtocolMethod* known = messages_.Find(method);
  if (known == nullptr || known->from != line.by) {
    if (IsOwnExtension(method)) return;
    return Fault(
        line, (has_id ? "request " : "notification ") + method,
        fmt::format("$.method: {} is nothing that {} sends", method,
                    line.by == Side::kAdapter ? "an adapter" : "the runner"),
        "methods of your own begin with \"x.\"", "reference");
  }
  const std::string what =
      (known->notification ? "notification " : "request ") + method;
  if (known->notification && has_id) {
    Fault(line, what, "$.id: must not be here: nobody answers it", "",
          SectionOf(method));
  } else if (!known->notification && !has_id) {
    Fault(line, what, "$.id: missing member: it wants an answer", "",
          SectionOf(method));
  }
  Faults(line, what,
         messages_.CheckParams(method, message.value("params", Json::object())),
         DefinitionName(method, "Params"), SectionOf(method));
}

void AdapterConversation::TakeAnswer(const Line& line, const Json& message) {
  // Answers go to the other side's requests.
  Requests& requests = line.by == Side::kRunner ? of_adapter_ : of_runner_;
  const std::string id = message.value("id", Json()).dump();
  const auto found = requests.find(id);
  const bool error = message.contains("error");
  const char* kind = error ? "error" : "result";
  if (!error && !message.contains("result")) {
    return Fault(line, "no message", "$: has no method, no result and no error",
                 "", "lines");
  }
  // Of a line that could not be read: there is nobody else to tell.
  if (error && id == "null") return;
  if (found == requests.end()) {
    lost_an_answer_ |= line.by == Side::kAdapter;
    return Fault(line, fmt::format("{} to nobody", kind),
                 fmt::format("$.id: {} is the id of no request", id),
                 "repeat the id of the request as it is: 7 is not \"7\"",
                 "requests");
  }
  const std::string& method = found->second.method;
  const std::string what = fmt::format("{} of {}", kind, method);
  if (found->second.answered) {
    return Fault(
        line, what,
        fmt::format("$.id: {} ({}) has been answered already", id, method),
        "one answer to each request", "requests");
  }
  found->second.answered = true;
  if (error && message.contains("result")) {
    Fault(line, what, "$: has a result and an error", "one of the two",
          "errors");
  }
  CheckAnswer(line, method, message);
}

void AdapterConversation::CheckAnswer(const Line& line,
                                      const std::string& method,
                                      const Json& message) {
  if (message.contains("error")) {
    return Faults(line, "error of " + method,
                  messages_.CheckError(message["error"]), "Error", "errors");
  }
  // Whoever answers an unknown method says whatever they like.
  if (messages_.Find(method) == nullptr ||
      messages_.Find(method)->notification) {
    return;
  }
  Faults(line, "result of " + method,
         messages_.CheckResult(method, message["result"]),
         DefinitionName(method, "Result"), SectionOf(method));
}

void AdapterConversation::Fault(const Line& line, std::string what,
                                std::string problem, std::string advice,
                                std::string section) {
  Complain({line.by, line.number, Shortened(line.text, 400), std::move(what),
            std::move(problem), std::move(advice), std::move(section)});
}

void AdapterConversation::Faults(
    const Line& line, const std::string& what,
    const std::vector<ProtocolComplaint>& complaints,
    const std::string& definition, const std::string& section) {
  if (complaints.empty()) return;
  std::string problem;
  for (const ProtocolComplaint& each : complaints) {
    problem += fmt::format("{}{}: {}", problem.empty() ? "" : "\n  ", each.path,
                           each.message);
  }
  Fault(line, what, problem,
        fmt::format("adapter.schema.json, definition {}", definition), section);
}

}  // namespace copilot::conformance
