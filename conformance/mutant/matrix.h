// SPDX-License-Identifier: MIT
//
// The kill matrix: which scenario catches which broken harness or CLI. See
// docs/kill-matrix.md.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "conformance/mutant/mutation.h"
#include "conformance/run/settings.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// Which scenarios judge a variant. Each holds what the one before it does.
enum class Depth {
  kClaims,      // those of its clauses, up to the first that catches it
  kQuick,       // and those of its area
  kFull,        // and all whose sound run the variant would have changed
  kExhaustive,  // all
};

struct MatrixOptions {
  Depth depth = Depth::kQuick;
  int jobs = 1;
  int timeout_ms = 4000;  // of a scenario: a broken harness may hang
  // A variant that trips more scenarios than these that do not claim its
  // clauses is broad; it is not looked at any further, unless exhaustively.
  int most_others = 5;
  // Whether more than a fifth of broad variants is a failure.
  bool judge_breadth = true;
};

// What became of one variant.
struct MatrixRow {
  const Mutation* mutation = nullptr;
  std::vector<std::string> killed_by;  // failed, and claim a clause of it
  std::vector<std::string> survived;   // claim one too, and passed
  std::vector<std::string> others;     // tripped without claiming one
  int ran = 0;                         // scenarios
  bool cut_short = false;              // others were not run any more
  bool judged_again = false;           // survived among others, so once alone

  bool killed() const { return !killed_by.empty(); }
  // Caught, but by none that claims a clause of it.
  bool misplaced() const { return !killed() && !others.empty(); }
};

struct Matrix {
  MatrixOptions options;
  std::vector<MatrixRow> rows;
  // What the sound variant tripped: nothing, or the proxies are to blame.
  std::vector<std::string> control;
  int control_ran = 0;
  // What it tripped among others, and not once more alone: noise.
  std::vector<std::string> control_noise;
  double seconds = 0;

  int Killed() const;
  // Those that trip more others than they may.
  int Broad() const;
  // Every variant is killed, no more than a fifth is broad (if that counts),
  // and the control has tripped nothing.
  bool good() const;
};

// Programs beside this one, and the environment of everything.
struct MatrixPrograms {
  std::string harness;  // copilot-harness
  std::string mutant_adapter;
  std::string fake_cli;
  std::string fake_model;
  std::string fake_mcp;

  // In this directory. Throws std::runtime_error naming what is missing.
  static MatrixPrograms In(const std::string& directory);
};

// Runs the control, and the variants. A busy machine can delay what a fault
// hastens, and the other way round: a variant that no scenario of its clauses
// caught, and a scenario that the control tripped, get a second chance when
// nothing else runs. `on_progress` is called from any thread, one at a time.
// Throws std::runtime_error when it cannot even begin.
Matrix RunMatrix(
    const std::vector<const Mutation*>& variants,
    const std::vector<Scenario>& scenarios, const MatrixPrograms& programs,
    const MatrixOptions& options,
    const std::function<void(size_t done, size_t all)>& on_progress);

}  // namespace copilot::conformance
