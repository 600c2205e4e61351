// SPDX-License-Identifier: MIT
#include "conformance/execution.h"

#include <fmt/format.h>
#include <signal.h>

#include <exception>
#include <regex>
#include <set>

#include "conformance/schemas/conversation.h"
#include "conformance/schemas/judge.h"
#include "conformance/target.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// CLIs that nobody ended: a harness that forgets them must not leave them to
// the machine.
void KillLeftOver(Journal& journal) {
  journal.Refresh();
  for (const int pid : journal.Running()) kill(pid, SIGKILL);
}

// What the fake CLIs behind a harness said.
void JudgeJournal(Stage& stage) {
  std::map<std::pair<int, int>, Conversation> conversations;
  for (const Json& record : stage.journal.records()) {
    const auto message = record.find("message");
    if (message == record.end()) continue;
    Conversation& conversation =
        conversations[{record.value("pid", 0), record.value("conn", 0)}];
    if (record.value("event", "") == "received") {
      conversation.Asked(*message);
    } else {
      stage.JudgeFrame(*message, conversation.Answered(*message));
    }
  }
}

std::string Tail(const std::string& text) {
  constexpr size_t kMost = 4000;
  return text.size() <= kMost ? text : text.substr(text.size() - kMost);
}

std::string Describe(const Json& step) { return Shown(step, 160); }

// Whatever is captured may hold the live token; it goes out as a fingerprint.
void Scrub(const wire::Secret& token, std::string* text) {
  if (token.empty()) return;
  size_t at = 0;
  while ((at = text->find(token.Reveal(), at)) != std::string::npos) {
    text->replace(at, token.Reveal().size(), token.fingerprint());
  }
}

void Scrub(const wire::Secret& token, Verdict* verdict) {
  Scrub(token, &verdict->reason);
  Scrub(token, &verdict->stderr_tail);
  for (Failure& failure : verdict->failures) {
    Scrub(token, &failure.title);
    Scrub(token, &failure.detail);
  }
}

// What a scenario gives to a harness as credentials: texts that begin so.
void CollectCredentials(const Json& value, std::set<std::string>* found) {
  if (value.is_string()) {
    static const std::regex form("tok-[A-Za-z0-9-]*[A-Za-z0-9]");
    const auto& text = value.get_ref<const std::string&>();
    for (std::sregex_iterator it(text.begin(), text.end(), form), end;
         it != end; ++it) {
      found->insert(it->str());
    }
  }
  if (!value.is_structured()) return;
  for (const Json& part : value) CollectCredentials(part, found);
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
    return;
  } catch (...) {
    if (target) target->TearDown();
    throw;
  }
  stage.journal.Refresh();
  if (stage.settings.schemas != nullptr) JudgeJournal(stage);
  for (auto& [kind, failure] : stage.schema_failures) {
    verdict->failures.push_back(std::move(failure));
  }
  for (Failure& failure : Check(ChecksOf(stage.scenario), stage.evidence,
                                stage.journal, stage.sandbox)) {
    verdict->failures.push_back(std::move(failure));
  }
  if (!verdict->failures.empty()) {
    verdict->status = Status::kFail;
  } else if (stage.settings.rehearse && stage.scenario.target == "live") {
    verdict->status = Status::kRehearsed;
  }
}

}  // namespace

Verdict Execute(const Scenario& scenario, const Settings& settings) {
  Verdict verdict;
  verdict.id = scenario.id;
  verdict.title = scenario.title;
  verdict.area = scenario.area();
  verdict.contract = scenario.contract;
  const auto begin = std::chrono::steady_clock::now();
  try {
    Stage stage(scenario, settings);
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
    if (wrong) verdict.stderr_tail = Tail(stage.evidence.stderr_text);
    if (wrong && settings.keep) {
      stage.sandbox.Keep();
      verdict.kept_directory = stage.sandbox.root();
    }
  } catch (const std::exception& failure) {
    verdict.status = Status::kError;
    verdict.reason = failure.what();
  }
  Scrub(settings.live_token, &verdict);
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

void Stage::JudgeFrame(const Json& message, const std::string& answered) {
  if (settings.schemas == nullptr) return;
  const auto violations =
      settings.schemas->Judge({scenario.id, false}, message, answered);
  if (violations.empty()) return;
  const Violation& first = violations.front();
  schema_failures.try_emplace(
      first.frame + first.path,
      Failure{first.frame + " leaves its schema", Describe(violations, "  ")});
}

void Stage::KeepOutcome(const Json& step, const std::string& fallback,
                        Outcome outcome) {
  evidence.outcomes[step.value("as", fallback)] = std::move(outcome);
}

}  // namespace copilot::conformance
