// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "conformance/protocol/asserted.h"
#include "conformance/protocol/coverage.h"
#include "conformance/schemas/small_release.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(ProtocolUseTest, NamesWhatIsSaidAndItsMembers) {
  ProtocolUse use;
  use.See(true, {{"id", 1}, {"method", "ping"}, {"params", {{"message", 1}}}},
          "");
  use.See(false, {{"id", 1}, {"result", {{"a b", 1}}}}, "ping");
  use.See(false, {{"id", 1}, {"error", {{"code", 1}}}}, "other");
  use.See(
      false,
      {{"method", "session.event"},
       {"params", {{"event", {{"type", "said"}, {"data", {{"text", ""}}}}}}}},
      "");
  use.See(false, {{"id", 1}, {"method", "user.ask"}, {"params", {{"q", 1}}}},
          "");
  use.See(true, {{"id", 1}, {"result", {{"answer", 1}}}}, "user.ask");
  use.See(true, {{"method", 7}}, "");
  use.SeeAdapter({{"id", 1}, {"method", "attempt.run"}});
  use.SeeAdapter({{"id", 1}, {"result", {{"capabilities", {"abort", 7}}}}});
  const std::string file = testing::TempDir() + "use.json";
  ASSERT_TRUE(use.Write(file));
  EXPECT_THAT(LoadProtocolUse(file).value(),
              UnorderedElementsAre("method ping", "params ping",
                                   "params ping $.message", "result ping",
                                   "result ping $[\"a b\"]", "event said",
                                   "event said $.data.text", "request user.ask",
                                   "request user.ask $.q", "answer user.ask",
                                   "answer user.ask $.answer",
                                   "adapter attempt.run", "capability abort"));
}

TEST(ProtocolUseTest, AFileThatIsNoneIsNamed) {
  const std::string file = testing::TempDir() + "use.json";
  std::ofstream(file) << R"({"seen": [7]})";
  EXPECT_THAT(LoadProtocolUse(file).error(),
              HasSubstr(file + ": expected {\"seen\": [names]}"));
  EXPECT_THAT(LoadProtocolUse("/no/such/file").error(),
              HasSubstr("/no/such/file"));
  EXPECT_THAT(ProtocolUse().Write("/no/such/directory/use").error(),
              HasSubstr("/no/such/directory/use cannot be written"));
}

ProtocolNames Asserted(const std::string& target, const Json& when,
                       const Json& then) {
  Scenario scenario;
  scenario.target = target;
  scenario.when = when.get<std::vector<Json>>();
  scenario.then = then.get<std::vector<Json>>();
  return AssertedNames({scenario});
}

TEST(AssertedNamesTest, ChecksOfAHarness) {
  EXPECT_THAT(
      Asserted(
          "harness", {{{"compact", Json::object()}, {"as", "c"}}},
          {{{"error", "c"}},
           {{"received", "session.send"},
            {"match", {{"$allOf", {{{"prompt", "hi"}}, {{"mode", "x"}}}}}}},
           {{"sent", "session.event"},
            {"match",
             {{"event", {{"type", "said"}, {"data", {{"text", 1}}}}}}}},
           {{"sent", "user.ask"}, {"match", {{"question", 1}}}},
           {{"order", {"ping"}}},
           {{"notified", "hook.fired"}}}),
      UnorderedElementsAre(
          "method session.send", "params session.send $.prompt",
          "params session.send $.mode", "event said", "event said $.data.text",
          "request user.ask", "request user.ask $.question", "method ping",
          "adapter hook.fired", "adapter session.compact"));
}

TEST(AssertedNamesTest, ChecksOfACli) {
  EXPECT_THAT(
      Asserted("cli",
               {{{"call", "session.create"}, {"as", "s"}},
                {{"call", "session.send"}},
                {{"call", "session.read"}, {"as", "r"}},
                {{"turn", Json::object()}, {"as", "t"}}},
               {{{"result", "s"},
                 {"match",
                  {{"mode", {{"$capture", "m"}, {"match", {{"$not", 1}}}}}}}},
                {{"error", "session.send"}},
                {{"result", "r"},
                 {"match", {{"events", {{"$contains", {{"type", "first"}}}}}}}},
                {{"events", {{{"type", "said"}, {"data", {{"text", 1}}}}}},
                 {"of", "t"}},
                {{"equal", {{{"$ref", "s.sessionId.x"}}, 7}}},
                {{"notified", "user.ask"}}}),
      UnorderedElementsAre(
          "method session.create", "result session.create",
          "result session.create $.mode", "result session.create $.sessionId",
          "method session.send", "method session.read", "result session.read",
          "result session.read $.events", "event first", "event said",
          "event said $.data.text", "request user.ask"));
}

TEST(MeasureProtocolTest, CountsWhatTheSchemasName) {
  const SmallRelease release;
  const PublishedSchemas schemas = release.Load();
  const ProtocolCoverage coverage = MeasureProtocol(
      &schemas,
      {"method ping", "method old", "result ping $.message", "event said",
       "event said $.data.text", "adapter attempt.run"},
      {"method ping", "event done", "capability abort"});
  std::map<std::string, const ProtocolCoverage::Kind*> kinds;
  for (const auto& kind : coverage.kinds) kinds.emplace(kind.name, &kind);
  EXPECT_THAT(
      kinds.at("methods")->all,
      UnorderedElementsAre("method ping", "method log.open",
                           "method session.read", "method session.send"));
  EXPECT_THAT(kinds.at("methods")->unseen, Not(Contains("method ping")));
  EXPECT_THAT(kinds.at("methods")->unasserted.size(), 3u);
  EXPECT_THAT(kinds.at("  results")->all,
              IsSupersetOf({"result ping $.message", "result ping $.kind"}));
  EXPECT_THAT(kinds.at("  results")->unseen, Contains("result ping $.kind"));
  EXPECT_THAT(kinds.at("events")->all,
              UnorderedElementsAre("event said", "event done"));
  EXPECT_THAT(kinds.at("  data")->all, Contains("event said $.data.text"));
  EXPECT_THAT(kinds.at("  data")->all, Not(Contains("event said $.type")));
  EXPECT_THAT(kinds.at("requests")->all,
              UnorderedElementsAre("request user.ask", "request user.never"));
  EXPECT_THAT(kinds.at("adapter")->all,
              IsSupersetOf({"adapter initialize", "adapter tool.execute"}));
  EXPECT_THAT(kinds.at("capabilities")->unasserted,
              Not(Contains("capability abort")));
  EXPECT_THAT(coverage.unnamed, UnorderedElementsAre("method old"));

  const std::string text = ProtocolCoverageText(coverage, false);
  EXPECT_THAT(text, HasSubstr("never seen     method session.send\n"));
  EXPECT_THAT(text, HasSubstr("never asserted event said\n"));
  EXPECT_THAT(text, HasSubstr("in no schema   method old\n"));
  EXPECT_THAT(text, HasSubstr("methods             4      1    25.0"));
  EXPECT_THAT(text, Not(HasSubstr("result ping $.kind")));
  EXPECT_THAT(ProtocolCoverageText(coverage, true),
              HasSubstr("never seen     result ping $.kind\n"));
}

TEST(MeasureProtocolTest, TheAdapterProtocolNeedsNoSchemas) {
  const ProtocolCoverage coverage = MeasureProtocol(nullptr, {}, {});
  ASSERT_EQ(coverage.kinds.size(), 2u);
  EXPECT_EQ(coverage.kinds[0].name, "adapter");
  EXPECT_EQ(coverage.kinds[1].name, "capabilities");
}

}  // namespace
}  // namespace copilot::conformance
