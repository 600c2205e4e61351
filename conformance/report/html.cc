// SPDX-License-Identifier: MIT
#include "conformance/report/html.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "conformance/report/excerpt.h"
#include "conformance/report/text.h"
#include "conformance/report/totals.h"
#include "embedded/report_page_css.h"
#include "embedded/report_page_html.h"
#include "embedded/report_page_js.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Characters of a payload. Most of a page are scenarios that passed.
constexpr size_t kMostOfFailure = 1000;
constexpr size_t kMostOfPass = 160;

// Names are short: there are tens of thousands of these on a page.
Json UtteranceJson(const Repeated& repeated, size_t most) {
  const Utterance& said = repeated.first;
  Json entry = {std::round(said.at * 1e6) / 1e6,
                said.from,
                said.to,
                Name(said.kind),
                said.title,
                Cut(said.text, most)};
  if (repeated.times > 1) entry.push_back(repeated.times);
  return entry;
}

Json DetailJson(const std::string& detail) {
  Json lines = Json::array();
  for (const DiffLine& line : DiffOf(detail)) {
    lines.push_back({line.kind == DiffLine::Kind::kExpected ? "-"
                     : line.kind == DiffLine::Kind::kCame   ? "+"
                                                            : " ",
                     line.text});
  }
  return lines;
}

Json ResultJson(const Verdict& verdict) {
  Json result = {{"status", Name(verdict.status)},
                 {"seconds", verdict.seconds},
                 {"round", verdict.round}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) result[name] = text;
  };
  add("reason", verdict.reason);
  add("stderr", verdict.stderr_tail);
  add("kept", verdict.kept_directory);
  add("reproduce", verdict.reproduce);
  for (const Failure& failure : verdict.failures) {
    result["failures"].push_back(
        {{"title", failure.title}, {"detail", DetailJson(failure.detail)}});
  }
  const Excerpt whole = ExcerptOf(verdict, verdict.conversation.size());
  const size_t most = IsRed(verdict.status) ? kMostOfFailure : kMostOfPass;
  for (const Repeated& said : whole.lines) {
    result["said"].push_back(UtteranceJson(said, most));
  }
  if (whole.focus >= 0) result["focus"] = whole.focus;
  return result;
}

// The scenarios of all runs, by id; each with its results in each run.
class Scenarios {
 public:
  explicit Scenarios(size_t runs) : runs_(runs) {}

  void Add(size_t run, const Verdict& verdict) {
    const auto [it, fresh] = by_id_.try_emplace(verdict.id);
    Json& scenario = it->second;
    if (fresh) {
      scenario = {{"id", verdict.id},
                  {"area", verdict.area},
                  {"contract", verdict.contract},
                  {"results", Json::array()}};
      for (size_t i = 0; i < runs_; ++i) {
        scenario["results"].push_back(Json::array());
      }
    }
    // An older report may lack some of it.
    for (const auto& [name, text] : {std::pair{"title", &verdict.title},
                                     {"target", &verdict.target},
                                     {"level", &verdict.level},
                                     {"file", &verdict.file}}) {
      if (!scenario.contains(name) && !text->empty()) scenario[name] = *text;
    }
    scenario["results"][run].push_back(ResultJson(verdict));
  }

  Json Take() {
    Json list = Json::array();
    for (auto& [id, scenario] : by_id_) list.push_back(std::move(scenario));
    return list;
  }

 private:
  const size_t runs_;
  std::map<std::string, Json> by_id_;
};

// Names that tell the runs apart.
std::vector<std::string> NamesOf(const std::vector<const RunReport*>& runs) {
  std::vector<std::string> names;
  std::map<std::string, int> taken;
  for (const RunReport* run : runs) {
    std::string name = JudgedIn(*run);
    if (name.empty()) name = "unknown";
    const int times = ++taken[name];
    names.push_back(times == 1 ? name : fmt::format("{} ({})", name, times));
  }
  return names;
}

Json RunJson(const RunReport& run, const std::string& name) {
  const Totals totals = Count(run.verdicts);
  return {{"name", name},
          {"seconds", run.seconds},
          {"started", run.started},
          {"passed", totals.passed},
          {"failed", totals.failed},
          {"skipped", totals.skipped},
          {"other", totals.rehearsed + totals.expected_failures},
          {"total", totals.total()}};
}

Json ClausesJson(const std::vector<const RunReport*>& runs,
                 const Contract& contract) {
  Json clauses = Json::object();
  for (const RunReport* run : runs) {
    for (const Verdict& verdict : run->verdicts) {
      for (const std::string& id : verdict.contract) {
        const auto clause = contract.find(id);
        if (clause == contract.end()) continue;
        clauses[id] = {{"text", clause->second.text},
                       {"level", clause->second.level},
                       {"source", clause->second.source}};
      }
    }
  }
  return clauses;
}

// For inside of <script>: nothing in it can end the element.
std::string Embeddable(const Json& data) {
  const std::string text =
      data.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe.push_back(c);
    }
  }
  return safe;
}

// Puts each part where the page has its mark.
std::string Fill(
    std::string_view page,
    const std::vector<std::pair<std::string_view, std::string_view>>& parts) {
  std::string filled;
  size_t at = 0;
  for (const auto& [mark, text] : parts) {
    const size_t found = page.find(mark, at);
    filled += page.substr(at, found - at);
    filled += text;
    at = found + mark.size();
  }
  filled += page.substr(at);
  return filled;
}

}  // namespace

std::string HtmlReport(const RunReport& run, const Background& background) {
  std::vector<const RunReport*> runs = {&run};
  for (const RunReport& other : background.others) runs.push_back(&other);
  const std::vector<std::string> names = NamesOf(runs);
  Json data = {{"runs", Json::array()}};
  Scenarios scenarios(runs.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    data["runs"].push_back(RunJson(*runs[i], names[i]));
    for (const Verdict& verdict : runs[i]->verdicts) scenarios.Add(i, verdict);
  }
  data["scenarios"] = scenarios.Take();
  data["clauses"] = background.contract == nullptr
                        ? Json::object()
                        : ClausesJson(runs, *background.contract);
  if (background.changes) {
    const Changes& changes = *background.changes;
    data["changes"] = {{"since", changes.since},
                       {"newlyFailing", changes.newly_failing},
                       {"fixed", changes.fixed},
                       {"added", changes.added},
                       {"gone", changes.gone}};
  }
  return Fill(embedded::report_page_html,
              {{"/*STYLE*/", embedded::report_page_css},
               {"/*DATA*/", Embeddable(data)},
               {"/*SCRIPT*/", embedded::report_page_js}});
}

}  // namespace copilot::conformance
