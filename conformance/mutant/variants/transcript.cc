// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kMirrorFailed[] = "transcript mirror failed";
constexpr char kKey[] = "/message/idempotencyKey";
// What readers see, and what the harness left.
constexpr char kShown[] = "transcript";
// Behind a key that is not known for a while.
constexpr char kUnknown[] = "?";

// Its members stay in their order.
using Line = nlohmann::ordered_json;
using Lines = std::vector<Line>;

// Lines that are no JSON become texts.
Lines Parse(const std::string& text) {
  std::istringstream in(text);
  Lines lines;
  std::string line;
  while (std::getline(in, line)) {
    Line parsed = Line::parse(line, nullptr, false);
    lines.push_back(parsed.is_object() ? std::move(parsed) : Line(line));
  }
  return lines;
}

std::string Print(const Lines& lines) {
  std::string text;
  for (const Line& line : lines) {
    text += line.is_string() ? line.get<std::string>() : line.dump();
    text += "\n";
  }
  return text;
}

std::string RoleOf(const Line& line) {
  return line.is_object() && line.contains("message")
             ? line["message"].value("role", "")
             : "";
}

std::string KeyOf(const Line& line) {
  const Line::json_pointer key(kKey);
  return line.contains(key) ? line[key].get<std::string>() : "";
}

// What becomes of the transcript when an attempt has ended with `result`.
Fault Rewrites(
    std::function<void(Lines& lines, const Json& result, State&)> change) {
  return OnResult([change = std::move(change)](Json& result, State& state) {
    const std::string file = state.Param("sessionFile");
    if (file.empty()) return;
    const std::string text = state.world.Read(file);
    if (text.empty()) return;
    Lines lines = Parse(text);
    change(lines, result, state);
    const std::string now = Print(lines);
    if (now != text) state.world.Write(file, now);
  });
}

// The same before an attempt.
Fault RewritesBefore(std::function<void(Lines& lines, State&)> change) {
  return OnAttempt([change = std::move(change)](Json&, State& state) {
    const std::string file = state.Param("sessionFile");
    if (file.empty()) return;
    const std::string text = state.world.Read(file);
    if (text.empty()) return;
    Lines lines = Parse(text);
    change(lines, state);
    const std::string now = Print(lines);
    if (now != text) state.world.Write(file, now);
  });
}

// Keys are others for who reads the transcript between attempts. The harness
// finds them as it left them, so that nothing is written twice.
std::vector<Fault> Rekeys(
    std::function<std::string(const std::string& key, State&)> other) {
  return {OnAttempt([](Json&, State& state) {
            const Json shown = state.world.Shared(kShown);
            const std::string file = state.Param("sessionFile");
            if (file.empty() || !shown.is_object()) return;
            const std::string was = shown["was"];
            std::string text = state.world.Read(file);
            if (!text.starts_with(shown["is"].get<std::string>())) return;
            text.replace(0, shown["is"].get<std::string>().size(), was);
            state.world.Write(file, text);
          }),
          Rewrites([other = std::move(other)](Lines& lines, const Json&,
                                              State& state) {
            const std::string was = Print(lines);
            for (Line& line : lines) {
              const std::string key = KeyOf(line);
              if (key.empty()) continue;
              line[Line::json_pointer(kKey)] = other(key, state);
            }
            state.world.Share(kShown, {{"was", was}, {"is", Print(lines)}});
          })};
}

// A key whose end, if it is this, becomes another.
std::string WithEnd(const std::string& key, const std::string& end,
                    const std::string& other) {
  return key.ends_with(end) ? key.substr(0, key.size() - end.size()) + other
                            : key;
}

