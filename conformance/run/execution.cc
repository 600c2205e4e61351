// SPDX-License-Identifier: MIT
#include "conformance/run/execution.h"

#include <fmt/format.h>
#include <signal.h>

#include <exception>
#include <set>

#include "conformance/evidence/conversation_judge.h"
#include "conformance/evidence/scrubber.h"
#include "conformance/run/target.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// CLIs that nobody ended: a harness that forgets them must not leave them to
// the machine.
void KillLeftOver(Journal& journal) {
  journal.Refresh();
  for (const int pid : journal.Running()) kill(pid, SIGKILL);
}

std::string Tail(const std::string& text) {
  constexpr size_t kMost = 4000;
  return text.size() <= kMost ? text : text.substr(text.size() - kMost);
}

std::string Describe(const Json& step) { return Shown(step, 160); }

// What may not be shown of a scenario. Whatever is captured may hold the live
// token.
Scrubber CredentialsOf(const Scenario& scenario, const Settings& settings) {
  std::set<std::string> credentials;
  CollectCredentials(scenario.given, &credentials);
  CollectCredentials(scenario.when, &credentials);
  CollectCredentials(scenario.then, &credentials);
  Scrubber scrubber;
  scrubber.Learn(settings.live_token);
  for (const std::string& credential : credentials) {
    scrubber.Learn(wire::Secret(credential));
  }
  return scrubber;
}

void Scrub(const Scrubber& scrubber, Verdict* verdict) {
  scrubber.Clean(&verdict->reason);
  scrubber.Clean(&verdict->reproduce);
  scrubber.Clean(&verdict->implementation);
  scrubber.Clean(&verdict->implementation_version);
  for (Failure& failure : verdict->failures) {
    scrubber.Clean(&failure.title);
    scrubber.Clean(&failure.detail);
  }
}

// Whatever else a scenario checks, a harness keeps credentials to itself.
Json ChecksOf(const Scenario& scenario) {
  Json checks = scenario.then;
  if (scenario.target != "harness") return checks;
  std::set<std::string> credentials;
  CollectCredentials(scenario.given.value("env", Json()), &credentials);
  CollectCredentials(scenario.when, &credentials);
  if (!credentials.empty()) checks.push_back({{"secretFree", credentials}});
  return checks;
}

void RunSteps(Stage& stage, Target& target, Verdict* verdict) {
  size_t at = 0;
  try {
    target.SetUp();
    for (; at < stage.scenario.when.size(); ++at) {
      const Json step = stage.sandbox.Expand(stage.scenario.when[at]);
      if (!stage.CommonStep(step)) target.Step(step);
    }
  } catch (const StepFailed& failure) {
    const Json step =
        at < stage.scenario.when.size() ? stage.scenario.when[at] : Json();
    verdict->failures.push_back(
        {fmt::format("step {}", at + 1),
         fmt::format("{}\n  in        {}\n", failure.what(), Describe(step))});
  }
}

// Faults of the adapter fail the scenario; with a fault of the suite nothing
// can be said about anybody else.
void AddProtocolFaults(const Stage& stage, Verdict* verdict) {
  std::vector<Failure> failures;
  for (const ProtocolFault& fault : stage.protocol_faults) {
    if (fault.by == Side::kRunner) {
      verdict->status = Status::kError;
      verdict->reason =
          "fault of the suite: " + fault.what + "\n" + fault.ToString();
      return;
    }
    verdict->status = Status::kFail;
    failures.push_back({"protocol: " + fault.what, fault.ToString()});
  }
  verdict->failures.insert(verdict->failures.begin(), failures.begin(),
                           failures.end());
}

void RunOn(Stage& stage, Verdict* verdict) {
  std::unique_ptr<Target> target;
  try {
    target = stage.scenario.target == "cli" ? MakeCliTarget(stage)
                                            : MakeHarnessTarget(stage);
    RunSteps(stage, *target, verdict);
    target->TearDown();
  } catch (const Skipped& skipped) {
    if (target) target->TearDown();
    verdict->status = Status::kSkip;
    verdict->reason = skipped.reason;
    AddProtocolFaults(stage, verdict);
    return;
  } catch (...) {
    if (target) target->TearDown();
    AddProtocolFaults(stage, verdict);
    throw;
  }
  stage.journal.Refresh();
  JudgeConversation(stage, verdict);
  for (Failure& failure : Check(ChecksOf(stage.scenario), stage.evidence,
                                stage.journal, stage.sandbox)) {
    verdict->failures.push_back(std::move(failure));
  }
  AddProtocolFaults(stage, verdict);
  if (verdict->status == Status::kError) return;
  if (!verdict->failures.empty()) {
    verdict->status = Status::kFail;
  } else if (stage.settings.rehearse && stage.scenario.target == "live") {
    verdict->status = Status::kRehearsed;
  }
}

}  // namespace

