// SPDX-License-Identifier: MIT
#include "fake-cli/permission.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Verdict JudgeText(const char* decision) { return Judge(Json::parse(decision)); }

constexpr char kFlow[] =
    "native tool permission flow failed: GenericFailure, permission ";

TEST(JudgeTest, ApproveOnceIsApprovedAndForgotten) {
  const Verdict verdict = JudgeText(R"({"kind":"approve-once"})");
  EXPECT_TRUE(verdict.approved);
  EXPECT_FALSE(verdict.remember);
  EXPECT_FALSE(verdict.ends_turn);
}

TEST(JudgeTest, ApprovalsForSessionAndLocationAreRemembered) {
  for (const char* kind : {"approve-for-session", "approve-for-location"}) {
    const Verdict verdict = Judge({{"kind", kind}});
    EXPECT_TRUE(verdict.approved) << kind;
    EXPECT_TRUE(verdict.remember) << kind;
  }
}

TEST(JudgeTest, ARejectionEndsTheTurn) {
  for (const char* decision :
       {R"({"kind":"reject"})", R"({"kind":"reject","feedback":""})"}) {
    const Verdict verdict = JudgeText(decision);
    EXPECT_FALSE(verdict.approved);
    EXPECT_TRUE(verdict.ends_turn);
    EXPECT_EQ(verdict.message, "The user rejected this tool call.");
    EXPECT_EQ(verdict.code, "rejected");
  }
}

TEST(JudgeTest, ARejectionWithFeedbackGoesOn) {
  const Verdict verdict = JudgeText(R"({"kind":"reject","feedback":"f"})");
  EXPECT_FALSE(verdict.approved);
  EXPECT_FALSE(verdict.ends_turn);
  EXPECT_EQ(verdict.message,
            "The user rejected this tool call. User feedback: f");
  EXPECT_EQ(verdict.code, "denied");
}

TEST(JudgeTest, NobodyThereIsADenial) {
  for (const char* decision :
       {R"({"kind":"user-not-available"})",
        R"({"kind":"cancelled","reason":"Session aborted"})"}) {
    const Verdict verdict = JudgeText(decision);
    EXPECT_FALSE(verdict.approved);
    EXPECT_FALSE(verdict.ends_turn);
    EXPECT_EQ(verdict.message,
              "Permission denied and could not request permission from user. "
              "Copilot needed the user's approval and no one could answer.");
    EXPECT_EQ(verdict.code, "denied");
  }
}

TEST(JudgeTest, TheWordOfProtocolTwoFails) {
  const Verdict verdict = JudgeText(R"({"kind":"approved"})");
  EXPECT_FALSE(verdict.approved);
  EXPECT_EQ(verdict.message,
            std::string(kFlow) +
                "orchestrator internal error: unexpected user permission "
                "response: approved");
  EXPECT_EQ(verdict.code, "failure");
}

TEST(JudgeTest, AnyOtherKindIsAnUnknownVariant) {
  for (const std::string kind :
       {"denied-by-rules", "denied-interactively-by-user", "no-result", "x"}) {
    const Verdict verdict = Judge({{"kind", kind}});
    EXPECT_FALSE(verdict.approved);
    EXPECT_FALSE(verdict.ends_turn);
    EXPECT_EQ(
        verdict.message,
        kFlow + ("host returned malformed payload: unknown variant `" + kind +
                 "`, expected one of `approve-once`, `approve-for-session`, "
                 "`approve-for-location`, `reject`, `user-not-available`, "
                 "`approved`"));
    EXPECT_EQ(verdict.code, "failure");
  }
}

TEST(JudgeTest, NullIsAnInvalidType) {
  const Verdict verdict = Judge(nullptr);
  EXPECT_FALSE(verdict.approved);
  EXPECT_EQ(verdict.message,
            std::string(kFlow) +
                "host returned malformed payload: invalid type: null, expected "
                "internally tagged enum UserToolResponseDto");
  EXPECT_EQ(verdict.code, "failure");
}

Json Request(const Json& wanted) {
  return Json::parse(MakePermission(wanted, "call-1", "s").request);
}

TEST(MakePermissionTest, EveryKindHasItsMembers) {
  const std::pair<const char*, std::vector<const char*>> kinds[] = {
      {"shell",
       {"fullCommandText", "shellType", "intention", "commands",
        "commandSegments", "possiblePaths", "canOfferSessionApproval",
        "hasWriteFileRedirection", "possibleUrls"}},
      {"write",
       {"intention", "fileName", "diff", "newFileContents", "fileEdits",
        "canOfferSessionApproval"}},
      {"read", {"intention", "path"}},
      {"url",
       {"intention", "url", "requestSandboxBypass",
        "requestSandboxBypassReason"}},
      {"mcp", {"serverName", "toolName", "toolTitle", "args", "readOnly"}},
      {"memory", {"subject", "fact", "citations"}},
      {"hook", {"toolName", "toolArgs", "hookMessage"}},
  };
  for (const auto& [kind, members] : kinds) {
    const Json request = Request({{"kind", kind}});
    EXPECT_EQ(request["kind"], kind);
    EXPECT_EQ(request["toolCallId"], "call-1");
    for (const char* member : members) {
      EXPECT_TRUE(request.contains(member)) << kind << " " << member;
    }
    EXPECT_EQ(request.size(), members.size() + 2) << kind;
  }
}

