// SPDX-License-Identifier: MIT
#include "harness/user_input.h"

#include <fmt/format.h>

#include <cstdint>
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

constexpr char32_t kInvalid = 0xFFFF;

// The first code point of `text`, which is not empty, and its length in bytes.
char32_t CodePoint(std::string_view text, size_t* length) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  *length = 1;
  if (lead < 0x80) return lead;
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return kInvalid;
  char32_t point = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalid;
    point = (point << 6) | (byte(i) & 0x3F);
  }
  *length = size;
  return point;
}

// Controls, and what is invisible or turns the direction of text (harness spec
// 10).
bool IsUnsafe(char32_t point) {
  constexpr struct {
    char32_t first;
    char32_t last;
  } kRanges[] = {{0x0000, 0x001F}, {0x007F, 0x009F},     {0x00AD, 0x00AD},
                 {0x061C, 0x061C}, {0x180E, 0x180E},     {0x200B, 0x200F},
                 {0x202A, 0x202E}, {0x2060, 0x206F},     {0xFEFF, 0xFEFF},
                 {0xFFF9, 0xFFFB}, {kInvalid, kInvalid}, {0xE0000, 0xE007F}};
  for (const auto& range : kRanges) {
    if (point >= range.first && point <= range.last) return true;
  }
  return false;
}

// What is shown instead of a character that chats understand as markup.
const char* Replacement(char32_t point) {
  switch (point) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '@':
      return "\uFF20";
    case '`':
      return "\uFF40";
    case '[':
      return "\uFF3B";
    case ']':
      return "\uFF3D";
    case '(':
      return "\uFF08";
    case ')':
      return "\uFF09";
    case '*':
      return "\u2217";
    case '_':
      return "\uFF3F";
    case '~':
      return "\uFF5E";
    case '|':
      return "\uFF5C";
    default:
      return nullptr;
  }
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

std::string DisplaySafe(std::string_view text) {
  if (Trim(text).empty()) return "<unknown>";
  std::string safe;
  for (size_t at = 0; at < text.size();) {
    size_t length = 1;
    const char32_t point = CodePoint(text.substr(at), &length);
    if (IsUnsafe(point)) {
      safe.push_back('?');
    } else if (const char* shown = Replacement(point)) {
      safe += shown;
    } else {
      safe += text.substr(at, length);
    }
    at += length;
  }
  return safe;
}

std::string QuestionText(const UserInputRequest& request) {
  std::string text = "Copilot needs input:\n\nCopilot needs input\n" +
                     DisplaySafe(request.question);
  for (size_t i = 0; i < request.choices.size(); ++i) {
    text += fmt::format("\n{}. {}", i + 1, DisplaySafe(request.choices[i]));
  }
  if (request.allow_freeform) {
    text += "\nOther: reply with your own answer.";
  }
  return text;
}

UserInputAnswer AnswerOfGateway(const UserInputRequest& request,
                                const Expected<GatewayReply>& reply) {
  if (!reply || reply->status != "answered") return {"", true};
  return NormalizeAnswer(request, reply->answer);
}

GatewayQuestion MakeGatewayQuestion(const UserInputRequest& request,
                                    const std::string& session_key,
                                    const std::string& run_id,
                                    int64_t timeout_ms) {
  constexpr int64_t kLongestWaitMs = 900000;
  return {{"id", "answer"},
          {"header", "Copilot"},
          {"question", request.question},
          {"secret", false},
          {"options",
           request.choices.empty() ? Json(nullptr) : Json(request.choices)},
          {"sessionKey", session_key},
          {"runId", run_id},
          {"timeoutMs", timeout_ms > 0 ? timeout_ms : kLongestWaitMs}};
}

UserInput::Ticket UserInput::Ask(const UserInputRequest& request,
                                 Answer answer) {
  std::optional<Pending> replaced;
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!cancelled_) {
      ticket = ++last_ticket_;
      replaced = std::exchange(pending_, Pending{request, answer, ticket});
    }
  }
  if (replaced) replaced->answer({"", true});
  if (ticket == 0) answer({"", true});
  return ticket;
}

void UserInput::Resolve(Ticket ticket, const UserInputAnswer& answer) {
  std::optional<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    if (!pending_ || pending_->ticket != ticket) return;
    pending = std::exchange(pending_, std::nullopt);
  }
  pending->answer(answer);
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
