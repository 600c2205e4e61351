// SPDX-License-Identifier: MIT
#include "conformance/scenario/scenario_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/scenario/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Names = std::set<std::string>;

constexpr char kHarness[] = "harness";
constexpr char kCli[] = "cli";
constexpr char kBoth[] = "both";

// A kind of step or check: whose it is, and which members go with it.
struct Kind {
  std::string target;
  Names companions;
  std::string capability;  // of the adapter, that it needs
};

using Kinds = std::map<std::string, Kind>;

const Kinds& StepKinds() {
  static const auto* const kinds = new Kinds{
      {"attempt",
       {kHarness, {"as", "background", "harness", "tools"}, "attempt"}},
      {"abort", {kHarness, {}, "abort"}},
      {"steer", {kHarness, {"as"}, "steer"}},
      {"answer", {kHarness, {"as"}, "question"}},
      {"compact", {kHarness, {"as", "harness"}, "compact"}},
      {"supports", {kHarness, {"as", "harness"}, "supports"}},
      {"reset", {kHarness, {"as", "harness"}, "reset"}},
      {"dispose", {kHarness, {"as", "harness"}, "dispose"}},
      {"createHarness", {kHarness, {"as"}, ""}},
      {"setEnv", {kHarness, {}, "environment"}},
      {"advanceClock", {kHarness, {}, "clock"}},
      {"await", {kBoth, {}, ""}},
      {"restart", {kBoth, {}, ""}},
      {"writeFile", {kBoth, {}, ""}},
      {"appendFile", {kBoth, {}, ""}},
      {"removeFile", {kBoth, {}, ""}},
      {"waitFor", {kBoth, {"as"}, ""}},
      {"call", {kCli, {"as", "background", "params"}, ""}},
      {"turn", {kCli, {"as"}, ""}},
      {"reconnect", {kCli, {}, ""}},
  };
  return *kinds;
}

const Kinds& CheckKinds() {
  const Names several = {"match", "nth", "count"};
  static const auto* const kinds = new Kinds{
      {"result", {kBoth, {"match"}, ""}},
      {"error", {kBoth, {"match"}, ""}},
      {"spawned", {kHarness, {"nth", "count"}, ""}},
      {"received", {kHarness, several, ""}},
      {"sent", {kHarness, several, ""}},
      {"exited", {kHarness, {}, ""}},
      {"order", {kHarness, {}, ""}},
      {"notified", {kBoth, several, ""}},
      {"transcript", {kHarness, {"lines", "count", "contains"}, "transcript"}},
      {"file", {kBoth, {"text", "exists"}, ""}},
      {"directory", {kBoth, {"entries"}, ""}},
      {"secretFree", {kBoth, {}, ""}},
      {"equal", {kBoth, {}, ""}},
      {"distinct", {kBoth, {}, ""}},
      {"events", {kCli, {"of", "exactly"}, ""}},
      {"modelRequest", {kCli, {"nth", "count"}, ""}},
      {"exit", {kCli, {}, ""}},
  };
  return *kinds;
}

// Members of `given`: whose they are, and what they need.
const Kinds& GivenKinds() {
  static const auto* const kinds = new Kinds{
      {"env", {kBoth, {}, ""}},
      {"files", {kBoth, {}, ""}},
      {"cli", {kHarness, {}, ""}},
      {"harness", {kHarness, {}, ""}},
      {"clock", {kHarness, {}, "clock"}},
      {"tools", {kHarness, {}, "tools"}},
      {"policy", {kHarness, {}, "permission"}},
      {"hooks", {kHarness, {}, "hooks"}},
      {"nativeHooks", {kHarness, {}, "nativeHooks"}},
      {"attempt", {kHarness, {}, ""}},
      {"rehearsal", {kHarness, {}, ""}},
      {"model", {kCli, {}, ""}},
      {"client", {kCli, {}, ""}},
      {"spawn", {kCli, {}, ""}},
  };
  return *kinds;
}

class Rules {
 public:
  explicit Rules(const Scenario& scenario)
      : scenario_(scenario), is_cli_(scenario.target == kCli) {}

  wire::DocumentErrors Run() {
    Given();
    names_ = is_cli_ ? Names{"connect"} : Names{"default"};
    for (size_t i = 0; i < scenario_.when.size(); ++i) {
      Step(scenario_.when[i], fmt::format("$.when[{}]", i));
    }
    for (size_t i = 0; i < scenario_.then.size(); ++i) {
      Check(scenario_.then[i], fmt::format("$.then[{}]", i));
    }
    Requirements();
    return std::move(errors_);
  }

