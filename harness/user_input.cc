// SPDX-License-Identifier: MIT
#include "harness/user_input.h"

#include <fmt/format.h>

#include <utility>

#include "harness/text.h"

namespace copilot::harness {
namespace {

// The option that `text` names by its number, from 1; nothing for others.
const std::string* OptionByNumber(const UserInputRequest& request,
                                  std::string_view text) {
  constexpr size_t kMostDigits = 9;
  if (text.empty() || text.size() > kMostDigits ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return nullptr;
  }
  const size_t number = std::stoul(std::string(text));
  if (number == 0 || number > request.choices.size()) return nullptr;
  return &request.choices[number - 1];
}

const std::string* OptionByLabel(const UserInputRequest& request,
                                 std::string_view text) {
  for (const std::string& choice : request.choices) {
    if (Lower(choice) == Lower(text)) return &choice;
  }
  return nullptr;
}

}  // namespace

UserInputAnswer NormalizeAnswer(const UserInputRequest& request,
                                const std::string& reply) {
  const std::string_view text = Trim(reply);
  if (text.empty()) return {"", true};
  if (const std::string* option = OptionByNumber(request, text)) {
    return {*option, false};
  }
  if (const std::string* option = OptionByLabel(request, text)) {
    return {*option, false};
  }
  if (!request.choices.empty() && !request.allow_freeform) return {"", true};
  return {std::string(text), true};
}

std::string QuestionText(const UserInputRequest& request) {
  std::string text = "Copilot needs input:\n\n" + request.question;
  for (size_t i = 0; i < request.choices.size(); ++i) {
    text += fmt::format("\n{}. {}", i + 1, request.choices[i]);
  }
  if (request.allow_freeform && !request.choices.empty()) {
    text += "\nOther: reply with your own answer.";
  }
  return text;
}

void UserInput::Ask(const UserInputRequest& request, Answer answer) {
  std::optional<Pending> replaced;
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    refused = cancelled_;
    if (!refused) {
      replaced = std::exchange(pending_, Pending{request, answer});
    }
  }
  if (replaced) replaced->answer({"", true});
  if (refused) answer({"", true});
}

bool UserInput::Claim(const std::string& reply) {
  std::optional<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    pending = std::exchange(pending_, std::nullopt);
  }
  if (!pending) return false;
  pending->answer(NormalizeAnswer(pending->request, reply));
  return true;
}

void UserInput::Cancel() {
  std::optional<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    pending = std::exchange(pending_, std::nullopt);
  }
  if (pending) pending->answer({"", true});
}

}  // namespace copilot::harness