TEST(MakePermissionTest, AShellCommandIsAsCoarseAsInTheRealCli) {
  const PermissionAsked asked = MakePermission(
      {{"kind", "shell"}, {"fullCommandText", "ls -l a"}}, "call-1", "s");
  const Json request = Json::parse(asked.request);
  EXPECT_EQ(request["fullCommandText"], "ls -l a");
  EXPECT_EQ(request["commands"][0]["identifier"], "ls -l a");
  EXPECT_EQ(request["commandSegments"][0]["identifier"], "ls");
  const Json prompt = Json::parse(asked.prompt_request);
  EXPECT_EQ(prompt["kind"], "commands");
  EXPECT_EQ(prompt["commandIdentifiers"], Json::array({"ls -l a"}));
  EXPECT_EQ(asked.approval_key, "shell:ls -l a");
}

TEST(MakePermissionTest, OtherKindsRepeatTheRequestForDisplay) {
  const PermissionAsked asked =
      MakePermission({{"kind", "read"}, {"path", "/a"}}, "call-1", "s");
  EXPECT_EQ(asked.prompt_request, asked.request);
  EXPECT_EQ(Json::parse(asked.request)["intention"], "Read file: /a");
  EXPECT_EQ(asked.approval_key, "read:/a");
}

TEST(MakePermissionTest, AnMcpToolIsDisplayedByTheServersNameForIt) {
  const PermissionAsked asked = MakePermission(
      {{"kind", "mcp"}, {"serverName", "files"}, {"toolName", "files-list"}},
      "call-1", "s");
  EXPECT_EQ(Json::parse(asked.request)["toolName"], "files-list");
  const Json prompt = Json::parse(asked.prompt_request);
  EXPECT_EQ(prompt["toolName"], "list");
  EXPECT_FALSE(prompt.contains("readOnly"));
}

TEST(MakePermissionTest, TheScriptsMembersWinAndItsNameForTheAnswerIsNotSent) {
  const Json request = Request({{"kind", "url"},
                                {"url", "https://a.example/"},
                                {"resolvedByHook", true},
                                {"as", "decision"}});
  EXPECT_EQ(request["url"], "https://a.example/");
  EXPECT_EQ(request["resolvedByHook"], true);
  EXPECT_FALSE(request.contains("as"));
}

TEST(MakePermissionTest, AWriteEditsTheNamedFile) {
  const Json request = Request({{"kind", "write"}, {"fileName", "/a.txt"}});
  EXPECT_EQ(request["fileEdits"][0]["after"]["path"], "/a.txt");
}

TEST(MakePermissionTest, AnUnknownKindIsPassedOn) {
  const Json request = Request({{"kind", "novel"}, {"x", 1}});
  EXPECT_EQ(request["kind"], "novel");
  EXPECT_EQ(request["x"], 1);
}

TEST(BuiltInCallTest, EachKindHasItsTool) {
  const std::pair<const char*, const char*> tools[] = {
      {"shell", "bash"},    {"write", "create"},    {"read", "view"},
      {"url", "web_fetch"}, {"mcp", "server-tool"}, {"memory", "store_memory"},
      {"hook", "bash"},
  };
  for (const auto& [kind, tool] : tools) {
    const ToolRequest call = BuiltInCall({{"kind", kind}, {"as", "d"}});
    EXPECT_EQ(call.name, tool) << kind;
    EXPECT_EQ(call.capture, "d");
    EXPECT_EQ(call.permission["kind"], kind);
  }
  EXPECT_EQ(
      Json::parse(BuiltInCall({{"kind", "shell"}, {"fullCommandText", "ls"}})
                      .arguments)["command"],
      "ls");
}

TEST(PermissionRule, CoversWhatBeginsLikeItsArgument) {
  const PermissionRule rule{"shell", "touch"};
  EXPECT_TRUE(rule.Covers({{"kind", "shell"}, {"fullCommandText", "touch a"}}));
  EXPECT_FALSE(rule.Covers({{"kind", "shell"}, {"fullCommandText", "rm a"}}));
  EXPECT_FALSE(rule.Covers({{"kind", "write"}, {"fileName", "touch"}}));
  EXPECT_FALSE(rule.Covers({{"kind", "shell"}}));
}

TEST(PermissionRule, WithoutAnArgumentCoversAllOfItsKind) {
  const PermissionRule rule{"write", ""};
  EXPECT_TRUE(rule.Covers({{"kind", "write"}, {"fileName", "/a"}}));
  EXPECT_FALSE(rule.Covers({{"kind", "read"}, {"path", "/a"}}));
}

}  // namespace
}  // namespace copilot::fake_cli