 private:
  void Complain(const std::string& path, std::string message) {
    errors_.push_back({scenario_.file, 0, path, std::move(message)});
  }

  void Need(const std::string& capability, const std::string& path) {
    if (!capability.empty() && !is_cli_) needed_.emplace(capability, path);
  }

  void Given() {
    for (const auto& [name, value] : scenario_.given.items()) {
      const auto kind = GivenKinds().find(name);
      if (kind == GivenKinds().end()) continue;  // the schema complains
      IsOfTarget(kind->second, "$.given." + name, name);
      if (!value.empty()) Need(kind->second.capability, "$.given." + name);
    }
  }

  bool IsOfTarget(const Kind& kind, const std::string& path,
                  const std::string& name) {
    if (kind.target == kBoth || (kind.target == kCli) == is_cli_) return true;
    Complain(path, fmt::format("\"{}\" is for scenarios with target {}, not {}",
                               name, kind.target, scenario_.target));
    return false;
  }

  // The one member that says what it is; null, and a complaint, when there is
  // none, more than one, or a member that does not go with it.
  const Kind* KindOf(const Kinds& kinds, const Json& value,
                     const std::string& path, std::string* name) {
    std::vector<std::string> found;
    for (const auto& [member, ignored] : value.items()) {
      if (kinds.contains(member)) found.push_back(member);
    }
    if (found.size() > 1) {
      Complain(path, fmt::format("expected one thing to do or to check, got {}",
                                 fmt::join(found, " and ")));
    }
    if (found.size() != 1) return nullptr;  // none: the schema complains
    *name = found[0];
    const Kind& kind = kinds.at(*name);
    for (const auto& [member, ignored] : value.items()) {
      if (member != *name && !kind.companions.contains(member)) {
        Complain(path + "." + member,
                 fmt::format("has no meaning beside \"{}\"", *name));
      }
    }
    return IsOfTarget(kind, path + "." + *name, *name) ? &kind : nullptr;
  }

  void Step(const Json& step, const std::string& path) {
    std::string name;
    const Kind* kind = KindOf(StepKinds(), step, path, &name);
    if (kind == nullptr) return;
    Need(kind->capability, path + "." + name);
    if (name == "attempt") ++attempts_;
    StepNames(step, path, name);
    if (is_cli_) {
      References(step.value("params", Json()), path + ".params");
      References(step.value("turn", Json()), path + ".turn");
    }
    if (name == "waitFor") WaitFor(step, path);
    if (name == "advanceClock" &&
        scenario_.given.value("clock", "") != "virtual") {
      Complain(path + ".advanceClock",
               "expected given.clock to be \"virtual\"");
    }
    if (step.value("background", false)) running_.insert(NameOf(step, name));
    const bool has_name = name == "waitFor" ? step.contains("as")
                                            : kind->companions.contains("as");
    if (has_name) names_.insert(NameOf(step, name));
    if (name == "createHarness") {
      harnesses_.insert(step.value("as", "other"));
    }
  }

  // What the result of a step is called.
  std::string NameOf(const Json& step, const std::string& kind) const {
    std::string otherwise = kind;
    if (kind == "attempt") otherwise = fmt::format("attempt-{}", attempts_);
    if (kind == "call") otherwise = step["call"].get<std::string>();
    return step.value("as", otherwise);
  }

  // Names that the step uses.
  void StepNames(const Json& step, const std::string& path,
                 const std::string& kind) {
    if (kind == "await" || kind == "abort") {
      IsKnown(running_, step[kind], path + "." + kind, "step in background");
    }
    if (kind == "steer" || kind == "answer") {
      IsKnown(running_, step[kind]["attempt"], path + "." + kind + ".attempt",
              "attempt in background");
    }
    if (step.contains("harness")) {
      IsKnown(harnesses_, step["harness"], path + ".harness", "harness");
    }
    if (!step.contains("tools")) return;
    const Json& tools = Section(scenario_.given, "tools");
    for (size_t i = 0; i < step["tools"].size(); ++i) {
      if (tools.contains(step["tools"][i].get<std::string>())) continue;
      Complain(
          fmt::format("{}.tools[{}]", path, i),
          fmt::format("no tool {} in given.tools", step["tools"][i].dump()));
    }
  }

  void IsKnown(const Names& known, const std::string& name,
               const std::string& path, const char* what) {
    if (known.contains(name)) return;
    Complain(
        path,
        fmt::format("no {} \"{}\" before; there is {}", what, name,
                    known.empty() ? "none"
                                  : fmt::format("{}", fmt::join(known, ", "))));
  }

