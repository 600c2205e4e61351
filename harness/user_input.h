// SPDX-License-Identifier: MIT
//
// ask_user: a question of the CLI waits for the host's next queued message
// (harness spec 10). Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "harness/session_config.h"

namespace copilot::harness {

// What a reply means: the label of the option it names by number or by text,
// else the text itself where free-form is allowed, else nothing.
UserInputAnswer NormalizeAnswer(const UserInputRequest& request,
                                const std::string& reply);

// Harmless to show: control and invisible characters become `?`, markup becomes
// entities or full-width look-alikes, blank text `<unknown>`. Invalid UTF-8 is
// treated like a control character.
std::string DisplaySafe(std::string_view text);

// The question as it is shown: header, question, numbered options.
std::string QuestionText(const UserInputRequest& request);

class UserInput {
 public:
  using Answer = std::function<void(UserInputAnswer)>;

  // A second question resolves the first with an empty answer.
  void Ask(const UserInputRequest& request, Answer answer);

  // True when a question was pending; it is answered then.
  bool Claim(const std::string& reply);

  // Resolves what is pending, and everything later, with an empty answer.
  void Cancel();

 private:
  struct Pending {
    UserInputRequest request;
    Answer answer;
  };
  std::mutex mutex_;
  std::optional<Pending> pending_;
  bool cancelled_ = false;
};

}  // namespace copilot::harness
