// SPDX-License-Identifier: MIT
#include "harness/prompt_guidance.h"

#include <set>

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

using Names = std::set<std::string>;

bool Has(const Names& callable, const char* name) {
  return callable.count(name) != 0;
}

// Keys look like "agent:<id>:main"; a run without one is the only one there is.
bool IsMainSession(const std::string& key) {
  return key.empty() || key == "main" || key.ends_with(":main");
}

std::string Workshop(const Names& callable) {
  if (!Has(callable, "skill_workshop")) return "";
  return "## Skills\n"
         "When a way of working proves itself, propose it with "
         "`skill_workshop` instead of writing skill files by hand.";
}

bool MayDelegate(const AttemptParams& params, const Names& callable) {
  return Has(callable, "sessions_spawn") && params.prompt_mode != "minimal" &&
         IsMainSession(params.session_key) &&
         StringMember(params.given, "delegationMode") != "suggest" &&
         MemberOrNull(params.given, "reportOnlyDelegation") != true;
}

std::string Delegation(const AttemptParams& params, const Names& callable) {
  if (!MayDelegate(params, callable)) return "";
  std::string text =
      "## Delegation\n"
      "Hand work that takes long or stands on its own to `sessions_spawn`, "
      "with all it needs to know.";
  if (Has(callable, "sessions_yield")) {
    text +=
        "\nWhen there is nothing to do but wait, end the turn with "
        "`sessions_yield`.";
  }
  if (Has(callable, "subagents")) {
    text += "\nLook after what you have handed out with `subagents`.";
  }
  return text;
}

std::string Replies(const AttemptParams& params, const Names& callable) {
  if (StringMember(params.given, "deliveryMode") != "message_tool_only") {
    return "";
  }
  if (Has(callable, "message")) {
    return "## Replies\n"
           "Replies are not delivered automatically. What the user is to see, "
           "send with `message`.";
  }
  return "## Replies\n"
         "The reply of this turn stays private; nobody in the conversation "
         "sees it.";
}

std::string Credentials(const Names& callable) {
  if (!Has(callable, "secrets")) return "";
  return "## Credentials\n"
         "Ask for credentials and use them through `secrets` only. Never "
         "repeat one in a reply, a file or a command.";
}

}  // namespace

std::string PromptGuidance(Profile profile, const AttemptParams& params,
                           const std::vector<std::string>& callable) {
  if (profile != Profile::kJournal || params.raw_run()) return "";
  Names names;
  if (!params.disable_tools) {
    for (const std::string& name : callable) names.emplace(Trim(name));
  }
  return JoinNonEmpty({Workshop(names), Delegation(params, names),
                       Replies(params, names), Credentials(names)},
                      "\n\n");
}

const char* ContextHeading(Profile profile, bool minimal) {
  if (minimal) return "## Subagent Context";
  return profile == Profile::kJournal ? "## Conversation Context"
                                      : "## Group Chat Context";
}

}  // namespace copilot::harness
