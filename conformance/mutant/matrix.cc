// SPDX-License-Identifier: MIT
#include "conformance/mutant/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "conformance/mutant/live_cli.h"
#include "conformance/mutant/traffic.h"
#include "conformance/mutant/wrapper.h"
#include "conformance/run/execution.h"
#include "conformance/stage/programs.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

// `work(0)` to `work(count - 1)` on `jobs` threads, in this order.
void InParallel(int jobs, size_t count,
                const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t at = next++; at < count; at = next++) work(at);
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < jobs; ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
}

class MatrixRun {
 public:
  MatrixRun(const std::vector<const Mutation*>& variants,
            const std::vector<Scenario>& scenarios,
            const MatrixPrograms& programs, const MatrixOptions& options,
            const std::function<void(size_t, size_t)>& on_progress)
      : variants_(variants),
        scenarios_(scenarios),
        programs_(programs),
        options_(options),
        on_progress_(on_progress) {
    matrix_.options = options;
    for (const Mutation* mutation : variants) {
      matrix_.rows.push_back({});
      matrix_.rows.back().mutation = mutation;
    }
  }

  Matrix Run() {
    const auto begin = std::chrono::steady_clock::now();
    Plan();
    // Every program is written before there are threads: one that starts a
    // process meanwhile would hand on the open file.
    WritePrograms();
    RunControl();
    if (options_.depth == Depth::kQuick || options_.depth == Depth::kFull) {
      LeaveOutWhatCannotFail();
    }
    RunVariants();
    RunSurvivorsAlone();
    SortRows();
    matrix_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
    return std::move(matrix_);
  }

 private:
  struct Task {
    size_t row;
    size_t scenario;
    bool claims;
    bool needed;
  };

  // How soon a scenario is to judge a variant; negative: not at all.
  int Urgency(const Scenario& scenario, const Mutation& mutation) const {
    if (scenario.target != mutation.target()) return -1;
    if (Claims(scenario, mutation)) return 0;
    if (options_.depth == Depth::kClaims) return -1;
    if (scenario.area() == mutation.area) return 1;
    return options_.depth == Depth::kQuick ? -1 : 2;
  }

  void Plan() {
    for (size_t row = 0; row < variants_.size(); ++row) {
      for (int urgency = 0; urgency <= 2; ++urgency) {
        for (size_t at = 0; at < scenarios_.size(); ++at) {
          if (Urgency(scenarios_[at], *variants_[row]) != urgency) continue;
          tasks_.push_back({row, at, urgency == 0, true});
          in_scope_.insert(at);
        }
      }
    }
  }

  std::string RecordOf(size_t scenario) const {
    return sandbox_.own(fmt::format("traffic-{}", scenario));
  }

  void WritePrograms() {
    std::filesystem::create_directories(sandbox_.own(""));
    const auto write = [&](const std::string& path, const std::string& variant,
                           const std::string& record) {
      if (!WriteMutantCli(path, {programs_.mutant_adapter, variant,
                                 programs_.fake_cli, record, ""})) {
        throw std::runtime_error("cannot write " + path);
      }
    };
    bool live = false;
    for (const Mutation* mutation : variants_) {
      live |= mutation->target() == "live";
      if (mutation->target() != "cli") continue;
      write(sandbox_.own(mutation->name), mutation->name, "");
    }
    for (const size_t at : in_scope_) {
      if (scenarios_[at].target != "cli") continue;
      write(sandbox_.own(fmt::format("none-{}", at)), SoundVariant().name,
            RecordOf(at));
    }
    if (live) live_cli_ = MakeLiveCli(sandbox_, programs_.fake_cli);
  }

  Settings SettingsFor(const Scenario& scenario, const std::string& variant,
                       const std::string& record,
                       const std::string& cli) const {
    Settings settings;
    settings.adapter = {programs_.mutant_adapter};
    if (!record.empty()) {
      settings.adapter.insert(settings.adapter.end(), {"--record", record});
    }
    settings.adapter.insert(settings.adapter.end(),
                            {variant, "adapter", programs_.harness, "adapter"});
    settings.fake_cli = programs_.fake_cli;
    settings.fake_model = programs_.fake_model;
    settings.fake_mcp = programs_.fake_mcp;
    settings.path = OwnVariable("PATH");
    settings.timeout_ms = options_.timeout_ms;
    settings.cli = cli;
    if (scenario.target == "live") {
      settings.cli = live_cli_;
      settings.live_token = wire::Secret(kLiveToken);
    }
    return settings;
  }

  void RunControl() {
    const std::vector<size_t> scope(in_scope_.begin(), in_scope_.end());
    std::vector<size_t> tripped;
    std::mutex mutex;
    InParallel(options_.jobs, scope.size(), [&](size_t i) {
      const Status status = RunSound(scope[i]);
      const std::lock_guard lock(mutex);
      if (IsRed(status)) tripped.push_back(scope[i]);
      matrix_.control_ran += status != Status::kSkip;
      Progress();
    });
    std::sort(tripped.begin(), tripped.end());
    for (const size_t at : tripped) {
      (IsRed(RunSound(at)) ? matrix_.control : matrix_.control_noise)
          .push_back(scenarios_[at].id);
    }
  }

