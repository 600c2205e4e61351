// SPDX-License-Identifier: MIT
//
// ask_user: a question of the CLI waits for the host's next queued message
// (harness spec 10). Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "harness/journal/journal_params.h"
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

// What a gateway's reply means. Only a question that it got answered has an
// answer: a gateway that fails must not stop the turn.
UserInputAnswer AnswerOfGateway(const UserInputRequest& request,
                                const Expected<GatewayReply>& reply);

// The question as the gateway takes it. `session_key` is not empty.
GatewayQuestion MakeGatewayQuestion(const UserInputRequest& request,
                                    const std::string& session_key,
                                    const std::string& run_id,
                                    int64_t timeout_ms);

class UserInput {
 public:
  using Answer = std::function<void(UserInputAnswer)>;

  // Names a question; 0: one that was answered at once.
  using Ticket = uint64_t;

  // A second question resolves the first with an empty answer.
  Ticket Ask(const UserInputRequest& request, Answer answer);

  // Answers that very question, unless somebody else has.
  void Resolve(Ticket ticket, const UserInputAnswer& answer);

  // True when a question was pending; it is answered then.
  bool Claim(const std::string& reply);

  // Resolves what is pending, and everything later, with an empty answer.
  void Cancel();

 private:
  struct Pending {
    UserInputRequest request;
    Answer answer;
    Ticket ticket;
  };
  std::mutex mutex_;
  std::optional<Pending> pending_;
  Ticket last_ticket_ = 0;
  bool cancelled_ = false;
};

}  // namespace copilot::harness
