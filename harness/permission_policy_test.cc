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

}  // namespace
}  // namespace copilot::harness
