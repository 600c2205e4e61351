// SPDX-License-Identifier: MIT
#include "conformance/mutant/matrix_report.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

std::string Join(const std::vector<std::string>& list, const char* between) {
  return fmt::format("{}", fmt::join(list, between));
}

// "first/of-them (+2)".
std::string Short(const std::vector<std::string>& list) {
  if (list.empty()) return "";
  if (list.size() == 1) return list.front();
  return fmt::format("{} (+{})", list.front(), list.size() - 1);
}

bool IsBroad(const Matrix& matrix, const MatrixRow& row) {
  return row.others.size() > static_cast<size_t>(matrix.options.most_others);
}

const char* Fate(const MatrixRow& row) {
  if (row.killed()) return "killed";
  return row.misplaced() ? "misplaced" : "survived";
}

std::string Others(const MatrixRow& row) {
  return fmt::format("{}{}", row.cut_short && !row.others.empty() ? ">=" : "",
                     row.others.size());
}

struct AreaCounts {
  int variants = 0;
  int killed = 0;
  int broad = 0;
  int ran = 0;
  int clauses = 0;  // that scenarios prove
  std::vector<std::string> unbroken;
};

std::map<std::string, AreaCounts> CountAreas(const Matrix& matrix,
                                             const Catalogue& catalogue) {
  std::map<std::string, AreaCounts> areas;
  for (const MatrixRow& row : matrix.rows) {
    AreaCounts& area = areas[row.mutation->area];
    ++area.variants;
    area.killed += row.killed();
    area.broad += IsBroad(matrix, row);
    area.ran += row.ran;
  }
  std::set<std::string> proven;
  for (const Scenario& scenario : catalogue.scenarios) {
    proven.insert(scenario.contract.begin(), scenario.contract.end());
  }
  for (const std::string& id : proven) {
    ++areas[catalogue.contract.at(id).area].clauses;
  }
  for (const std::string& id : Unbroken(Mutations(), catalogue)) {
    areas[catalogue.contract.at(id).area].unbroken.push_back(id);
  }
  return areas;
}

int Ran(const Matrix& matrix) {
  int ran = 0;
  for (const MatrixRow& row : matrix.rows) ran += row.ran;
  return ran;
}

std::string Summary(const Matrix& matrix) {
  const int all = static_cast<int>(matrix.rows.size());
  return fmt::format(
      "{} variants, {} killed, {} not, {} broad ({:.0f}%); {} scenarios in "
      "{:.1f} s",
      all, matrix.Killed(), all - matrix.Killed(), matrix.Broad(),
      all == 0 ? 0.0 : 100.0 * matrix.Broad() / all,
      matrix.control_ran + Ran(matrix), matrix.seconds);
}

std::string Control(const Matrix& matrix) {
  const std::string noise =
      matrix.control_noise.empty()
          ? ""
          : fmt::format(" (among others, and not alone, {})",
                        Join(matrix.control_noise, " "));
  return matrix.control.empty()
             ? fmt::format(
                   "none: a sound one tripped nothing of {} scenarios{}",
                   matrix.control_ran, noise)
             : fmt::format("none: a sound one tripped {}{}",
                           Join(matrix.control, " "), noise);
}

// Variants that a scenario of their clauses caught only when it ran alone.
std::string KilledAlone(const Matrix& matrix) {
  std::vector<std::string> names;
  for (const MatrixRow& row : matrix.rows) {
    if (row.killed() && row.judged_again) names.push_back(row.mutation->name);
  }
  return names.empty()
             ? ""
             : fmt::format("killed at the second attempt, alone: {}\n",
                           Join(names, " "));
}

}  // namespace