  Status RunSound(size_t scenario) const {
    std::filesystem::remove(RecordOf(scenario));
    return Execute(scenarios_[scenario],
                   SettingsFor(scenarios_[scenario], SoundVariant().name,
                               RecordOf(scenario),
                               sandbox_.own(fmt::format("none-{}", scenario))))
        .status;
  }

  // Tasks of scenarios that the variant does nothing to. Those of its clauses
  // stay: they are what it is made for.
  void LeaveOutWhatCannotFail() {
    std::map<size_t, std::vector<Task*>> by_scenario;
    for (Task& task : tasks_) {
      if (!task.claims) by_scenario[task.scenario].push_back(&task);
    }
    const std::vector<std::pair<size_t, std::vector<Task*>>> list(
        by_scenario.begin(), by_scenario.end());
    InParallel(options_.jobs, list.size(), [&](size_t i) {
      Traffic traffic = Traffic::Read(RecordOf(list[i].first));
      for (Task* task : list[i].second) {
        task->needed = traffic.IsTouchedBy(*variants_[task->row]);
      }
    });
    std::erase_if(tasks_, [](const Task& task) { return !task.needed; });
  }

  bool IsDone(const MatrixRow& row) const {
    if (options_.depth == Depth::kClaims) return row.killed();
    return options_.depth != Depth::kExhaustive &&
           row.others.size() > static_cast<size_t>(options_.most_others);
  }

  void RunVariants() {
    std::mutex mutex;
    InParallel(options_.jobs, tasks_.size(), [&](size_t i) {
      const Task& task = tasks_[i];
      MatrixRow& row = matrix_.rows[task.row];
      {
        const std::lock_guard lock(mutex);
        if (IsDone(row)) {
          row.cut_short = true;
          Progress();
          return;
        }
      }
      const Verdict verdict = RunTask(task);
      const std::lock_guard lock(mutex);
      Add(verdict, task.claims, &row);
      Progress();
    });
  }

  Verdict RunTask(const Task& task) const {
    const Scenario& scenario = scenarios_[task.scenario];
    const std::string& variant = variants_[task.row]->name;
    return Execute(scenario,
                   SettingsFor(scenario, variant, "", sandbox_.own(variant)));
  }

  // Up to the first scenario of its clauses that catches it.
  void RunSurvivorsAlone() {
    for (const Task& task : tasks_) {
      MatrixRow& row = matrix_.rows[task.row];
      if (row.killed() || !task.claims) continue;
      row.judged_again = true;
      const Verdict verdict = RunTask(task);
      if (verdict.status != Status::kFail) continue;
      std::erase(row.survived, verdict.id);
      std::erase(row.others, verdict.id);
      row.killed_by.push_back(verdict.id);
    }
  }

  void SortRows() {
    for (MatrixRow& row : matrix_.rows) {
      for (auto* list : {&row.killed_by, &row.survived, &row.others}) {
        std::sort(list->begin(), list->end());
      }
    }
  }

  // An error is nobody's proof: the scenario came to no verdict.
  static void Add(const Verdict& verdict, bool claims, MatrixRow* row) {
    if (verdict.status == Status::kSkip) return;
    ++row->ran;
    if (claims && verdict.status == Status::kFail) {
      row->killed_by.push_back(verdict.id);
    } else if (IsRed(verdict.status)) {
      row->others.push_back(verdict.id);
    } else if (claims) {
      row->survived.push_back(verdict.id);
    }
  }

  void Progress() {
    if (on_progress_) on_progress_(++done_, in_scope_.size() + tasks_.size());
  }

  const std::vector<const Mutation*>& variants_;
  const std::vector<Scenario>& scenarios_;
  const MatrixPrograms& programs_;
  const MatrixOptions& options_;
  const std::function<void(size_t, size_t)>& on_progress_;
  Sandbox sandbox_;
  std::string live_cli_;
  std::vector<Task> tasks_;
  std::set<size_t> in_scope_;
  size_t done_ = 0;
  Matrix matrix_;
};

}  // namespace

int Matrix::Killed() const {
  return static_cast<int>(
      std::count_if(rows.begin(), rows.end(),
                    [](const MatrixRow& row) { return row.killed(); }));
}

int Matrix::Broad() const {
  return static_cast<int>(
      std::count_if(rows.begin(), rows.end(), [&](const MatrixRow& row) {
        return row.others.size() > static_cast<size_t>(options.most_others);
      }));
}

bool Matrix::good() const {
  constexpr size_t kOneIn = 5;
  const size_t all = rows.size();
  return control.empty() && static_cast<size_t>(Killed()) == all &&
         (!options.judge_breadth ||
          static_cast<size_t>(Broad()) * kOneIn <= all);
}

MatrixPrograms MatrixPrograms::In(const std::string& directory) {
  const auto find = [&](const char* name) {
    std::string path = directory + "/" + name;
    if (!std::filesystem::exists(path)) {
      throw std::runtime_error("there is no " + path);
    }
    return path;
  };
  return {find("copilot-harness"), find("mutant-adapter"), find("fake-copilot"),
          find("fake-model"), find("fake-mcp")};
}

Matrix RunMatrix(const std::vector<const Mutation*>& variants,
                 const std::vector<Scenario>& scenarios,
                 const MatrixPrograms& programs, const MatrixOptions& options,
                 const std::function<void(size_t, size_t)>& on_progress) {
  return MatrixRun(variants, scenarios, programs, options, on_progress).Run();
}

}  // namespace copilot::conformance
