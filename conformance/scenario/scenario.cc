// SPDX-License-Identifier: MIT
#include "conformance/scenario/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "conformance/scenario/scenario_rules.h"
#include "embedded/contract_schema.h"
#include "embedded/scenario_schema.h"

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const wire::Schema& ScenarioSchema() {
  static const auto* const schema = new wire::Schema(embedded::scenario_schema);
  return *schema;
}

Scenario FromDocument(const Json& document, const std::string& file) {
  Scenario scenario;
  scenario.file = file;
  scenario.id = document.value("id", "");
  scenario.title = document.value("title", "");
  scenario.contract = document.value("contract", std::vector<std::string>());
  scenario.target = document.value("target", "harness");
  scenario.level = document.value("level", "extended");
  scenario.requires_capabilities =
      document.value("requires", std::vector<std::string>());
  scenario.given = document.value("given", Json::object());
  scenario.when = document.value("when", std::vector<Json>());
  scenario.then = document.value("then", std::vector<Json>());
  scenario.timeout_ms = document.value("timeoutMs", scenario.timeout_ms);
  const auto monitors = document.find("monitors");
  if (monitors != document.end()) {
    scenario.monitors_off = monitors->value("off", std::vector<std::string>());
  }
  return scenario;
}

wire::DocumentErrors CheckClauses(const Scenario& scenario,
                                  const Contract& contract) {
  wire::DocumentErrors errors;
  for (size_t i = 0; i < scenario.contract.size(); ++i) {
    if (contract.contains(scenario.contract[i])) continue;
    errors.push_back({scenario.file, 0, fmt::format("$.contract[{}]", i),
                      fmt::format("no clause \"{}\" in the contract",
                                  scenario.contract[i])});
  }
  return errors;
}

tl::expected<void, wire::DocumentErrors> LoadContractFile(
    const std::string& file, Contract* contract) {
  const wire::Schema schema(embedded::contract_schema);
  const auto document = wire::LoadDocument(file, &schema);
  if (!document) return tl::unexpected(document.error());
  for (size_t i = 0; i < document->size(); ++i) {
    const Json& entry = (*document)[i];
    Clause clause{entry["id"],
                  entry["area"],
                  entry["level"],
                  entry["text"],
                  entry["source"],
                  entry.value("era", ""),
                  entry.value("unit", std::vector<std::string>()),
                  entry.value("open", "")};
    const std::string id = clause.id;
    if (!contract->emplace(id, std::move(clause)).second) {
      return tl::unexpected(wire::DocumentErrors{
          {file, 0, fmt::format("$[{}].id", i),
           fmt::format("the clause \"{}\" comes twice", id)}});
    }
  }
  return {};
}

}  // namespace

tl::expected<Scenario, wire::DocumentErrors> ReadScenario(
    const Json& document, const std::string& file) {
  wire::DocumentErrors errors = ScenarioSchema().Validate(document, file);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  Scenario scenario = FromDocument(document, file);
  errors = CheckRules(scenario);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return scenario;
}

tl::expected<Scenario, wire::DocumentErrors> LoadScenario(
    const std::string& file, const std::string& expected_id,
    const Contract* contract) {
  const auto document = wire::LoadDocument(file);
  if (!document) return tl::unexpected(document.error());
  auto read = ReadScenario(*document, file);
  if (!read) return read;
  Scenario scenario = std::move(*read);
  wire::DocumentErrors errors;
  if (!expected_id.empty() && scenario.id != expected_id) {
    errors.push_back({file, 0, "$.id",
                      fmt::format("expected \"{}\" as in the path, got \"{}\"",
                                  expected_id, scenario.id)});
  }
  if (contract != nullptr) {
    for (auto& error : CheckClauses(scenario, *contract)) {
      errors.push_back(std::move(error));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return scenario;
}

tl::expected<Catalogue, wire::DocumentErrors> LoadCatalogue(
    const std::string& directory,
    const std::function<bool(const std::string& id)>& wanted) {
  Catalogue catalogue;
  std::error_code error;
  std::vector<fs::path> contracts;
  std::vector<fs::path> areas;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory() && name != "schema" && name != "traces") {
      areas.push_back(entry.path());
    }
    if (name.rfind("contract", 0) == 0 && entry.path().extension() == ".json") {
      contracts.push_back(entry.path());
    }
  }
  if (error || contracts.empty()) {
    return tl::unexpected(wire::DocumentErrors{
        {directory, 0, "",
         error ? "cannot be read: " + error.message()
               : "holds no contract*.json; is it a directory of scenarios?"}});
  }
  for (const fs::path& file : contracts) {
    if (auto loaded = LoadContractFile(file, &catalogue.contract); !loaded) {
      return tl::unexpected(loaded.error());
    }
  }
  for (const fs::path& area : areas) {
    for (const auto& entry : fs::directory_iterator(area, error)) {
      if (entry.path().extension() != ".json") continue;
      const std::string id =
          area.filename().string() + "/" + entry.path().stem().string();
      catalogue.ids.insert(id);
      if (wanted && !wanted(id)) continue;
      auto scenario = LoadScenario(entry.path(), id, &catalogue.contract);
      if (scenario) {
        catalogue.scenarios.push_back(std::move(*scenario));
      } else {
        catalogue.broken[id] = scenario.error();
      }
    }
  }
  std::sort(catalogue.scenarios.begin(), catalogue.scenarios.end(),
            [](const Scenario& a, const Scenario& b) { return a.id < b.id; });
  return catalogue;
}

bool MatchesPattern(const std::string& text, const std::string& pattern) {
  size_t t = 0;
  size_t p = 0;
  size_t star = std::string::npos;
  size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++t;
      ++p;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace copilot::conformance