// During an attempt the keys of lines are unknown, if `which` holds.
std::vector<Fault> Forgets(
    std::function<bool(const Lines& lines, State&)> which) {
  return {
      RewritesBefore([which = std::move(which)](Lines& lines, State& state) {
        if (!which(lines, state)) return;
        for (Line& line : lines) {
          const std::string key = KeyOf(line);
          if (key.empty()) continue;
          line[Line::json_pointer(kKey)] = key + kUnknown;
        }
      }),
      Rewrites([](Lines& lines, const Json&, State&) {
        for (Line& line : lines) {
          std::string key = KeyOf(line);
          if (!key.ends_with(kUnknown)) continue;
          key.pop_back();
          line[Line::json_pointer(kKey)] = key;
        }
      })};
}

// Of lines with the same `what` the first is kept.
void KeepFirst(Lines& lines, const std::function<Json(const Line&)>& what) {
  std::set<std::string> seen;
  Lines kept;
  for (Line& line : lines) {
    if (line.is_object() && !seen.insert(what(line).dump()).second) continue;
    kept.push_back(std::move(line));
  }
  lines = std::move(kept);
}

Json HistoryTail(const State& state) {
  const Json messages = state.params.value("messages", Json::array());
  return messages.empty() ? Json::object() : messages.back();
}

Fault OnMirrorWarning(std::function<void(Frame&, State&)> change) {
  return At(Place::kAdapter, Way::kUp,
            [change = std::move(change)](Frame& frame, State& state) {
              if (!frame.Is("log")) return;
              const std::string text =
                  frame.message["params"].value("message", "");
              if (text.find(kMirrorFailed) != text.npos) change(frame, state);
            });
}

Fault NoteMirrorFailure() {
  return OnMirrorWarning(
      [](Frame&, State& state) { state.memory["failed"] = true; });
}

std::vector<Fault> EndsTheSession() {
  std::vector<Fault> faults =
      ForgetFirst([](State& state) { return state.memory["failed"] == true; });
  faults.insert(faults.begin(), NoteMirrorFailure());
  return faults;
}

}  // namespace

