// SPDX-License-Identifier: MIT
#include "conformance/traces/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "conformance/scenario/scenario.h"
#include "conformance/schemas/judge.h"
#include "conformance/traces/fidelity.h"
#include "conformance/traces/player.h"
#include "conformance/traces/trace.h"

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Selected(const TraceSelection& selection) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator(selection.directory, ignored)) {
    if (entry.path().extension() != ".jsonl") continue;
    const std::string name = entry.path().stem();
    const auto& patterns = selection.patterns;
    if (patterns.empty() ||
        std::any_of(patterns.begin(), patterns.end(), [&](const auto& each) {
          return MatchesPattern(name, each);
        })) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Judged {
  Fidelity fidelity;
  std::string violations;  // of the published schemas, for people
};

// Where frames leave the published schemas.
std::string Violations(const std::vector<Frame>& frames, bool recorded,
                       SchemaJudge* schemas) {
  if (schemas == nullptr) return "";
  std::string text;
  for (const Frame& frame : frames) {
    if (!frame.message.is_object() || !frame.message.contains("jsonrpc")) {
      continue;
    }
    const auto violations =
        schemas->Judge({"", recorded}, frame.message, frame.answered);
    if (violations.empty()) continue;
    const std::string where =
        recorded ? fmt::format("recorded line {}", frame.line) : "came";
    text +=
        fmt::format("    {}: {} leaves its schema\n{}", where,
                    violations.front().frame, Describe(violations, "      "));
  }
  return text;
}

Judged Judge(const Trace& trace, const AcceptedDifferences& accepted,
             const Settings& settings) {
  const std::vector<Frame> recorded = RecordedFrames(trace);
  const auto came = Play(trace, settings);
  Judged judged;
  judged.violations = Violations(recorded, true, settings.schemas);
  if (!came) {
    judged.fidelity.trace = trace.name;
    judged.fidelity.skipped = came.error();
    return judged;
  }
  judged.fidelity = CompareFrames(trace.name, recorded, *came, accepted);
  judged.fidelity.open = accepted.OpenReason(trace.name);
  judged.violations += Violations(*came, false, settings.schemas);
  return judged;
}

std::string Describe(const Difference& difference) {
  const std::string where =
      difference.line == 0 ? "" : fmt::format("line {}: ", difference.line);
  if (difference.kind != "value") {
    return fmt::format("    {}{}: {}\n", where, difference.key,
                       difference.kind == "order"     ? "in another place"
                       : difference.kind == "missing" ? "did not come"
                                                      : "nobody expected it");
  }
  std::string text = fmt::format("    {}{}\n", where, difference.key);
  for (const Mismatch& mismatch : difference.mismatches) {
    text +=
        fmt::format("      {}\n        recorded  {}\n        came      {}\n",
                    mismatch.path, mismatch.expected, mismatch.came);
  }
  return text;
}

void Print(const Fidelity& fidelity, bool every_difference) {
  if (!fidelity.skipped.empty()) {
    std::printf("skipped  %s: %s\n", fidelity.trace.c_str(),
                fidelity.skipped.c_str());
    return;
  }
  std::string accepted;
  if (fidelity.accepted > 0) {
    accepted = fmt::format(", {} by accepted differences", fidelity.accepted);
  }
  std::printf("%6.1f%%  %-28s %zu of %zu frames%s\n", fidelity.figure(),
              fidelity.trace.c_str(), fidelity.same, fidelity.frames,
              accepted.c_str());
  if (!fidelity.open.empty()) {
    std::printf("    open: %s\n", fidelity.open.c_str());
  }
  if (!fidelity.open.empty() && fidelity.same == fidelity.frames) {
    std::printf("    has no difference any more: take it off the open ones\n");
  }
  for (const Difference& difference : fidelity.differences) {
    std::printf("%s", Describe(difference).c_str());
    if (!every_difference) break;
  }
}

bool PrintTotals(const std::vector<Judged>& traces) {
  Fidelity total;
  size_t whole = 0;
  size_t played = 0;
  size_t open = 0;
  size_t right = 0;  // open and different, or neither
  for (const Judged& judged : traces) {
    const Fidelity& each = judged.fidelity;
    if (!each.skipped.empty()) continue;
    ++played;
    const bool same = each.same == each.frames;
    whole += same;
    open += !each.open.empty();
    right += same == each.open.empty();
    total.frames += each.frames;
    total.same += each.same;
    total.accepted += each.accepted;
  }
  std::printf(
      "%zu traces, %zu without a difference, %zu open, %zu skipped\n"
      "%.1f%% of %zu frames are the same, %zu of them by accepted "
      "differences\n",
      traces.size(), whole, open, traces.size() - played, total.figure(),
      total.frames, total.accepted);
  return right == played;
}

// True when no frame left its schema, and every accepted difference was needed.
bool PrintSchemas(const std::vector<Judged>& traces, bool all,
                  const SchemaJudge& schemas) {
  size_t wrong = 0;
  for (const Judged& judged : traces) wrong += !judged.violations.empty();
  std::printf(
      "%zu frames were held against the schemas, %zu kept to them by accepted "
      "differences, %zu traces did not\n",
      schemas.frames(), schemas.accepted(), wrong);
  const auto unneeded =
      all ? schemas.Unneeded(false) : std::vector<std::string>();
  for (const std::string& entry : unneeded) {
    std::printf(
        "no recording needs the accepted difference of the schemas any more: "
        "%s\n",
        entry.c_str());
  }
  return wrong == 0 && unneeded.empty();
}

}  // namespace

tl::expected<bool, std::string> CompareTraces(const TraceSelection& selection,
                                              const Settings& settings,
                                              int jobs) {
  const auto accepted =
      AcceptedDifferences::Load(selection.directory + "/differences.json");
  if (!accepted) return tl::unexpected(accepted.error().front().ToString());
  std::vector<Trace> traces;
  for (const fs::path& file : Selected(selection)) {
    auto trace = LoadTrace(file);
    if (!trace) return tl::unexpected(trace.error());
    traces.push_back(std::move(*trace));
  }
  if (traces.empty()) {
    return tl::unexpected("no trace is selected in " + selection.directory);
  }
  std::vector<Judged> judged(traces.size());
  std::atomic<size_t> next = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < jobs; ++i) {
    workers.emplace_back([&] {
      for (size_t at; (at = next++) < traces.size();) {
        judged[at] = Judge(traces[at], *accepted, settings);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const Judged& each : judged) {
    Print(each.fidelity, selection.every_difference);
    std::printf("%s", each.violations.c_str());
  }
  const bool followed = PrintTotals(judged);
  if (settings.schemas == nullptr) return followed;
  const bool kept =
      PrintSchemas(judged, selection.patterns.empty(), *settings.schemas);
  return followed && kept;
}

}  // namespace copilot::conformance
