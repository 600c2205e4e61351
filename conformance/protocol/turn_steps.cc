// SPDX-License-Identifier: MIT
#include "conformance/protocol/turn_steps.h"

#include <fmt/format.h>

#include "conformance/scenario/matcher.h"

namespace copilot::conformance {

using Json = nlohmann::json;

Json TurnScript() {
  const auto turn = [](const char* prompt, const Json& steps) {
    return Json{{"when", {{"prompt", {{"regex", prompt}}}}}, {"steps", steps}};
  };
  return {
      {"turns",
       {turn("tool", {{{"toolCall",
                        {{"name", "lookup"},
                         {"arguments", {{"q", "cats"}}},
                         {"as", "answer"}}}},
                      {{"say", "Found: {{answer.text}}"}}}),
        turn("permission", {{{"permission",
                              {{"kind", "shell"},
                               {"fullCommandText", "ls"},
                               {"as", "decision"}}}},
                            {{"say", "went on"}}}),
        turn("question", {{{"askUser",
                            {{"question", "Which colour?"},
                             {"choices", {"red", "blue"}},
                             {"as", "reply"}}}},
                          {{"say", "You said {{reply.answer}}."}}}),
        turn("for ever", {{{"stall", true}}}), turn("", {{{"say", "hello"}}})}},
      {"compaction",
       {{"summary", "All about cats."},
        {"messagesRemoved", 2},
        {"tokensRemoved", 500}}}};
}

Json TurnSteps::Call(const std::string& name, const std::string& prompt,
                     const std::string& session) const {
  return {{"harness", "default"},
          {"attempt", name},
          {"params",
           {{"sessionId", session},
            {"sessionKey", "agent:main:main"},
            {"runId", "run-" + name},
            {"provider", "github-copilot"},
            {"model", "gpt-4.1"},
            {"workspaceDir", adapter_.sandbox().workspace()},
            {"timeoutMs", 20000},
            {"prompt", prompt}}},
          {"permissionPolicy", "none"}};
}

Json TurnSteps::ToolCall(const std::string& name) const {
  Json call = Call(name, "Use the tool.");
  call["tools"] = {{{"name", "lookup"},
                    {"description", "Looks things up"},
                    {"parameters", {{"type", "object"}}}}};
  return call;
}

Json TurnSteps::Run(const Json& call) {
  return adapter_.Result("attempt.run", call);
}

std::shared_ptr<PendingCall> TurnSteps::RunForEver(const std::string& name) {
  Journal& journal = adapter_.journal();
  journal.Refresh();
  const size_t sent = journal.Received("session.send").size();
  const auto running =
      adapter_.Send("attempt.run", Call(name, "Go on for ever.", name));
  adapter_.WaitUntil(
      "session.send at the CLI",
      [&] {
        journal.Refresh();
        return running->outcome.has_value() ||
               journal.Received("session.send").size() > sent;
      },
      "attemptrun");
  if (running->outcome.has_value()) {
    adapter_.Fail("the attempt ended before its turn");
  }
  return running;
}

void TurnSteps::Said(const Json& result, const std::string& text,
                     const std::string& why) {
  const Json texts = result.value("assistantTexts", Json());
  if (texts != Json::array({text})) {
    adapter_.Fail(
        fmt::format("$.result.assistantTexts: expected [\"{}\"], got {}", text,
                    texts.dump()),
        why, "attemptrun");
  }
  if (!result.value("promptError", Json()).is_null()) {
    adapter_.Fail("$.result.promptError: expected null, got " +
                      result["promptError"].dump(),
                  why, "attemptrun");
  }
}

void TurnSteps::IsTrue(const Json& result, const std::string& member,
                       bool expected, const std::string& why,
                       const std::string& section) {
  const Json came = result.value(member, Json());
  if (came == expected) return;
  adapter_.Fail(fmt::format("$.result.{}: expected {}, got {}", member,
                            expected, came.dump()),
                why, section);
}

void TurnSteps::Attempt() {
  const Json result = Run(Call("first", "Say hello."));
  adapter_.journal().Refresh();
  if (adapter_.journal().Spawned().empty()) {
    adapter_.Fail("expected the harness to start the CLI of initialize, " +
                      adapter_.cli(),
                  "use $.params.cli.path, or what it says in the place of "
                  "COPILOT_CLI_PATH",
                  "initialize");
  }
  Said(result, "hello",
       "the fake CLI says hello to this prompt, once it has got session.send");
}

void TurnSteps::Deltas() {
  Run(Call("deltas", "Say hello."));
  adapter_.Expect("attempt.delta", "deltas", "send it for each piece of text");
}

void TurnSteps::Tool() {
  const Json result = Run(ToolCall("tool"));
  adapter_.Expect("tool.execute", "tool",
                  "offer $.params.tools to the session, and ask the runner "
                  "when the model calls one");
  const auto asked = adapter_.Notified("tool.execute", "tool").front();
  if (asked.value("arguments", Json()) != Json{{"q", "cats"}}) {
    adapter_.Fail(
        "tool.execute: $.params.arguments: expected {\"q\":\"cats\"}, got " +
            asked.value("arguments", Json()).dump(),
        "", "toolexecute");
  }
  Said(result, "Found: 42",
       "the text of the answer to tool.execute is the tool's result");
}

void TurnSteps::Permission() {
  Json call = Call("permission", "Ask for permission.");
  call["permissionPolicy"] = "host";
  const Json result = Run(call);
  adapter_.Expect("permission.decide", "permission",
                  "with permissionPolicy \"host\" each request of the CLI is "
                  "put to the runner");
  Said(result, "went on", "the decision was approve-once");
}

void TurnSteps::Question() {
  const auto running =
      adapter_.Send("attempt.run", Call("question", "Ask a question."));
  adapter_.WaitUntil(
      "question.asked, or the end of the attempt",
      [&] {
        return running->outcome.has_value() ||
               !adapter_.Notified("question.asked", "question").empty();
      },
      "questionasked");
  adapter_.Expect("question.asked", "question", "");
  IsTrue(adapter_.Result("question.answer",
                         {{"attempt", "question"}, {"text", "2"}}),
         "claimed", true, "a question is pending", "questionanswer");
  Said(adapter_.ResultOf(*running), "You said blue.",
       "the answer was \"2\", the second choice");
}

void TurnSteps::Abort() {
  const auto running = RunForEver("abort");
  // While one request waits, others are answered.
  adapter_.Result("harness.create",
                  {{"harness", "second"}, {"options", Json::object()}});
  adapter_.Result("attempt.abort", {{"attempt", "abort"}});
  IsTrue(adapter_.ResultOf(*running), "aborted", true,
         "attempt.abort came while it ran", "attemptabort");
}

void TurnSteps::Steer() {
  const auto running = RunForEver("steer");
  IsTrue(adapter_.Result("attempt.steer",
                         {{"attempt", "steer"}, {"text", "Be quick."}}),
         "claimed", false, "no question is pending", "attemptsteer");
  if (!adapter_.capable("abort")) return;
  adapter_.Result("attempt.abort", {{"attempt", "steer"}});
  adapter_.ResultOf(*running);
}

void TurnSteps::Compact() {
  const Json call = Call("compact", "Say hello.", "compacted");
  Run(call);
  Json params = call["params"];
  params["prompt"] = "";
  IsTrue(adapter_.Result("session.compact",
                         {{"harness", "default"}, {"params", params}}),
         "compacted", true,
         "the session is known, and the fake CLI compacts it",
         "sessioncompact");
}

void TurnSteps::Hooks() {
  Json call = Call("hooks", "Say hello.");
  call["hooks"] = {"agent_end"};
  Run(call);
  const auto fired = [&] { return adapter_.Notified("hook.fired", "hooks"); };
  adapter_.WaitUntil(
      "hook.fired with agent_end", [&] { return !fired().empty(); },
      "hookfired");
  for (const Json& each : fired()) {
    if (each.value("hook", "") == "agent_end") continue;
    adapter_.Fail("hook.fired: $.params.hook: expected \"agent_end\", got " +
                      each.value("hook", Json()).dump(),
                  "only hooks that $.params.hooks of attempt.run names",
                  "hookfired");
  }
}

void TurnSteps::NativeHooks() {
  Json call = ToolCall("native-hooks");
  call["nativeHooks"] = {"onPreToolUse"};
  const Json result = Run(call);
  adapter_.Expect("nativeHook.fired", "native-hooks",
                  "open the session with hooks: true, and put hooks.invoke of "
                  "the CLI to the runner");
  for (const Json& each :
       adapter_.Notified("nativeHook.fired", "native-hooks")) {
    if (each.value("hook", "") != "onPreToolUse") {
      adapter_.Fail(
          "nativeHook.fired: $.params.hook: expected \"onPreToolUse\", got " +
              each.value("hook", Json()).dump(),
          "only hooks that $.params.nativeHooks of attempt.run names",
          "nativehookfired");
    }
    const Json tool =
        each.value("input", Json::object()).value("toolName", Json());
    if (tool == "lookup") continue;
    adapter_.Fail(
        "nativeHook.fired: $.params.input.toolName: expected \"lookup\", got " +
            tool.dump(),
        "the input is what the CLI sends", "nativehookfired");
  }
  Said(result, "Found: 42", "the answer null is no opinion: the tool runs");
}

void TurnSteps::Transcript() {
  const std::string file = adapter_.sandbox().workspace() + "/check.jsonl";
  Json call = Call("transcript", "Say hello.");
  call["params"]["sessionFile"] = file;
  Run(call);
  const std::string text = ReadFile(file);
  if (text.find("Say hello.") != std::string::npos) return;
  adapter_.Fail("expected the prompt in " + file + ", which has " +
                    (text.empty() ? "nothing" : Shown(Json(text), 200)),
                "$.params.params.sessionFile is the transcript", "attemptrun");
}

}  // namespace copilot::conformance
