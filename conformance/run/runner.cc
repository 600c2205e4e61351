// SPDX-License-Identifier: MIT
#include "conformance/run/runner.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "conformance/run/execution.h"
#include "conformance/run/retry.h"

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
  const auto run_again = [&](const Verdict& verdict) {
    return options.retry_alone && IsWorthARetry(verdict);
  };
  const auto interrupted = [&] {
    return options.interrupted != nullptr && *options.interrupted;
  };
  const auto work = [&] {
    AdapterKeeper keeper(options.adapters);
    while (!stop && !interrupted()) {
      const size_t at = next++;
      if (at >= total) return;
      Verdict verdict =
          Execute(scenarios[at % scenarios.size()], settings, keeper);
      verdict.round = static_cast<int>(at / scenarios.size()) + 1;
      if (options.settle) options.settle(&verdict);
      if (IsRed(verdict.status) && options.fail_fast) stop = true;
      const std::lock_guard lock(mutex);
      if (!run_again(verdict)) on_verdict(verdict);
      verdicts[at] = std::move(verdict);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::vector<Verdict> ran;
  for (size_t at = 0; at < total; ++at) {
    if (!verdicts[at]) continue;
    Verdict verdict = std::move(*verdicts[at]);
    if (run_again(verdict) && interrupted()) {
      on_verdict(verdict);
    } else if (run_again(verdict)) {
      verdict = Together(std::move(verdict),
                         Execute(scenarios[at % scenarios.size()], settings));
      on_verdict(verdict);
    }
    ran.push_back(std::move(verdict));
  }
  return ran;
}

}  // namespace copilot::conformance
