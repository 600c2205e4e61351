// SPDX-License-Identifier: MIT
#include "harness/permission_policy.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

const Json kRejected = {{"kind", "reject"},
                        {"feedback",
                         "copilot agent runtime: no permission policy "
                         "installed (fail-closed default)"}};

Json Decide(const std::function<Expected<Json>(const Json&,
                                               const std::string&)>& policy,
            const std::string& kind = "shell") {
  AttemptHost host;
  host.permission_policy = policy;
  return MakePermissionHandler(host)({{"kind", kind}}, "sdk-1");
}

TEST(PermissionPolicyTest, WithoutPolicyEveryKindIsRejected) {
  for (const char* kind : {"shell", "write", "read", "url", "mcp", "memory",
                           "hook", "custom-tool", "teleport"}) {
    EXPECT_EQ(Decide(nullptr, kind), kRejected) << kind;
  }
}

TEST(PermissionPolicyTest, APolicyWithoutOpinionRejects) {
  EXPECT_EQ(Decide([](const Json&, const std::string&) -> Expected<Json> {
              return Json(nullptr);
            }),
            kRejected);
}

TEST(PermissionPolicyTest, APolicyThatThrowsRejectsWithItsText) {
  EXPECT_EQ(Decide([](const Json&, const std::string&) -> Expected<Json> {
              return Fail("boom");
            }),
            Json({{"kind", "reject"},
                  {"feedback", "copilot permission policy threw: boom"}}));
}

TEST(PermissionPolicyTest, ADecisionIsPassedOn) {
  Json seen;
  std::string session;
  const Json decision =
      Decide([&](const Json& request, const std::string& id) -> Expected<Json> {
        seen = request;
        session = id;
        return Json{{"kind", "approve-once"}};
      });
  EXPECT_EQ(decision, Json({{"kind", "approve-once"}}));
  EXPECT_EQ(seen, Json({{"kind", "shell"}}));
  EXPECT_EQ(session, "sdk-1");
}

TEST(PermissionPolicyTest, AnAllowListApprovesItsKindsAndRejectsOthers) {
  const PermissionPolicy policy = AllowKinds({"read", "url"}, "only reading");
  const Json approved = {{"kind", "approve-once"}};
  const Json rejected = {{"kind", "reject"}, {"feedback", "only reading"}};
  EXPECT_EQ(Decide(policy, "read"), approved);
  EXPECT_EQ(Decide(policy, "url"), approved);
  for (const char* kind : {"shell", "write", "", "Read", "read "}) {
    EXPECT_EQ(Decide(policy, kind), rejected) << kind;
  }
  EXPECT_EQ(Decide(AllowKinds({}, "only reading"), "read"), rejected);
}

TEST(PermissionPolicyTest, OfSeveralPoliciesTheFirstDecisionWins) {
  const PermissionPolicy deny = DenyKinds({"shell"}, "no shell");
  const PermissionPolicy allow = AllowKinds({"shell", "read"}, "not listed");
  const auto decide = [&](const char* kind) {
    return Decide(FirstDecision({deny, allow}), kind).dump();
  };
  EXPECT_EQ(decide("shell"), R"({"feedback":"no shell","kind":"reject"})");
  EXPECT_EQ(decide("read"), R"({"kind":"approve-once"})");
  EXPECT_EQ(decide("write"), R"({"feedback":"not listed","kind":"reject"})");
  EXPECT_EQ(Decide(FirstDecision({allow, deny}), "shell"), ApproveOnce());
  EXPECT_EQ(Decide(FirstDecision({deny}), "read"), kRejected);
  EXPECT_EQ(Decide(FirstDecision({}), "read"), kRejected);
}

TEST(PermissionPolicyTest, AThrowEndsTheSearch) {
  bool asked = false;
  const PermissionPolicy quiet = DenyKinds({}, "");
  const PermissionPolicy broken = [](const Json&, const std::string&) {
    return Expected<Json>(Fail("boom"));
  };
  const PermissionPolicy last = [&](const Json&, const std::string&) {
    asked = true;
    return Expected<Json>(ApproveOnce());
  };
  EXPECT_EQ(Decide(FirstDecision({quiet, broken, last}))["feedback"],
            "copilot permission policy threw: boom");
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace copilot::harness
