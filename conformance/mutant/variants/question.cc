// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>
#include <string>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kAsk[] = "userInput.request";
constexpr char kAsked[] = "question.asked";
constexpr char kAnswer[] = "question.answer";

bool IsNumber(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::string InLowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

// What the user said, which the CLI's proxy gets to know too.
Fault NoteReply() {
  return OnAdapterRequest(kAnswer, [](Json& params, State& state) {
    state.world.Share("reply", params["text"]);
  });
}

// The answer that the CLI gets, with the question, and what the user said.
std::vector<Fault> OnAnswer(
    std::function<void(Json& answer, const Json& question,
                       const std::string& reply)>
        change) {
  return {NoteReply(),
          OnCliCall(kAsk, [](Json& params,
                             State& state) { state.memory["asked"] = params; }),
          OnCliCallAnswer(
              kAsk, [change = std::move(change)](Json& answer, State& state) {
                const Json reply = state.world.Shared("reply");
                if (reply.is_string())
                  change(answer, state.memory["asked"], reply);
              })};
}

// What the user says, as the harness gets it.
Fault OnReply(const std::string& request,
              std::function<void(std::string& text)> change) {
  return OnAdapterRequest(request, [change = std::move(change)](Json& params) {
    std::string text = params["text"];
    change(text);
    params["text"] = text;
  });
}

// Every `from` of the text that is shown.
Fault OnShown(const std::string& from, const std::string& to) {
  return OnNotification(kAsked, [=](Json& params) {
    std::string text = params["text"];
    for (size_t at = text.find(from); at != text.npos;
         at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    params["text"] = text;
  });
}

}  // namespace

std::vector<Mutation> QuestionMutations() {
  return {
      {"question-number-from-zero",
       {"ASK-01"},
       "choices are counted from zero",
       OnAnswer(
           [](Json& answer, const Json& question, const std::string& reply) {
             const Json choices = question.value("choices", Json::array());
             if (!IsNumber(reply) || answer.value("wasFreeform", false)) return;
             const size_t place = std::stoul(reply);
             answer["answer"] = place < choices.size() ? choices[place] : "";
           })},
      {"question-number-as-it-is",
       {"ASK-01"},
       "a number answers with itself",
       OnAnswer([](Json& answer, const Json&, const std::string& reply) {
         if (IsNumber(reply)) answer["answer"] = reply;
       })},
      {"question-number-with-zero",
       {"ASK-01"},
       "a number that begins with a zero is taken for text",
       OnAnswer([](Json& answer, const Json&, const std::string& reply) {
         if (IsNumber(reply) && reply[0] == '0') answer["answer"] = reply;
       })},
      {"question-queued-number",
       {"ASK-01"},
       "in a queued message a number is not understood",
       {OnReply("attempt.steer",
                [](std::string& text) {
                  if (IsNumber(text)) text += ".";
                })}},
      {"question-queued-answer-sent-too",
       {"ASK-01"},
       "a queued message that answers a question is sent to the session too",
       {OnAdapterRequest("attempt.steer",
                         [](Json& params, State& state) {
                           state.world.Share("queued", params["text"]);
                         }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             const Json queued = state.world.Shared("queued");
             if (!frame.Answers(kAsk) || queued.is_null()) return;
             frame.Ask("session.send", {{"sessionId", state.memory["session"]},
                                        {"prompt", queued}});
           }),
        OnCliCall(kAsk,
                  [](Json& params, State& state) {
                    state.memory["session"] = params["sessionId"];
                  })}},
      {"question-label-as-typed",
       {"ASK-02"},
       "a label answers in the spelling of the user",
       OnAnswer([](Json& answer, const Json&, const std::string& reply) {
         if (InLowerCase(answer.value("answer", "")) == InLowerCase(reply)) {
           answer["answer"] = reply;
         }
       })},
      {"question-label-needs-its-case",
       {"ASK-02"},
       "a label in another case is a free-form answer",
       {OnReply(kAnswer,
                [](std::string& text) {
                  if (text == InLowerCase(text) && !IsNumber(text) &&
                      text.find(' ') == text.npos) {
                    text += "!";
                  }
                })}},
      {"question-no-free-form",
       {"ASK-03"},
       "text that matches no choice answers nothing",
       OnAnswer(
           [](Json& answer, const Json& question, const std::string& reply) {
             if (question.value("choices", Json::array()).empty()) return;
             if (answer.value("wasFreeform", false) && !IsNumber(reply)) {
               answer["answer"] = "";
             }
           })},
      {"question-number-clamped",
       {"ASK-05"},
       "a number out of range answers the last choice",
       OnAnswer(
           [](Json& answer, const Json& question, const std::string& reply) {
             const Json choices = question.value("choices", Json::array());
             if (IsNumber(reply) && std::stoul(reply) > choices.size()) {
               answer["answer"] = choices.back();
             }
           })},
      {"question-untrimmed",
       {"ASK-06"},
       "blanks around an answer are kept",
       OnAnswer([](Json& answer, const Json&, const std::string& reply) {
         const std::string text = answer.value("answer", "");
         if (!text.empty() && reply.find(text) != reply.npos) {
           answer["answer"] = reply;
         }
       })},
      {"question-blank-answers",
       {"ASK-07"},
       "a blank reply is an answer of blanks",
       OnAnswer([](Json& answer, const Json&, const std::string& reply) {
         if (reply.find_first_not_of(' ') == reply.npos) {
           answer["answer"] = reply;
         }
       })},
      {"question-blank-unclaimed",
       {"ASK-07"},
       "a blank reply to a question is not claimed",
       {NoteReply(),
        OnAdapterAnswer(kAnswer,
                        [](Json& result, State& state) {
                          const std::string reply = state.world.Shared("reply");
                          if (reply.find_first_not_of(' ') == reply.npos) {
                            result["claimed"] = false;
                          }
                        })}},
      {"question-outlives-abort",
       {"ASK-08"},
       "a question still takes an answer when its attempt was aborted",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("attempt.abort")) state.memory["aborted"] = true;
           }),
        OnAdapterAnswer(kAnswer,
                        [](Json& result, State& state) {
                          if (state.memory["aborted"] == true) {
                            result["claimed"] = true;
                          }
                        })}},
      {"question-takes-any-message",
       {"ASK-11"},
       "a queued message is taken for an answer though nothing was asked",
       {OnNotification(kAsked, [](Json&, State& state) { ++state.count; }),
        OnAdapterAnswer("attempt.steer",
                        [](Json& result, State& state) {
                          if (state.count == 0) result["claimed"] = true;
                        })}},
      {"question-choices-not-numbered",
       {"ASK-13"},
       "choices are shown without numbers",
       {OnShown("1. ", "- "), OnShown("2. ", "- ")}},
      {"question-choices-numbered-from-zero",
       {"ASK-13"},
       "choices are shown with numbers from zero",
       {OnShown("1. ", "0. "), OnShown("2. ", "1. ")}},
      {"question-shown-twice",
       {"ASK-13"},
       "a question is shown twice",
       {RepeatNotification(kAsked)}},
      {"question-free-form-unsaid",
       {"ASK-13"},
       "who shows a question is not told that free form is allowed",
       {OnNotification(kAsked, Set("allowFreeform", false))}},
      {"question-markup-shown",
       {"ASK-15"},
       "markup of a question is shown as it is",
       {OnShown("&lt;", "<"), OnShown("&gt;", ">")}},
      {"question-direction-shown",
       {"ASK-15"},
       "characters that change the direction of text are kept",
       {OnCliCall(kAsk,
                  [](Json& params, State& state) {
                    const std::string asked = params.value("question", "");
                    if (asked.find("\u202e") != asked.npos) {
                      state.world.Share("direction", true);
                    }
                  }),
        OnNotification(kAsked,
                       [](Json& params, State& state) {
                         if (state.world.Shared("direction") != true) return;
                         std::string text = params["text"];
                         const size_t at = text.find("? ");
                         if (at == text.npos) return;
                         params["text"] = text.insert(at, "\u202e");
                       })}},
      {"question-blank-shown",
       {"ASK-15"},
       "a blank question is shown as nothing",
       {OnShown("<unknown>", "")}},
  };
}

}  // namespace copilot::conformance
