// SPDX-License-Identifier: MIT
//
// Cutting a stream of event-sized frames into bodies, and making frames.
#include <benchmark/benchmark.h>

#include <string>

#include "wire/framing.h"

namespace copilot::bench {
namespace {

constexpr size_t kBodyBytes = 400;
constexpr int kFrames = 100;

std::string Frames() {
  const auto framing = wire::MakeContentLengthFraming();
  std::string frames;
  for (int i = 0; i < kFrames; ++i) {
    framing->Encode(std::string(kBodyBytes, 'x'), &frames);
  }
  return frames;
}

// The range argument is how many bytes arrive at a time.
void Decode(benchmark::State& state) {
  const std::string frames = Frames();
  const size_t step = static_cast<size_t>(state.range(0));
  const auto framing = wire::MakeContentLengthFraming();
  for (auto _ : state) {
    int found = 0;
    for (size_t at = 0; at < frames.size(); at += step) {
      framing->Append(std::string_view(frames).substr(at, step));
      while (auto body = framing->Next()) {
        benchmark::DoNotOptimize(body);
        ++found;
      }
    }
    if (found != kFrames) state.SkipWithError("lost a frame");
  }
  state.SetItemsProcessed(state.iterations() * kFrames);
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(frames.size()));
}
BENCHMARK(Decode)->Name("Framing/decode100")->Arg(64)->Arg(4096)->Arg(65536);

void Encode(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  const auto framing = wire::MakeContentLengthFraming();
  std::string out;
  for (auto _ : state) {
    out.clear();
    framing->Encode(body, &out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(Encode)->Name("Framing/encode");

}  // namespace
}  // namespace copilot::bench
