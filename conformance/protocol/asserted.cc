// SPDX-License-Identifier: MIT
#include "conformance/protocol/asserted.h"

#include <map>

#include "conformance/scenario/matcher.h"
#include "wire/schema_complaint.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Goes through the checks of one scenario.
class Reader {
 public:
  Reader(const Scenario& scenario, ProtocolNames* names)
      : of_cli_(scenario.target == "cli"), names_(names) {
    for (const Json& step : scenario.when) AddStep(step);
    for (const std::string& each : scenario.requires_capabilities) {
      names_->insert("capability " + each);
    }
    for (const Json& check : scenario.then) Check(check);
  }

 private:
  // What the adapter is asked in a step.
  struct AdapterCall {
    const char* step;
    const char* method;
  };
  static constexpr AdapterCall kAdapterCalls[] = {
      {"attempt", "attempt.run"},       {"steer", "attempt.steer"},
      {"answer", "question.answer"},    {"compact", "session.compact"},
      {"supports", "harness.supports"}, {"reset", "harness.reset"},
      {"dispose", "harness.dispose"},   {"createHarness", "harness.create"}};

  void AddStep(const Json& step) {
    if (step.contains("call")) {
      const std::string method = step["call"];
      calls_[step.value("as", method)] = method;
      return;
    }
    for (const AdapterCall& each : kAdapterCalls) {
      if (!of_cli_ && step.contains(each.step) && step.contains("as")) {
        adapter_calls_[step["as"]] = each.method;
      }
    }
  }

  void Check(const Json& check) {
    References(check);
    for (const char* kind : {"result", "error"}) {
      if (!check.contains(kind)) continue;
      const auto call = adapter_calls_.find(check[kind]);
      if (call != adapter_calls_.end()) {
        names_->insert("adapter " + call->second);
      }
    }
    const Json match = check.value("match", Json());
    if (check.contains("result")) {
      Result(check["result"], match);
    } else if (check.contains("error")) {
      const auto call = calls_.find(check["error"]);
      if (call != calls_.end()) names_->insert("method " + call->second);
    } else if (check.contains("received")) {
      names_->insert("method " + check["received"].get<std::string>());
      Members("params", check["received"], match, "$");
    } else if (check.contains("sent")) {
      Said(check["sent"], match);
    } else if (check.contains("notified")) {
      if (of_cli_) {
        Said(check["notified"], match);
      } else {
        names_->insert("adapter " + check["notified"].get<std::string>());
      }
    } else if (check.contains("order")) {
      for (const Json& method : check["order"]) {
        names_->insert("method " + method.get<std::string>());
      }
    } else if (check.contains("events")) {
      Events(check["events"]);
    }
  }

  void Result(const std::string& step, const Json& match) {
    const auto call = calls_.find(step);
    if (call == calls_.end()) return Events(Section(match, "events"));
    names_->insert("method " + call->second);
    names_->insert("result " + call->second);
    Members("result", call->second, match, "$");
    if (match.is_object()) Events(match.value("events", Json()));
  }

  // What a CLI says: an event, or something with a name of its own.
  void Said(const std::string& method, const Json& match) {
    if (method == "session.event") return Events(Section(match, "event"));
    names_->insert("request " + method);
    Members("request", method, match, "$");
  }

  // The events in a matcher of one or of several.
  void Events(const Json& match) {
    if (match.is_object()) {
      const auto type = match.find("type");
      if (type != match.end() && type->is_string()) {
        names_->insert("event " + type->get<std::string>());
        Members("event", *type, match.value("data", Json()), "$.data");
        return;
      }
    }
    if (!match.is_structured()) return;
    for (const Json& part : match) Events(part);
  }

  // The members that a matcher of an object names.
  void Members(const std::string& kind, const std::string& name,
               const Json& match, const std::string& path) {
    if (!match.is_object()) return;
    for (const auto& [member, value] : match.items()) {
      if (member.rfind('$', 0) != 0) {
        names_->insert(kind + " " + name + " " +
                       wire::MemberPath(path, member));
      } else if (value.is_array()) {
        for (const Json& each : value) Members(kind, name, each, path);
      } else if (member != "$contains") {
        Members(kind, name, value, path);
      }
    }
    // {"$capture": name, "match": M}
    if (match.contains("$capture") && match.contains("match")) {
      Members(kind, name, match["match"], path);
    }
  }

  // {"$ref": "call.member"} anywhere in a check.
  void References(const Json& value) {
    if (value.is_object()) {
      const auto ref = value.find("$ref");
      if (ref != value.end() && ref->is_string()) {
        const std::string text = *ref;
        const size_t dot = text.find('.');
        const auto call = calls_.find(text.substr(0, dot));
        if (call != calls_.end() && dot != std::string::npos) {
          const std::string rest = text.substr(dot + 1);
          names_->insert(
              "result " + call->second + " " +
              wire::MemberPath("$", rest.substr(0, rest.find_first_of(".["))));
        }
      }
    }
    if (!value.is_structured()) return;
    for (const Json& part : value) References(part);
  }

  const bool of_cli_;
  ProtocolNames* const names_;
  // Methods of the CLI and of the adapter, by name of the step.
  std::map<std::string, std::string> calls_;
  std::map<std::string, std::string> adapter_calls_;
};

}  // namespace

ProtocolNames AssertedNames(const std::vector<Scenario>& scenarios) {
  ProtocolNames names;
  for (const Scenario& scenario : scenarios) Reader(scenario, &names);
  return names;
}

}  // namespace copilot::conformance