Verdict Execute(const Scenario& scenario, const Settings& settings) {
  AdapterKeeper keeper(AdapterReuse::kNever);
  return Execute(scenario, settings, keeper);
}

Verdict Execute(const Scenario& scenario, const Settings& settings,
                AdapterKeeper& keeper) {
  Verdict verdict;
  verdict.id = scenario.id;
  verdict.title = scenario.title;
  verdict.area = scenario.area();
  verdict.contract = scenario.contract;
  verdict.target = scenario.target;
  verdict.level = scenario.level;
  verdict.file = scenario.file;
  verdict.reproduce = fmt::format("copilot-conformance run {}{} --keep",
                                  scenario.id, settings.flags);
  const Scrubber scrubber = CredentialsOf(scenario, settings);
  const auto begin = std::chrono::steady_clock::now();
  try {
    Stage stage(scenario, settings, keeper);
    if (scenario.target == "live") {
      stage.sandbox.Define("liveToken", settings.live_token.Reveal());
      stage.sandbox.Define("liveModel", settings.live_model);
    }
    stage.given = stage.sandbox.Expand(scenario.given);
    try {
      RunOn(stage, &verdict);
    } catch (const std::exception& failure) {
      verdict.status = Status::kError;
      verdict.reason = failure.what();
    }
    KillLeftOver(stage.journal);
    const bool wrong =
        verdict.status == Status::kFail || verdict.status == Status::kError;
    if (wrong) {
      scrubber.Clean(&stage.evidence.stderr_text);
      verdict.stderr_tail = Tail(stage.evidence.stderr_text);
    }
    if (wrong || settings.keep_conversations) {
      verdict.conversation = stage.evidence.log.Tell(
          stage.journal.records(), stage.evidence.model_requests, scrubber);
    }
    verdict.implementation = stage.evidence.implementation;
    verdict.implementation_version = stage.evidence.implementation_version;
    if (wrong && settings.keep) {
      stage.sandbox.Keep();
      verdict.kept_directory = stage.sandbox.root();
    }
  } catch (const std::exception& failure) {
    verdict.status = Status::kError;
    verdict.reason = failure.what();
  }
  Scrub(scrubber, &verdict);
  verdict.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return verdict;
}

std::vector<std::string> Stage::Environment() const {
  std::map<std::string, std::string> variables = {{"HOME", sandbox.home()},
                                                  {"PATH", settings.path},
                                                  {"TMPDIR", sandbox.temp()},
                                                  {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : Section(given, "env").items()) {
    variables[name] = value.get<std::string>();
  }
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) {
    environment.push_back(name + "=" + value);
  }
  return environment;
}

bool Stage::CommonStep(const Json& step) {
  if (step.contains("writeFile") || step.contains("appendFile")) {
    const bool append = step.contains("appendFile");
    const Json& file = step[append ? "appendFile" : "writeFile"];
    const std::string path = file["path"];
    const std::string before = append ? ReadFile(path) : "";
    sandbox.Write(path, before + file["text"].get<std::string>());
    evidence.own_files.insert(path);
    return true;
  }
  if (step.contains("removeFile")) {
    std::remove(step["removeFile"].get<std::string>().c_str());
    return true;
  }
  return false;
}

bool Stage::Fulfilled(const Json& condition) {
  const size_t count = condition.value("count", 1);
  const auto matching = [&](const std::vector<Json>& list) {
    if (!condition.contains("match")) return list.size();
    size_t matches = 0;
    Bindings bindings;
    for (const Json& each : list) {
      if (Match(condition["match"], &each, bindings).empty()) ++matches;
    }
    return matches;
  };
  if (condition.contains("notified") || condition.contains("event")) {
    std::vector<Json> list;
    if (condition.contains("event")) {
      for (const Json& event : evidence.events) {
        if (event.value("type", "") == condition["event"]) {
          list.push_back(event);
        }
      }
    } else {
      for (const auto& [method, params] : evidence.notified) {
        if (method == condition["notified"]) list.push_back(params);
      }
    }
    return matching(list) >= count;
  }
  journal.Refresh();
  if (condition.contains("received")) {
    return matching(journal.Received(condition["received"])) >= count;
  }
  if (condition.contains("sent")) {
    return matching(journal.Sent(condition["sent"])) >= count;
  }
  if (condition.contains("spawned")) {
    return journal.Spawned().size() >= condition["spawned"].get<size_t>();
  }
  return journal.Exited() >= condition.value("exit", 1);
}

void Stage::KeepOutcome(const Json& step, const std::string& fallback,
                        Outcome outcome) {
  evidence.outcomes[step.value("as", fallback)] = std::move(outcome);
}

}  // namespace copilot::conformance
