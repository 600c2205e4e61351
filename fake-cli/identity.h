// SPDX-License-Identifier: MIT
//
// Identifiers and timestamps in the CLI's forms.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace copilot::fake_cli {

// Makes UUIDs (version 4). The same seed gives the same sequence. Not
// thread-safe.
class IdSource {
 public:
  explicit IdSource(uint64_t seed) : random_(seed) {}
  std::string Uuid();
  // Uniform in [0, 1).
  double Fraction();

 private:
  std::mt19937_64 random_;
};

// Seed for a run that nobody wants to repeat.
uint64_t ArbitrarySeed();

// Milliseconds since the epoch.
int64_t NowMs();

// "2026-11-20T21:01:26.886Z".
std::string IsoTime(int64_t epoch_ms);

}  // namespace copilot::fake_cli