std::string MatrixText(const Matrix& matrix, const Catalogue& catalogue) {
  std::string text =
      fmt::format("{:34} {:22} {:9} {:>4} {:>6}  {}\n", "variant", "clauses",
                  "fate", "ran", "others", "killed by");
  std::string wrong;
  for (const MatrixRow& row : matrix.rows) {
    const Mutation& mutation = *row.mutation;
    text += fmt::format("{:34} {:22} {:9} {:4} {:>6}  {}\n", mutation.name,
                        Short(mutation.clauses), Fate(row), row.ran,
                        Others(row), Short(row.killed_by));
    if (!row.killed()) {
      wrong +=
          fmt::format("{} {}: {}\n  breaks    {}\n", Fate(row), mutation.name,
                      mutation.what, Join(mutation.clauses, " "));
      if (!row.survived.empty()) {
        wrong += fmt::format("  passed    {}\n", Join(row.survived, " "));
      }
    } else if (IsBroad(matrix, row)) {
      wrong += fmt::format("broad {}: {}\n", mutation.name, mutation.what);
    }
    if (!row.others.empty() && (!row.killed() || IsBroad(matrix, row))) {
      wrong += fmt::format("  tripped   {}\n", Join(row.others, " "));
    }
  }
  text += fmt::format("\n{}{}{:12} {:>8} {:>6} {:>5} {:>7}  {}\n", wrong,
                      wrong.empty() ? "" : "\n", "area", "variants", "killed",
                      "broad", "clauses", "no variant breaks");
  for (const auto& [name, area] : CountAreas(matrix, catalogue)) {
    text += fmt::format("{:12} {:8} {:6} {:5} {:7}  {}\n", name, area.variants,
                        area.killed, area.broad, area.clauses,
                        area.unbroken.empty() ? "" : Join(area.unbroken, " "));
  }
  return text + "\n" + KilledAlone(matrix) + Control(matrix) + "\n" +
         Summary(matrix) + "\n";
}

std::string MatrixMarkdown(const Matrix& matrix, const Catalogue& catalogue) {
  std::string text = "# Kill matrix\n\n" + Summary(matrix) + ". " +
                     Control(matrix) +
                     ".\n\n| variant | what | clauses | killed by | others |\n"
                     "|---|---|---|---|---|\n";
  for (const MatrixRow& row : matrix.rows) {
    text += fmt::format("| {} | {} | {} | {} | {}{}{} |\n", row.mutation->name,
                        row.mutation->what, Join(row.mutation->clauses, ", "),
                        row.killed() ? Join(row.killed_by, ", ")
                                     : fmt::format("**{}**", Fate(row)),
                        Others(row), row.others.empty() ? "" : ": ",
                        Join(row.others, ", "));
  }
  text +=
      "\n| area | variants | killed | broad | clauses | no variant breaks |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& [name, area] : CountAreas(matrix, catalogue)) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", name,
                        area.variants, area.killed, area.broad, area.clauses,
                        Join(area.unbroken, ", "));
  }
  return text;
}

std::string MatrixJson(const Matrix& matrix, const Catalogue& catalogue) {
  Json rows = Json::array();
  for (const MatrixRow& row : matrix.rows) {
    rows.push_back({{"variant", row.mutation->name},
                    {"area", row.mutation->area},
                    {"what", row.mutation->what},
                    {"clauses", row.mutation->clauses},
                    {"fate", Fate(row)},
                    {"killedBy", row.killed_by},
                    {"survived", row.survived},
                    {"others", row.others},
                    {"broad", IsBroad(matrix, row)},
                    {"cutShort", row.cut_short},
                    {"judgedAgain", row.judged_again},
                    {"ran", row.ran}});
  }
  return Json({{"variants", std::move(rows)},
               {"control",
                {{"ran", matrix.control_ran},
                 {"tripped", matrix.control},
                 {"noise", matrix.control_noise}}},
               {"unbrokenClauses", Unbroken(Mutations(), catalogue)},
               {"killed", matrix.Killed()},
               {"broad", matrix.Broad()},
               {"seconds", matrix.seconds}})
             .dump(2) +
         "\n";
}

}  // namespace copilot::conformance
