// SPDX-License-Identifier: MIT
#include "conformance/runner.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "conformance/execution.h"

namespace copilot::conformance {

std::vector<Verdict> RunAll(
    const std::vector<Scenario>& scenarios, const Settings& settings,
    const RunOptions& options,
    const std::function<void(const Verdict&)>& on_verdict) {
  const size_t total = scenarios.size() * static_cast<size_t>(options.repeat);
  std::vector<std::optional<Verdict>> verdicts(total);
  std::atomic<size_t> next = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  const auto work = [&] {
    while (!stop) {
      const size_t at = next++;
      if (at >= total) return;
      Verdict verdict = Execute(scenarios[at % scenarios.size()], settings);
      verdict.round = static_cast<int>(at / scenarios.size()) + 1;
      const bool wrong =
          verdict.status == Status::kFail || verdict.status == Status::kError;
      if (wrong && options.fail_fast) stop = true;
      const std::lock_guard lock(mutex);
      on_verdict(verdict);
      verdicts[at] = std::move(verdict);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::vector<Verdict> ran;
  for (auto& verdict : verdicts) {
    if (verdict) ran.push_back(std::move(*verdict));
  }
  return ran;
}

}  // namespace copilot::conformance