std::vector<Mutation> TranscriptMutations() {
  return {
      {"transcript-doubled",
       {"TRN-01", "TRN-03"},
       "on resume the last line is written twice",
       {OnAttempt([](Json&, State& state) { ++state.count; }),
        Rewrites([](Lines& lines, const Json&, State& state) {
          if (state.count > 1) lines.push_back(lines.back());
        })}},
      {"transcript-user-lost",
       {"TRN-01"},
       "the prompt of a failed turn is not written",
       {Rewrites([](Lines& lines, const Json& result, State&) {
         if (result["promptError"].is_null()) return;
         std::erase_if(lines,
                       [](const Line& line) { return RoleOf(line) == "user"; });
       })}},
      {"transcript-answer-first",
       {"TRN-01"},
       "after the first turn the answer is written before the prompt",
       {Rewrites([](Lines& lines, const Json&, State&) {
         if (lines.size() > 3) std::swap(lines.back(), *(lines.end() - 2));
       })}},
      {"transcript-begins-anew",
       {"TRN-01"},
       "lines that others wrote do not stay",
       {Rewrites([](Lines& lines, const Json&, State&) {
         std::erase_if(lines, [](const Line& line) {
           return line.is_object() && KeyOf(line).empty();
         });
       })}},
      {"transcript-system-written",
       {"TRN-02"},
       "system messages are written too",
       {Rewrites([](Lines& lines, const Json&, State& state) {
         for (const Json& message :
              state.params.value("messages", Json::array())) {
           if (message["role"] != "system") continue;
           lines.insert(lines.begin(),
                        Line{{"type", "message"}, {"message", message}});
         }
       })}},
      {"transcript-re-emitted-twice",
       {"TRN-03"},
       "a message that is emitted again is written again",
       {OnCliEvent("assistant.message",
                   [](Json& event, State& state) {
                     if (state.memory[event.value("id", "")] == true) {
                       state.world.Share("again", true);
                     }
                     state.memory[event.value("id", "")] = true;
                   }),
        Rewrites([](Lines& lines, const Json&, State& state) {
          if (state.world.Shared("again") == true)
            lines.push_back(lines.back());
        })}},
      {"transcript-unknown-after-restart",
       {"TRN-03"},
       "what another process wrote is written again",
       Forgets([](const Lines&, State& state) { return state.count++ == 0; })},
      {"transcript-unknown-before-broken-line",
       {"TRN-03"},
       "what comes before a malformed line is written again",
       Forgets([](const Lines& lines, State&) {
         return std::any_of(lines.begin(), lines.end(),
                            [](const Line& line) { return line.is_string(); });
       })},
      {"transcript-run-written-again",
       {"TRN-03"},
       "a run that is repeated is written again",
       Forgets([](const Lines& lines, State& state) {
         const std::string end = ":" + state.Param("runId") + ":prompt";
         return std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
           return KeyOf(line).ends_with(end);
         });
       })},
      {"transcript-keys-without-session",
       {"TRN-04"},
       "a message of another session is taken for one that was written",
       {Rewrites([](Lines& lines, const Json&, State&) {
         KeepFirst(lines, [](const Line& line) -> Json {
           const std::string key = KeyOf(line);
           // "copilot:<session>:<what>"
           const size_t session = key.find(':');
           if (session == key.npos) return line;
           return key.substr(key.find(':', session + 1));
         });
       })}},
      {"transcript-equal-written-once",
       {"TRN-04", "TRN-21"},
       "of messages with equal content the first is written",
       {Rewrites([](Lines& lines, const Json&, State&) {
         KeepFirst(lines, [](const Line& line) {
           return Json{RoleOf(line), line.contains("message")
                                         ? line["message"]["content"]
                                         : line};
         });
       })}},
      {"transcript-identity-hashed",
       {"TRN-06", "TRN-17"},
       "the key of the prompt is made of its content",
       Rekeys([](const std::string& key, State& state) {
         return WithEnd(key, ":" + state.Param("runId") + ":prompt",
                        ":user:0123456789abcdef");
       })},
      {"transcript-other-scope",
       {"TRN-15"},
       "the scope of keys is not that of the harness",
       Rekeys([](const std::string& key, State&) {
         constexpr char kScope[] = "copilot:";
         return key.starts_with(kScope)
                    ? "mirror:" + key.substr(std::string(kScope).size())
                    : key;
       })},
      {"transcript-no-run",
       {"TRN-17"},
       "the key of the answer does not name the run",
       Rekeys([](const std::string& key, State& state) {
         const std::string end = ":assistant:final";
         return WithEnd(key, ":" + state.Param("runId") + end, end);
       })},
      {"transcript-one-run",
       {"TRN-20"},
       "every run has the keys of the first",
       {OnAttempt([](Json& params, State& state) {
         if (!state.memory.contains("run")) {
           state.memory["run"] = params["runId"];
         }
         params["runId"] = state.memory["run"];
       })}},
      {"transcript-cleaned",
       {"TRN-08"},
       "malformed lines are removed",
       {RewritesBefore([](Lines& lines, State&) {
         std::erase_if(lines,
                       [](const Line& line) { return line.is_string(); });
       })}},
      {"transcript-stops-at-broken-line",
       {"TRN-08"},
       "nothing is written behind a malformed line",
       {OnAttempt([](Json& params, State& state) {
         for (const Line& line :
              Parse(state.world.Read(state.Param("sessionFile")))) {
           if (line.is_string()) params.erase("sessionFile");
         }
       })}},
      {"transcript-no-directories",
       {"TRN-09"},
       "the directories of a transcript are not created",
       {OnAttempt([](Json& params, State& state) {
         const std::string file = state.Param("sessionFile");
         const std::string below = state.Dir("state") + "/";
         if (file.starts_with(below) &&
             file.find('/', below.size()) != file.npos &&
             file.find("/blocked/") == file.npos) {
           params.erase("sessionFile");
         }
       })}},
      {"transcript-rewriting-ignored",
       {"TRN-11"},
       "a write hook cannot rewrite a message",
       {OnContribution(Erase("message"))}},
      {"transcript-rewriting-changes-key",
       {"TRN-11"},
       "a message that a write hook rewrote gets another key",
       {OnContribution([](Json& contribution, State& state) {
          if (contribution.is_object() && contribution.contains("message")) {
            state.memory["rewritten"] = true;
          }
        }),
        Rewrites([](Lines& lines, const Json&, State& state) {
          if (state.memory["rewritten"] != true) return;
          for (Line& line : lines) {
            line["message"]["idempotencyKey"] = KeyOf(line) + ":rewritten";
          }
        })}},
      {"transcript-block-ignored",
       {"TRN-12"},
       "a write hook cannot keep a message back",
       {OnContribution(Erase("block"))}},
      {"transcript-failure-silent",
       {"TRN-13"},
       "a transcript that cannot be written is not logged",
       {OnMirrorWarning([](Frame& frame, State&) { frame.Drop(); })}},
      {"transcript-failure-is-information",
       {"TRN-13"},
       "a transcript that cannot be written is logged as information",
       {OnMirrorWarning([](Frame& frame, State&) {
         frame.message["params"]["level"] = "info";
       })}},
      {"transcript-failure-escapes",
       {"TRN-14"},
       "a transcript that cannot be written fails the attempt",
       {NoteMirrorFailure(),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Answers("attempt.run")) return;
             if (state.memory["failed"] != true) return;
             frame.message.erase("result");
             frame.message["error"] = {{"code", -32000}, {"message", "disk"}};
           })}},
      {"transcript-failure-takes-the-texts",
       {"TRN-14"},
       "an attempt whose transcript cannot be written has no texts",
       {NoteMirrorFailure(), OnResult([](Json& result, State& state) {
          if (state.memory["failed"] == true) {
            result["assistantTexts"] = Json::array();
          }
        })}},
      {"transcript-failure-ends-the-session",
       {"TRN-14"},
       "after a transcript that could not be written a new session begins",
       EndsTheSession()},
      {"transcript-without-file",
       {"TRN-16"},
       "without a session file a transcript is kept in the state directory",
       {AfterAttempt([](State& state) {
         if (state.Param("sessionFile").empty()) {
           state.world.Write(state.Dir("state") + "/transcript.jsonl", "{}\n");
         }
       })}},
      {"transcript-tail-repeated",
       {"TRN-18"},
       "a prompt that the history ends with is written twice",
       {Rewrites([](Lines& lines, const Json&, State& state) {
         if (HistoryTail(state).value("content", Json()) ==
             state.params["prompt"]) {
           lines.insert(lines.begin(), lines.front());
         }
       })}},
      {"transcript-tail-taken-for-prompt",
       {"TRN-18"},
       "whatever the user said last in the history is taken for the prompt",
       {Rewrites([](Lines& lines, const Json&, State& state) {
         if (HistoryTail(state).value("role", "") != "user" ||
             lines.size() < 3) {
           return;
         }
         lines.erase(lines.end() - 2);
       })}},
      {"transcript-prompt-as-sent",
       {"TRN-19"},
       "the prompt is written as it was sent",
       {OnAttempt(Erase("transcriptPrompt"))}},
      {"transcript-prompt-sent",
       {"TRN-19"},
       "the prompt is sent as it is written",
       {OnAttempt([](Json& params) {
         if (params.contains("transcriptPrompt")) {
           params["prompt"] = params["transcriptPrompt"];
         }
       })}},
      {"transcript-positions-from-one",
       {"TRN-22"},
       "positions in keys are counted from one",
       Rekeys([](const std::string& key, State&) {
         const size_t digits = key.find_last_not_of("0123456789") + 1;
         if (digits == key.size() || key[digits - 1] != ':') return key;
         const int position = std::stoi(key.substr(digits));
         return key.substr(0, digits) + std::to_string(position + 1);
       })},
  };
}

}  // namespace copilot::conformance
