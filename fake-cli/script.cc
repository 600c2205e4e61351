// SPDX-License-Identifier: MIT
#include "fake-cli/script.h"

#include <regex>

#include "embedded/script_schema.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

ScriptTurn CompileTurn(const Json& document) {
  ScriptTurn turn;
  turn.when = document.value("when", Json());
  turn.set_state = document.value("setState", "");
  turn.times = document.value("times", turn.when.is_null() ? 1 : -1);
  if (const auto steps = document.find("steps"); steps != document.end()) {
    turn.steps.assign(steps->begin(), steps->end());
    return turn;
  }
  Json step = document;
  for (const char* member : {"when", "setState", "times"}) step.erase(member);
  if (!step.empty()) turn.steps.push_back(std::move(step));
  return turn;
}

bool TextMatches(const Json& expected, const std::string& text) {
  if (expected.is_string()) return text == expected.get<std::string>();
  try {
    return std::regex_search(
        text, std::regex(expected.value("regex", std::string())));
  } catch (const std::regex_error&) {
    return false;  // refused when the script was loaded
  }
}

// Regular expressions are checked up front: later there is nobody to tell.
wire::DocumentErrors CheckRegexes(const Json& document,
                                  const std::string& file) {
  wire::DocumentErrors errors;
  const Json turns = document.value("turns", Json::array());
  for (size_t i = 0; i < turns.size(); ++i) {
    const Json when = turns[i].value("when", Json::object());
    const Json prompt = when.value("prompt", Json());
    if (!prompt.is_object()) continue;
    const std::string regex = prompt.value("regex", "");
    try {
      const std::regex compiled(regex);
    } catch (const std::regex_error& error) {
      errors.push_back(
          {file, 0, "$.turns[" + std::to_string(i) + "].when.prompt.regex",
           "\"" + regex + "\" is no regular expression: " + error.what()});
    }
  }
  return errors;
}

}  // namespace

tl::expected<Script, wire::DocumentErrors> Script::Load(
    const std::string& path) {
  const wire::Schema schema(embedded::script_schema);
  auto document = wire::LoadDocument(path, &schema);
  if (!document) return tl::unexpected(document.error());
  if (auto errors = CheckRegexes(*document, path); !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return Compile(*document);
}

Script Script::Compile(const Json& document) {
  Script script;
  script.loaded_ = true;
  script.real_brain_ = document.value("brain", "echo") == "model";
  script.version_ = document.value("version", script.version_);
  if (document.contains("seed")) {
    script.seed_ = document["seed"].get<uint64_t>();
  }
  script.auth_ = document.value("auth", Json::object());
  script.models_ = document.value("models", Json());
  for (const Json& turn : document.value("turns", Json::array())) {
    script.turns_.push_back(CompileTurn(turn));
  }
  for (const Json& entry : document.value("faults", Json::array())) {
    Fault fault;
    fault.on = entry.value("on", "");
    fault.nth = entry.value("nth", 0);
    fault.session_id = entry.value("session", "");
    fault.probability = entry.value("probability", 1.0);
    fault.effect = entry;
    script.faults_.push_back(std::move(fault));
  }
  const Json compaction = document.value("compaction", Json());
  if (compaction.is_array()) {
    script.compactions_.assign(compaction.begin(), compaction.end());
  } else if (compaction.is_object()) {
    script.compactions_.push_back(compaction);
  }
  return script;
}

bool Script::Matches(const ScriptTurn& turn, const TurnQuery& query) const {
  const Json& when = turn.when;
  if (const auto at = when.find("prompt");
      at != when.end() && !TextMatches(*at, query.prompt)) {
    return false;
  }
  if (when.value("session", query.session_id) != query.session_id ||
      when.value("model", query.model) != query.model ||
      when.value("nth", query.nth) != query.nth) {
    return false;
  }
  const auto state = states_.find(query.session_id);
  const std::string now = state == states_.end() ? "" : state->second;
  return when.value("state", now) == now;
}

const ScriptTurn* Script::NextTurn(const TurnQuery& query) {
  const auto take = [&](ScriptTurn& turn) {
    ++turn.used;
    if (!turn.set_state.empty()) states_[query.session_id] = turn.set_state;
    return &turn;
  };
  const auto left = [](const ScriptTurn& turn) {
    return turn.times < 0 || turn.used < turn.times;
  };
  for (ScriptTurn& turn : turns_) {
    if (!turn.when.is_null() && left(turn) && Matches(turn, query)) {
      return take(turn);
    }
  }
  for (ScriptTurn& turn : turns_) {
    if (turn.when.is_null() && left(turn)) return take(turn);
  }
  return nullptr;
}

const Fault* Script::NextFault(const std::string& method,
                               const std::string& session_id,
                               IdSource& random) {
  const Fault* found = nullptr;
  for (Fault& fault : faults_) {
    // Starting is no call of a method.
    const bool any = fault.on == "*" && method != "spawn";
    if (fault.on != method && !any) continue;
    if (!fault.session_id.empty() && fault.session_id != session_id) continue;
    ++fault.seen;
    if (found != nullptr) continue;
    if (fault.nth != 0 && fault.seen != fault.nth) continue;
    if (fault.probability < 1 && random.Fraction() >= fault.probability) {
      continue;
    }
    found = &fault;
  }
  return found;
}

Json Script::NextCompaction() {
  if (compactions_.empty()) return Json::object();
  const size_t at = std::min(next_compaction_++, compactions_.size() - 1);
  return compactions_[at];
}

}  // namespace copilot::fake_cli
