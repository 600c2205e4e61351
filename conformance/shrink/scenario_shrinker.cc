// SPDX-License-Identifier: MIT
#include "conformance/shrink/scenario_shrinker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "conformance/run/execution.h"
#include "conformance/shrink/shrinker.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

// What a scenario is, as opposed to what it does.
const std::set<std::string>& Identity() {
  static const auto* const names = new std::set<std::string>{
      "$schema", "id", "title", "contract", "target", "level", "timeoutMs"};
  return *names;
}

// The beginning of `text` up to its first detail, numbers as "#".
std::string Shape(const std::string& text) {
  std::string shape;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == ':') break;
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      shape += c;
    } else if (shape.empty() || shape.back() != '#') {
      shape += '#';
    }
  }
  return shape;
}

// The line of `detail` that says how often something came; empty without one.
std::string HowOften(const std::string& detail) {
  const size_t times = detail.find(" times of ");
  if (times == std::string::npos) return "";
  const size_t begin = detail.rfind('\n', times) + 1;
  return "; " + detail.substr(begin, detail.find('\n', times) - begin);
}

bool Passes(const Scenario& scenario, const Settings& settings) {
  return Execute(scenario, settings).status == Status::kPass;
}

// A candidate that hangs shall not take the whole time that a scenario has.
int TimeLimit(const Scenario& scenario, const Settings& settings,
              double seconds) {
  const int limit =
      settings.timeout_ms > 0 ? settings.timeout_ms : scenario.timeout_ms;
  return std::min(limit, 1000 + static_cast<int>(seconds * 4000));
}

}  // namespace

std::string WayOfFailing(const Verdict& verdict) {
  if (verdict.status == Status::kError) {
    return "error: " + Shape(verdict.reason);
  }
  if (verdict.status != Status::kFail || verdict.failures.empty()) return "";
  const Failure& first = verdict.failures[0];
  // A check of a step that is gone fails, too, but not so; and the number of a
  // step says nothing.
  const bool step = first.title.rfind("step ", 0) == 0;
  return (step ? "step" : first.title) + ": " + Shape(first.detail) +
         HowOften(first.detail);
}

tl::expected<ShrunkScenario, std::string> ShrinkScenario(
    const Scenario& scenario, const Settings& settings,
    const Settings* reference, int budget,
    const std::function<void(int runs, const Verdict&)>& on_run) {
  const Verdict original = Execute(scenario, settings);
  on_run(1, original);
  ShrunkScenario shrunk{{}, WayOfFailing(original), 1, false, false};
  if (shrunk.way.empty()) {
    return tl::unexpected(
        fmt::format("{} does not fail{}", scenario.id,
                    original.reason.empty() ? "" : ": " + original.reason));
  }
  shrunk.passes_with_reference =
      reference != nullptr && Passes(scenario, *reference);
  Settings quick = settings;
  quick.timeout_ms = TimeLimit(scenario, settings, original.seconds);
  const auto read = [&](const Shrinker::Json& document) {
    return ReadScenario(nlohmann::json::parse(document.dump()), scenario.file);
  };
  Shrinker shrinker({[&](const Shrinker::Json& document) {
                       return read(document).has_value();
                     },
                     [&](const Shrinker::Json& document) {
                       const Verdict verdict = Execute(*read(document), quick);
                       on_run(++shrunk.runs, verdict);
                       return WayOfFailing(verdict) == shrunk.way &&
                              (!shrunk.passes_with_reference ||
                               Passes(*read(document), *reference));
                     }},
                    budget - 1);
  shrunk.document = shrinker.Shrink(
      Shrinker::Json::parse(ReadFile(scenario.file), nullptr, true, true),
      Identity());
  shrunk.exhausted = shrinker.exhausted();
  return shrunk;
}

}  // namespace copilot::conformance
