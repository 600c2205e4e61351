// SPDX-License-Identifier: MIT
#include "conformance/mutant/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "conformance/mutant/variants/all.h"

namespace copilot::conformance {
namespace {

bool Contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

std::string Mutation::target() const {
  return area == "cli" || area == "live" ? area : "harness";
}

bool Mutation::HasFaultAt(Place place) const {
  return std::any_of(faults.begin(), faults.end(),
                     [&](const Fault& fault) { return fault.place == place; });
}

const std::vector<Mutation>& Mutations() {
  static const auto* const all = [] {
    auto* mutations = new std::vector<Mutation>;
    for (auto& [area, some] : VariantsByArea()) {
      for (Mutation& mutation : some) {
        mutation.area = area;
        mutations->push_back(std::move(mutation));
      }
    }
    return mutations;
  }();
  return *all;
}

const Mutation& SoundVariant() {
  static const auto* const none =
      new Mutation{"none", {}, "nothing is broken", {}};
  return *none;
}

const Mutation* FindMutation(const std::string& name) {
  if (name == SoundVariant().name) return &SoundVariant();
  for (const Mutation& mutation : Mutations()) {
    if (mutation.name == name) return &mutation;
  }
  return nullptr;
}

bool Claims(const Scenario& scenario, const Mutation& mutation) {
  return std::any_of(
      scenario.contract.begin(), scenario.contract.end(),
      [&](const std::string& id) { return Contains(mutation.clauses, id); });
}

std::vector<std::string> ProblemsOf(const std::vector<Mutation>& mutations,
                                    const Catalogue& catalogue) {
  std::vector<std::string> problems;
  std::set<std::string> names = {SoundVariant().name};
  std::map<std::string, std::set<std::string>> claimed;  // by target
  for (const Scenario& scenario : catalogue.scenarios) {
    claimed[scenario.target].insert(scenario.contract.begin(),
                                    scenario.contract.end());
  }
  for (const Mutation& mutation : mutations) {
    const auto add = [&](const std::string& problem) {
      problems.push_back(fmt::format("{}: {}", mutation.name, problem));
    };
    if (!names.insert(mutation.name).second) add("another has this name");
    if (mutation.name.rfind(mutation.area + "-", 0) != 0) {
      add(fmt::format("its name must begin with \"{}-\"", mutation.area));
    }
    if (mutation.faults.empty()) add("it has no fault");
    if (mutation.clauses.empty()) add("it breaks no clause");
    for (const std::string& id : mutation.clauses) {
      if (!catalogue.contract.contains(id)) {
        add("no such clause: " + id);
      } else if (!claimed[mutation.target()].contains(id)) {
        add(fmt::format("no {} scenario claims {}", mutation.target(), id));
      }
    }
  }
  return problems;
}

std::vector<std::string> Unbroken(const std::vector<Mutation>& mutations,
                                  const Catalogue& catalogue) {
  std::set<std::string> clauses;
  for (const Scenario& scenario : catalogue.scenarios) {
    clauses.insert(scenario.contract.begin(), scenario.contract.end());
  }
  for (const Mutation& mutation : mutations) {
    for (const std::string& id : mutation.clauses) clauses.erase(id);
  }
  return {clauses.begin(), clauses.end()};
}

}  // namespace copilot::conformance
