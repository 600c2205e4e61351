// SPDX-License-Identifier: MIT
#include "conformance/report/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "conformance/report/totals.h"
#include "embedded/report_schema.h"

namespace copilot::conformance {

using Json = nlohmann::json;

// Found by the library.
static void to_json(Json& json, const Failure& failure) {
  json = {{"title", failure.title}, {"detail", failure.detail}};
}

static void from_json(const Json& json, Failure& failure) {
  failure.title = json.at("title");
  failure.detail = json.at("detail");
}

static void to_json(Json& json, const Utterance& said) {
  json = {{"at", std::round(said.at * 1e6) / 1e6},
          {"from", said.from},
          {"to", said.to},
          {"kind", Name(said.kind)},
          {"title", said.title}};
  if (!said.text.empty()) json["text"] = said.text;
}

static void from_json(const Json& json, Utterance& said) {
  using Kind = Utterance::Kind;
  static constexpr Kind kEach[] = {
      Kind::kRequest, Kind::kAnswer, Kind::kError, Kind::kNotification,
      Kind::kStart,   Kind::kExit,   Kind::kNoise};
  said.at = json.at("at");
  said.from = json.at("from");
  said.to = json.at("to");
  const auto found =
      std::find_if(std::begin(kEach), std::end(kEach),
                   [&](Kind each) { return json.at("kind") == Name(each); });
  said.kind = found == std::end(kEach) ? Kind::kNoise : *found;
  said.title = json.at("title");
  said.text = json.value("text", "");
}

static void to_json(Json& json, const Status& status) { json = Name(status); }

static void from_json(const Json& json, Status& status) {
  static constexpr Status kEach[] = {
      Status::kPass,           Status::kFail,      Status::kError,
      Status::kSkip,           Status::kRehearsed, Status::kExpectedFail,
      Status::kUnexpectedPass, Status::kFlake};
  const auto found =
      std::find_if(std::begin(kEach), std::end(kEach),
                   [&](Status each) { return json == Name(each); });
  status = found == std::end(kEach) ? Status::kError : *found;
}

namespace {

// Every member of a verdict with its name, once for both directions.
template <typename AnyVerdict, typename Visit>
void VisitMembers(AnyVerdict& verdict, Visit visit) {
  visit("id", verdict.id);
  visit("title", verdict.title);
  visit("area", verdict.area);
  visit("contract", verdict.contract);
  visit("target", verdict.target);
  visit("level", verdict.level);
  visit("file", verdict.file);
  visit("status", verdict.status);
  visit("seconds", verdict.seconds);
  visit("round", verdict.round);
  visit("frames", verdict.frames);
  visit("reason", verdict.reason);
  visit("failures", verdict.failures);
  visit("stderr", verdict.stderr_tail);
  visit("keptDirectory", verdict.kept_directory);
  visit("conversation", verdict.conversation);
  visit("reproduce", verdict.reproduce);
  visit("badInput", verdict.bad_input);
  visit("implementation", verdict.implementation);
  visit("implementationVersion", verdict.implementation_version);
}

// What is left out when it is empty.
bool IsOptional(const std::string& name) {
  static const std::string kRequired[] = {
      "id", "title", "area", "contract", "status", "seconds", "round"};
  return std::find(std::begin(kRequired), std::end(kRequired), name) ==
         std::end(kRequired);
}

bool IsEmpty(const Json& value) {
  return value == "" || value == false || value == 0 ||
         (value.is_array() && value.empty());
}

Json Write(const Verdict& verdict) {
  Json entry = Json::object();
  VisitMembers(verdict, [&](const char* name, const auto& member) {
    Json value = member;
    if (!IsOptional(name) || !IsEmpty(value)) entry[name] = std::move(value);
  });
  return entry;
}

Verdict Read(const Json& entry) {
  Verdict verdict;
  VisitMembers(verdict, [&](const char* name, auto& member) {
    if (entry.contains(name)) entry[name].get_to(member);
  });
  return verdict;
}

}  // namespace

std::string JsonReport(const RunReport& run) {
  const Totals totals = Count(run.verdicts);
  Json list = Json::array();
  for (const Verdict& verdict : run.verdicts) list.push_back(Write(verdict));
  Json report = {{"tool", "copilot-conformance"},
                 {"seconds", run.seconds},
                 {"started", run.started},
                 {"totals",
                  {{"passed", totals.passed},
                   {"failed", totals.failed},
                   {"errors", totals.errors},
                   {"unexpectedPasses", totals.unexpected_passes},
                   {"flakes", totals.flakes},
                   {"expectedFailures", totals.expected_failures},
                   {"rehearsed", totals.rehearsed},
                   {"skipped", totals.skipped}}},
                 {"scenarios", std::move(list)}};
  if (run.shard) {
    report["shard"] = {{"index", run.shard->index},
                       {"total", run.shard->total}};
  }
  if (!run.problems.empty()) report["problems"] = run.problems;
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

tl::expected<RunReport, wire::DocumentErrors> ReadJsonReport(
    const std::string& path) {
  static const wire::Schema schema(embedded::report_schema);
  const auto document = wire::LoadDocument(path, &schema);
  if (!document) return tl::unexpected(document.error());
  RunReport run;
  run.seconds = (*document)["seconds"];
  run.started = document->value("started", run.started);
  run.problems = document->value("problems", run.problems);
  if (document->contains("shard")) {
    const Json& shard = (*document)["shard"];
    run.shard = Shard{shard["index"], shard["total"], ""};
    if (run.shard->index > run.shard->total) {
      return tl::unexpected(wire::DocumentErrors{
          {path, 0, "$.shard.index",
           fmt::format("expected at most {}, got {}", run.shard->total,
                       run.shard->index)}});
    }
  }
  for (const Json& entry : (*document)["scenarios"]) {
    run.verdicts.push_back(Read(entry));
  }
  return run;
}

}  // namespace copilot::conformance