  void WaitFor(const Json& step, const std::string& path) {
    const Json& condition = step["waitFor"];
    std::vector<std::string> found;
    for (const char* each :
         {"received", "sent", "exit", "spawned", "notified", "event"}) {
      if (condition.contains(each)) found.push_back(each);
    }
    if (found.size() != 1) {
      return Complain(path + ".waitFor",
                      fmt::format("expected one of received, sent, exit, "
                                  "spawned, notified, event; got {}",
                                  Shown(condition)));
    }
    if (step.contains("as") && found[0] != "event") {
      Complain(path + ".as", "only an event that was waited for has a name");
    }
    const bool of_cli = found[0] == "event";
    const bool of_both = found[0] == "notified" || found[0] == "exit";
    IsOfTarget({of_both  ? kBoth
                : of_cli ? kCli
                         : kHarness,
                {},
                ""},
               path + ".waitFor." + found[0], found[0]);
    if (is_cli_ && found[0] == "exit" && condition["exit"] != 1) {
      Complain(path + ".waitFor.exit",
               fmt::format("expected 1, since there is one CLI; got {}",
                           Shown(condition["exit"])));
    }
    if (condition.contains("match")) {
      Matcher(condition["match"], path + ".waitFor.match");
    }
  }

  void Check(const Json& check, const std::string& path) {
    std::string name;
    const Kind* kind = KindOf(CheckKinds(), check, path, &name);
    if (kind == nullptr) return;
    Need(kind->capability, path + "." + name);
    if (check.contains("nth") && check.contains("count")) {
      Complain(path + ".nth", "has no meaning beside \"count\"");
    }
    if (name == "result" || name == "error") {
      IsKnown(names_, check[name], path + "." + name, "step");
    }
    if (check.contains("of")) {
      IsKnown(names_, check["of"], path + ".of", "turn");
    }
    for (const char* member : {"match", "spawned", "modelRequest", "lines",
                               "text", "entries", "exit"}) {
      if (check.contains(member) &&
          (member == name || kind->companions.count(member) > 0)) {
        Matcher(check[member], path + "." + member);
      }
    }
    for (const char* member : {"contains", "events"}) {
      if (check.contains(member)) Each(check[member], path + "." + member);
    }
    if (name == "equal" || name == "distinct") {
      References(check[name], path + "." + name);
    }
  }

  void Each(const Json& list, const std::string& path) {
    for (size_t i = 0; i < list.size(); ++i) {
      Matcher(list[i], fmt::format("{}[{}]", path, i));
    }
  }

  void Matcher(const Json& matcher, const std::string& path) {
    for (MatcherProblem& problem : CheckMatcher(matcher, path)) {
      Complain(problem.path, std::move(problem.message));
    }
    Captures(matcher);
    References(matcher, path);
  }

  void Captures(const Json& value) {
    if (value.is_object() && value.contains("$capture") &&
        value["$capture"].is_string()) {
      names_.insert(value["$capture"].get<std::string>());
    }
    if (!value.is_structured()) return;
    for (const Json& member : value) Captures(member);
  }

  // `{"$ref": "name.path"}` anywhere in it.
  void References(const Json& value, const std::string& path) {
    if (value.is_object() && value.contains("$ref") &&
        value["$ref"].is_string()) {
      const std::string reference = value["$ref"];
      IsKnown(names_, reference.substr(0, reference.find('.')), path + ".$ref",
              "step or capture");
      return;
    }
    if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) {
        References(value[i], fmt::format("{}[{}]", path, i));
      }
    } else if (value.is_object()) {
      for (const auto& [name, member] : value.items()) {
        References(member, path + "." + name);
      }
    }
  }

  void Requirements() {
    const Names required(scenario_.requires_capabilities.begin(),
                         scenario_.requires_capabilities.end());
    if (is_cli_ && !required.empty()) {
      Complain("$.requires", "a CLI has no capabilities to require");
    }
    for (const auto& [capability, path] : needed_) {
      if (required.contains(capability)) continue;
      Complain("$.requires", fmt::format("expected \"{}\", which {} needs",
                                         capability, path));
    }
  }

  const Scenario& scenario_;
  const bool is_cli_;
  Names names_;    // of results and captures so far
  Names running_;  // of steps in background
  Names harnesses_ = {"default"};
  std::map<std::string, std::string> needed_;  // capability to first path
  int attempts_ = 0;
  wire::DocumentErrors errors_;
};

}  // namespace

wire::DocumentErrors CheckRules(const Scenario& scenario) {
  return Rules(scenario).Run();
}

}  // namespace copilot::conformance
