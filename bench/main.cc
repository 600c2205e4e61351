// SPDX-License-Identifier: MIT
//
// copilot-bench: Google Benchmark's flags and output, then a table of ratios to
// the bare pipe echo of the same run. Absolute times belong to the machine;
// ratios travel.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "bench/pipe_echo.h"

namespace copilot::bench {
namespace {

constexpr char kBaseline[] = "PipeEcho";

void PipeEchoBaseline(benchmark::State& state) {
  PipeEcho echo(kRequestBytes, kResponseBytes);
  echo.RoundTrip();
  for (auto _ : state) echo.RoundTrip();
}
BENCHMARK(PipeEchoBaseline)->Name(kBaseline)->UseRealTime();

// The usual console output; remembers the time of each benchmark.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  RatioReporter()
      : ConsoleReporter(isatty(STDOUT_FILENO) != 0 &&
                                std::getenv("NO_COLOR") == nullptr
                            ? OO_ColorTabular
                            : OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
      const double seconds =
          run.real_accumulated_time / static_cast<double>(run.iterations);
      const std::string& name = run.run_name.function_name;
      if (name == kBaseline) baseline_ = seconds;
      times_.emplace_back(run.run_name.str(), seconds);
    }
  }

  void PrintRatios() const {
    if (baseline_ == 0) {
      std::puts("\nNo ratios: the baseline PipeEcho was filtered out.");
      return;
    }
    std::printf("\nRatios to a bare pipe echo (%zu bytes there, %zu back):\n",
                kRequestBytes, kResponseBytes);
    for (const auto& [name, seconds] : times_) {
      std::printf("  %-44s %10.1f us %10.2fx\n", name.c_str(), seconds * 1e6,
                  seconds / baseline_);
    }
    PrintOverheads();
  }

 private:
  // "X/harness" against "X/raw", which exchanges the same frames.
  void PrintOverheads() const {
    for (const auto& [name, seconds] : times_) {
      const size_t slash = name.find("/harness");
      if (slash == std::string::npos) continue;
      const std::string what = name.substr(0, slash);
      for (const auto& [other, raw] : times_) {
        if (other.rfind(what + "/raw", 0) != 0) continue;
        std::printf(
            "\n%s: the harness takes %.2f times what the bare exchange "
            "of the same frames takes.\n",
            what.c_str(), seconds / raw);
      }
    }
  }

  double baseline_ = 0;
  std::vector<std::pair<std::string, double>> times_;
};

}  // namespace
}  // namespace copilot::bench

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--pipe-echo") == 0) {
    return copilot::bench::RunPipeEchoChild(std::strtoul(argv[2], nullptr, 10),
                                            std::strtoul(argv[3], nullptr, 10));
  }
  std::signal(SIGPIPE, SIG_IGN);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  copilot::bench::RatioReporter reporter;
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) return 1;
  reporter.PrintRatios();
  benchmark::Shutdown();
  return 0;
}
