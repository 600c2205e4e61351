// SPDX-License-Identifier: MIT
//
// The part of a conversation that a failure is about.
#pragma once

#include <string>
#include <vector>

#include "conformance/run/verdict.h"

namespace copilot::conformance {

// An utterance, and how often the same was said in a row.
struct Repeated {
  Utterance first;
  int times = 1;
};

// Neighbours with the same sides and title as one: a stream of deltas is one
// line.
std::vector<Repeated> Collapse(const std::vector<Utterance>& conversation);

struct Excerpt {
  std::vector<Repeated> lines;
  int before = 0;  // lines that were left out
  int after = 0;
  // Of `lines`: what the failures name; -1 when they name nothing.
  int focus = -1;
};

// At most `most` lines around the last utterance that one of the failures
// names, else the end of the conversation.
Excerpt ExcerptOf(const Verdict& verdict, size_t most);

// "  0.123  runner → harness  attempt.run first  {…}", at most `width`
// characters; the columns of an excerpt are as wide as `from_to`.
std::string LineOf(const Repeated& said, size_t from_to, size_t width);

// The widest "runner → harness" of these, for LineOf.
size_t FromToWidth(const std::vector<Repeated>& lines);

// The excerpt as lines of text, with what was left out.
std::string ExcerptText(const Verdict& verdict, size_t most, size_t width);

}  // namespace copilot::conformance
