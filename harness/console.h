// SPDX-License-Identifier: MIT
//
// The user at the terminal: lines in, text out, questions in between.
#pragma once

#include <cstdio>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "harness/abort_signal.h"
#include "harness/error.h"
#include "harness/session_config.h"

namespace copilot::harness {

// Thread-safe: questions come one after the other, and text is never mixed.
class Console {
 public:
  // Neither is owned. `colour` is about `output`.
  Console(int input, std::FILE* output, bool colour)
      : input_(input), output_(output), colour_(colour) {}

  // Writes text of the model, without what a terminal would obey.
  void Print(const std::string& text);

  // Shows `prompt` and waits for a line, which is given without its end.
  // Nothing at the end of the input, and once `signal` has fired.
  std::optional<std::string> Ask(const std::string& prompt,
                                 const AbortSignal& signal);

  // Asks until the answer is one that the question allows. An empty answer is
  // one; nothing as for Ask().
  std::optional<std::string> AskUser(const UserInputRequest& request,
                                     const AbortSignal& signal);

  // A decision about a permission request: once, always for its kind as long as
  // the console lives, or not at all. Whatever is not understood is a no.
  Json AskPermission(const Json& request, const AbortSignal& signal);

 private:
  std::optional<std::string> ReadLine(const AbortSignal& signal);
  void Write(const std::string& text);

  const int input_;
  std::FILE* const output_;
  const bool colour_;
  std::mutex asking_;
  std::string unread_;            // guarded by asking_
  std::set<std::string> always_;  // guarded by asking_
  std::mutex writing_;
};

}  // namespace copilot::harness
