// SPDX-License-Identifier: MIT
#include "harness/tool_bridge.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "harness/tool_call.h"
#include "harness/tool_filter.h"

namespace copilot::harness {
namespace {

using List = std::vector<std::string>;

Json Text(const std::string& text) {
  return {{"content", {{{"type", "text"}, {"text", text}}}}};
}

HostTool Tool(const std::string& name) {
  HostTool tool;
  tool.name = name;
  tool.description = "does " + name;
  tool.parameters = {{"type", "object"}};
  tool.execute = [](const std::string&, const Json&, const AbortSignal&) {
    return Expected<Json>(Text("ok"));
  };
  return tool;
}

class ToolBridgeTest : public testing::Test {
 protected:
  ToolBridgeTest() { params_.provider = "github-copilot"; }

  Expected<ToolSurface> Surface() {
    return BridgeTools(params_, host_, abort_.signal(), context_, rules_);
  }
  Expected<std::vector<SdkTool>> Bridge() {
    const auto surface = Surface();
    if (!surface) return Fail(surface.error());
    return surface->tools;
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const auto tools = Bridge();
    EXPECT_TRUE(tools.has_value());
    if (tools) {
      for (const SdkTool& tool : *tools) names.push_back(tool.name);
    }
    return names;
  }
  void Add(const std::vector<std::string>& names) {
    for (const std::string& name : names) host_.tools.push_back(Tool(name));
  }
  std::string FailureText() {
    const auto tools = Bridge();
    return tools ? "" : tools.error().message;
  }
  // Calls the first tool.
  Json Call(const Json& arguments = Json::object()) {
    ToolInvocation call;
    call.tool_call_id = "call-1";
    call.tool_name = host_.tools.at(0).name;
    call.arguments = arguments;
    const auto tools = Bridge();
    return tools ? tools->at(0).handler(call) : Json(nullptr);
  }

  AttemptParams params_;
  AttemptHost host_;
  ToolContext context_;
  ToolRules rules_;  // default: those of the docs profile
  AbortController abort_;
};

TEST_F(ToolBridgeTest, WithoutAllowlistAllToolsAreThereInOrder) {
  Add({"read", "exec"});
  EXPECT_EQ(Names(), (List{"read", "exec"}));
  params_.tools_allow = {{"*"}};
  EXPECT_EQ(Names().size(), 2u);
}

TEST_F(ToolBridgeTest, RunsWithoutToolsBuildNone) {
  Add({"read", "read"});  // would be a duplicate
  params_.disable_tools = true;
  EXPECT_TRUE(Names().empty());
  params_.disable_tools = false;
  params_.model_run = true;
  EXPECT_TRUE(Names().empty());
  params_.model_run = false;
  params_.prompt_mode = "none";
  EXPECT_TRUE(Names().empty());
}

TEST_F(ToolBridgeTest, AnAllowlistKeepsWhatItNames) {
  Add({"read", "exec", "apply_patch", "web_fetch", "web_search", "write"});
  using Strings = std::vector<std::string>;
  const std::vector<std::pair<Strings, Strings>> cases = {
      {{"read"}, {"read"}},
      {{}, {}},
      {{"bash"}, {"exec"}},
      {{"apply-patch"}, {"apply_patch"}},
      {{" BASH ", "Apply-Patch", "READ"}, {"read", "exec", "apply_patch"}},
      {{"web_*"}, {"web_fetch", "web_search"}},
      {{"exec*"}, {"exec"}},
      {{"*e*c*h"}, {"web_fetch", "web_search"}},
      {{"group:fs"}, {"read", "apply_patch", "write"}},
      {{"write"}, {"write"}},
      {{"nothing"}, {}}};
  for (const auto& [allow, kept] : cases) {
    params_.tools_allow = allow;
    EXPECT_EQ(Names(), kept) << testing::PrintToString(allow);
  }
}

TEST_F(ToolBridgeTest, AnEvilGlobIsDecidedQuickly) {
  EXPECT_FALSE(IsAllowed({std::string(50, '*') + "a*a*a*a*a*a*a*a*b"},
                         std::string(5000, 'a')));
}

TEST_F(ToolBridgeTest, AForcedMessageToolPassesEveryAllowlist) {
  Add({"message", "read"});
  params_.tools_allow.emplace();
  params_.force_message_tool = true;
  EXPECT_EQ(Names(), (List{"message"}));
  params_.tools_allow = {{"read"}};
  EXPECT_EQ(Names(), (List{"message", "read"}));
  params_.disable_message_tool = true;
  EXPECT_EQ(Names(), (List{"read"}));
}

TEST_F(ToolBridgeTest, DuplicatesAreNamedOnceAndSorted) {
  Add({"beta", "alpha", "beta", "alpha", "beta", "gamma"});
  EXPECT_EQ(FailureText(),
            "[copilot-tool-bridge] duplicate tool names: alpha, beta");
  params_.tools_allow = {{"gamma"}};
  EXPECT_EQ(Names(), (List{"gamma"}));
}

TEST_F(ToolBridgeTest, ToolsWithoutNameOrExecuteAreRefused) {
  Add({"  "});
  EXPECT_EQ(FailureText(),
            "[copilot-tool-bridge] tool name must be a non-empty string");
  host_.tools = {Tool("read")};
  host_.tools[0].execute = nullptr;
  EXPECT_EQ(FailureText(),
            "[copilot-tool-bridge] tool 'read' must define an execute "
            "function");
}

TEST_F(ToolBridgeTest, ABridgedToolOverridesAndSkips) {
  Add({"read"});
  const SdkTool tool = Bridge()->at(0);
  EXPECT_EQ(tool.description, "does read");
  EXPECT_EQ(tool.parameters, Json({{"type", "object"}}));
  EXPECT_TRUE(tool.overrides_built_in_tool);
  EXPECT_TRUE(tool.skip_permission);
}

TEST_F(ToolBridgeTest, ASuccessIsConverted) {
  Add({"read"});
  EXPECT_EQ(Call(),
            Json({{"resultType", "success"}, {"textResultForLlm", "ok"}}));
}

TEST_F(ToolBridgeTest, TextBlocksAreJoinedAndImagesListed) {
  EXPECT_EQ(
      ConvertToolResult(
          {{"content",
            {{{"type", "text"}, {"text", "one"}},
             {{"type", "image"}, {"data", "aGk="}, {"mimeType", "i/p"}},
             {{"type", "text"}, {"text", "two"}}}}}),
      Json({{"resultType", "success"},
            {"textResultForLlm", "one\ntwo"},
            {"binaryResultsForLlm",
             {{{"data", "aGk="}, {"mimeType", "i/p"}, {"type", "image"}}}}}));
  EXPECT_EQ(ConvertToolResult(Json::object())["textResultForLlm"], "");
}

TEST_F(ToolBridgeTest, AResultThatSaysSoIsAFailure) {
  for (const Json& details : {Json{{"status", "error"}}, Json{{"ok", false}}}) {
    Json result = Text("nothing found");
    result["details"] = details;
    EXPECT_EQ(ConvertToolResult(result)["resultType"], "failure");
  }
}

TEST_F(ToolBridgeTest, AToolThatThrowsIsAFailureWithItsName) {
  Add({"lookup"});
  host_.tools[0].execute = [](const std::string&, const Json&,
                              const AbortSignal&) -> Expected<Json> {
    return Fail("no network");
  };
  EXPECT_EQ(Call(),
            Json({{"resultType", "failure"},
                  {"error", "no network"},
                  {"textResultForLlm",
                   "[copilot-tool-bridge] tool 'lookup' failed: no network"}}));
}

TEST_F(ToolBridgeTest, AnAbortedCallIsNotExecuted) {
  Add({"lookup"});
  bool executed = false;
  host_.tools[0].execute = [&](const std::string&, const Json&,
                               const AbortSignal&) {
    executed = true;
    return Expected<Json>(Text("x"));
  };
  abort_.Abort();
  const Json result = Call();
  EXPECT_EQ(result["textResultForLlm"],
            "[copilot-tool-bridge] aborted before execution");
  EXPECT_FALSE(executed);
}

TEST_F(ToolBridgeTest, AToolHearsOfTheAttemptsAbort) {
  Add({"lookup"});
  host_.tools[0].execute = [&](const std::string&, const Json&,
                               const AbortSignal& signal) -> Expected<Json> {
    abort_.Abort("enough");
    return signal.aborted() ? Expected<Json>(Fail(signal.reason()))
                            : Expected<Json>(Text("x"));
  };
  EXPECT_EQ(Call()["error"], "enough");
}

TEST_F(ToolBridgeTest, WhatRunsBeforeSeesTheCallAndMayRefuseIt) {
  Add({"lookup"});
  ToolCall seen;
  host_.before_execute = [&](const ToolCall& call) -> Status {
    seen = call;
    return Fail("not now");
  };
  EXPECT_EQ(Call({{"q", 1}})["textResultForLlm"],
            "[copilot-tool-bridge] beforeExecute failed for tool 'lookup': not "
            "now");
  EXPECT_EQ(seen.tool_call_id, "call-1");
  EXPECT_EQ(seen.arguments, Json({{"q", 1}}));
}

TEST_F(ToolBridgeTest, ArgumentsArePreparedBeforeTheyAreUsed) {
  Add({"lookup"});
  Json used;
  std::string id;
  host_.tools[0].prepare_arguments = [](const Json&) {
    return Expected<Json>(Json{{"q", "prepared"}});
  };
  host_.tools[0].execute = [&](const std::string& call_id,
                               const Json& arguments, const AbortSignal&) {
    id = call_id;
    used = arguments;
    return Expected<Json>(Text("x"));
  };
  Call({{"q", "raw"}});
  EXPECT_EQ(used, Json({{"q", "prepared"}}));
  EXPECT_EQ(id, "call-1");
  host_.tools[0].prepare_arguments = [](const Json&) -> Expected<Json> {
    return Fail("no q");
  };
  EXPECT_EQ(Call()["textResultForLlm"],
            "[copilot-tool-bridge] prepareArguments failed for tool 'lookup': "
            "no q");
}

TEST_F(ToolBridgeTest, TheObserverSeesSuccessAndFailure) {
  Add({"lookup"});
  std::vector<ToolReport> reports;
  std::string warned;
  host_.log = [&](const std::string&, const std::string& text) {
    warned = text;
  };
  host_.on_tool_result = [&](const ToolReport& report) -> Status {
    reports.push_back(report);
    return Fail("observer broke");
  };
  EXPECT_EQ(Call()["resultType"], "success");
  host_.tools[0].execute = [](const std::string&, const Json&,
                              const AbortSignal&) -> Expected<Json> {
    return Fail("boom");
  };
  Call();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_FALSE(reports[0].is_error);
  EXPECT_TRUE(reports[1].is_error);
  EXPECT_EQ(reports[1].result["details"],
            Json({{"status", "failed"}, {"error", "boom"}}));
  EXPECT_NE(warned.find("observer broke"), std::string::npos);
}

TEST_F(ToolBridgeTest, AfterToolCallGetsPreparedArgumentsAndOutcome) {
  Add({"lookup"});
  Json payload;
  host_.hooks = {"after_tool_call"};
  host_.run_hook = [&](const std::string&, const Json& seen) {
    payload = seen;
    return Expected<Json>(Json::object());
  };
  Call({{"q", 1}});
  EXPECT_EQ(payload["toolName"], "lookup");
  EXPECT_EQ(payload["toolCallId"], "call-1");
  EXPECT_EQ(payload["params"], Json({{"q", 1}}));
  EXPECT_EQ(payload["result"], Text("ok"));
  Call("text");
  EXPECT_EQ(payload["params"], Json({{"value", "text"}}));
}

TEST_F(ToolBridgeTest, SequentialCallsOfAToolNeverOverlap) {
  Add({"lookup"});
  host_.tools[0].sequential = true;
  std::atomic<int> running = 0;
  std::atomic<bool> overlapped = false;
  host_.tools[0].execute = [&](const std::string&, const Json&,
                               const AbortSignal&) {
    if (++running > 1) overlapped = true;
    std::this_thread::yield();
    --running;
    return Expected<Json>(Text("x"));
  };
  const SdkTool tool = Bridge()->at(0);
  std::vector<std::future<void>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] { tool.handler({}); }));
  }
  for (auto& call : calls) call.get();
  EXPECT_FALSE(overlapped);
}

TEST_F(ToolBridgeTest, OtherCallsOverlap) {
  Add({"lookup"});
  std::promise<void> second_began;
  std::atomic<int> calls = 0;
  host_.tools[0].execute = [&](const std::string&, const Json&,
                               const AbortSignal&) {
    if (++calls == 1) {
      second_began.get_future().wait();
    } else {
      second_began.set_value();
    }
    return Expected<Json>(Text("x"));
  };
  const SdkTool tool = Bridge()->at(0);
  auto first = std::async(std::launch::async, [&] { tool.handler({}); });
  auto second = std::async(std::launch::async, [&] { tool.handler({}); });
  first.get();
  second.get();
}

TEST_F(ToolBridgeTest, AProviderThatNobodyServesHasNoTools) {
  bool asked = false;
  host_.make_tools = [&](const ToolContext&) {
    asked = true;
    return Expected<std::vector<HostTool>>();
  };
  params_.provider = "nobody";
  EXPECT_TRUE(Names().empty());
  EXPECT_FALSE(asked);
}

TEST_F(ToolBridgeTest, TheFactoryGetsTheContextAndItsToolsAreUsed) {
  context_.fields = {{"agentId", "main"}};
  Add({"other"});
  host_.make_tools = [&](const ToolContext& context) {
    EXPECT_EQ(context.fields, context_.fields);
    return Expected<std::vector<HostTool>>({Tool("made")});
  };
  EXPECT_EQ(Names(), (List{"made"}));
}

TEST_F(ToolBridgeTest, AFactoryThatFailsIsTheCause) {
  host_.make_tools = [](const ToolContext&) -> Expected<std::vector<HostTool>> {
    return Fail("no tools today");
  };
  EXPECT_EQ(FailureText(), "no tools today");
}

TEST_F(ToolBridgeTest, ADuplicateThatTheAllowlistRemovesDoesNotMatter) {
  Add({"read", "exec", "exec"});
  params_.tools_allow = {{"read"}};
  EXPECT_EQ(Names(), (List{"read"}));
  params_.tools_allow = {{"exec"}};
  EXPECT_EQ(FailureText(), "[copilot-tool-bridge] duplicate tool names: exec");
}

TEST_F(ToolBridgeTest, WhatThePolicyOfTheConversationDeniesIsNotThere) {
  Add({"read", "write"});
  params_ = AttemptParams::FromJson(
      {{"provider", "github-copilot"}, {"toolPolicy", {{"deny", {"write"}}}}});
  EXPECT_EQ(Names(), (List{"read"}));
}

TEST_F(ToolBridgeTest, WhatTheSandboxDeniesIsNotThere) {
  Add({"read", "write"});
  context_.fields = {{"sandbox", {{"tools", {{"deny", {"write"}}}}}}};
  EXPECT_EQ(Names(), (List{"read"}));
}

TEST_F(ToolBridgeTest, ADirectOutputToolPassesEveryAllowlist) {
  Add({"read", "structured_output"});
  host_.tools[1].direct_only = true;
  params_.tools_allow.emplace();
  EXPECT_EQ(Names(), (List{"structured_output"}));
  EXPECT_TRUE(Bridge()->at(0).never_defer);
}

// With controls of the host in front of a catalogue.
class CompactToolsTest : public ToolBridgeTest {
 protected:
  CompactToolsTest() {
    Add({"read", "write"});
    host_.make_controls =
        [this](ToolMode mode, const std::shared_ptr<ToolCatalogue>& catalogue) {
          catalogue_ = catalogue;
          return Expected<std::vector<HostTool>>(
              mode == ToolMode::kCode
                  ? std::vector{Tool("exec"), Tool("wait")}
                  : std::vector{Tool("tool_search"), Tool("tool_call")});
        };
  }
  List Hidden() {
    List names;
    for (const HostTool& tool : catalogue_->tools()) names.push_back(tool.name);
    return names;
  }

  std::shared_ptr<ToolCatalogue> catalogue_;
};

TEST_F(CompactToolsTest, ASearchShowsControlsAndDirectTools) {
  params_.tool_mode = ToolMode::kSearch;
  host_.tools.push_back(Tool("flush"));
  host_.tools.back().direct_only = true;
  EXPECT_EQ(Names(), (List{"tool_search", "tool_call", "flush"}));
  EXPECT_EQ(Hidden(), (List{"read", "write"}));
  EXPECT_EQ(Surface()->CallableNames(),
            (List{"tool_search", "tool_call", "flush", "read", "write"}));
  EXPECT_EQ(*catalogue_->Call("c1", "read", {}), Text("ok"));
}

TEST_F(CompactToolsTest, CodeModeShowsExecAndWait) {
  params_.tool_mode = ToolMode::kCode;
  EXPECT_EQ(Names(), (List{"exec", "wait"}));
  EXPECT_EQ(Hidden(), (List{"read", "write"}));
}

TEST_F(CompactToolsTest, AnAllowlistFiltersTheCatalogueAndKeepsTheControls) {
  params_.tools_allow = {{"read"}};
  params_.tool_mode = ToolMode::kSearch;
  EXPECT_EQ(Names(), (List{"tool_search", "tool_call"}));
  EXPECT_EQ(Hidden(), (List{"read"}));
  params_.tool_mode = ToolMode::kCode;
  EXPECT_EQ(Names(), (List{"exec", "wait"}));
  EXPECT_EQ(Hidden(), (List{"read"}));
}

TEST_F(CompactToolsTest, ALaterAllowlistNarrowsTheCatalogueOnly) {
  params_.tool_mode = ToolMode::kCode;
  auto surface = Surface();
  surface->Narrow({"write"});
  EXPECT_EQ(surface->CallableNames(), (List{"exec", "wait", "write"}));
}

TEST_F(CompactToolsTest, CodeModeThatIsOffGivesTheDirectTools) {
  const Json asked = {{"provider", "github-copilot"}, {"codeMode", true}};
  EXPECT_EQ(AttemptParams::FromJson(asked).tool_mode, ToolMode::kCode);
  for (const Json& off : {Json{{"codeMode", false}},
                          Json{{"model",
                                {{"provider", "github-copilot"},
                                 {"id", "m"},
                                 {"compat", {{"codeMode", false}}}}}}}) {
    Json params = asked;
    params.update(off);
    params_ = AttemptParams::FromJson(params);
    EXPECT_EQ(Names(), (List{"read", "write"})) << params;
  }
}

TEST_F(CompactToolsTest, WithoutControlsOfTheHostThereIsNoSurface) {
  params_.tool_mode = ToolMode::kCode;
  host_.make_controls = nullptr;
  EXPECT_EQ(FailureText(),
            "Copilot tool construction requires a current host capability");
}

TEST_F(CompactToolsTest, AFailureInTheCatalogueIsReportedUnderItsOwnName) {
  params_.tool_mode = ToolMode::kCode;
  host_.tools[0].execute = [](const std::string&, const Json&,
                              const AbortSignal&) -> Expected<Json> {
    return Fail("disk gone");
  };
  std::vector<ToolReport> reports;
  host_.on_tool_result = [&](const ToolReport& report) -> Status {
    reports.push_back(report);
    return {};
  };
  std::string call_id;
  host_.before_execute = [&](const ToolCall& call) -> Status {
    call_id = call.tool_call_id;
    return {};
  };
  Names();
  const auto result = catalogue_->Call("c7", "read", {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message,
            "[copilot-tool-bridge] tool 'read' failed: disk gone");
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].tool_name, "read");
  EXPECT_EQ(call_id, "c7");
  EXPECT_FALSE(catalogue_->Call("c8", "nothing", {}).has_value());
}

TEST_F(CompactToolsTest, AClosedCatalogueAbortsWhatRunsAndKeepsItsResult) {
  params_.tool_mode = ToolMode::kCode;
  std::promise<void> began;
  std::atomic<int> aborts = 0;
  host_.tools[0].execute = [&](const std::string&, const Json&,
                               const AbortSignal& signal) {
    std::promise<void> aborted;
    const auto on_abort = signal.OnAbort([&] {
      ++aborts;
      aborted.set_value();
    });
    began.set_value();
    aborted.get_future().wait();
    return Expected<Json>(Text("leak"));
  };
  Names();
  auto call = std::async(std::launch::async,
                         [&] { return catalogue_->Call("c1", "read", {}); });
  began.get_future().wait();
  catalogue_->Close();
  catalogue_->Close();
  const auto result = call.get();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "aborted");
  EXPECT_EQ(aborts, 1);
  EXPECT_EQ(catalogue_->Call("c2", "write", {}).error().code, "aborted");
}

// In the journal profile.
class JournalToolsTest : public CompactToolsTest {
 protected:
  JournalToolsTest() {
    rules_ = ToolRulesOf(Profile::kJournal, {wire::Secret("open sesame")});
    host_.capabilities = capabilities_;
    capabilities_->observe_tool_terminal = [this](const ToolTerminal& seen) {
      seen_.push_back(seen);
      return observed_;
    };
    host_.tools[0].execute = [this](const std::string&, const Json&,
                                    const AbortSignal&) {
      ++executed_;
      return gives_;
    };
  }

  std::shared_ptr<HostCapabilities> capabilities_ =
      std::make_shared<HostCapabilities>();
  std::vector<ToolTerminal> seen_;
  Status observed_;
  Expected<Json> gives_ = Text("ok");
  int executed_ = 0;
};

TEST_F(JournalToolsTest, WithoutCapabilitiesNoToolsAreMade) {
  host_.capabilities = nullptr;
  bool asked = false;
  host_.make_tools = [&](const ToolContext&) {
    asked = true;
    return Expected<std::vector<HostTool>>();
  };
  EXPECT_EQ(FailureText(),
            "Copilot attempt tools require host-bound capabilities.");
  EXPECT_FALSE(asked);
  rules_ = {};
  EXPECT_TRUE(Bridge().has_value());
}

TEST_F(JournalToolsTest, ToolsThatOutliveTheirHostAreNotExecuted) {
  const SdkTool kept = Bridge()->at(0);
  params_.tool_mode = ToolMode::kSearch;
  const auto surface = Surface();
  const HostTool source = surface->catalogue->tools().at(0);
  EXPECT_EQ(kept.handler({})["resultType"], "success");
  EXPECT_EQ(executed_, 1);
  capabilities_->binding->Close();
  const auto is_refused = [](const std::string& text) {
    return text.find("no longer active") != std::string::npos;
  };
  EXPECT_TRUE(is_refused(kept.handler({})["error"]));
  const auto given = source.execute("c1", {}, abort_.signal());
  ASSERT_FALSE(given.has_value());
  EXPECT_TRUE(is_refused(given.error().message));
  EXPECT_TRUE(is_refused(surface->tools[0].handler({})["error"]));
  EXPECT_EQ(executed_, 1);
}

TEST_F(JournalToolsTest, CodeModeNeedsToCommitWhatTheProviderSaid) {
  params_.tool_mode = ToolMode::kCode;
  EXPECT_EQ(FailureText(),
            "Copilot Code Mode requires host provider transcript commit "
            "capability; upgrade OpenClaw or disable Code Mode.");
  capabilities_->commit_provider_transcript_prefix = [](const Json&) {
    return Status();
  };
  EXPECT_EQ(Names(), (List{"exec", "wait"}));
}

TEST_F(JournalToolsTest, AFailureAndALaterSuccessAreBothObserved) {
  gives_ = Fail("disk full");
  Call({{"path", "a"}});
  gives_ = Text("written");
  Call({{"path", "a"}});
  ASSERT_EQ(seen_.size(), 2u);
  EXPECT_FALSE(seen_[0].succeeded);
  EXPECT_EQ(seen_[0].failure, "disk full");
  EXPECT_TRUE(seen_[0].result.is_null());
  EXPECT_TRUE(seen_[1].succeeded);
  EXPECT_EQ(seen_[1].failure, "");
  EXPECT_EQ(seen_[1].result, Text("written"));
  for (const ToolTerminal& each : seen_) {
    EXPECT_EQ(each.tool_call_id, "call-1");
    EXPECT_EQ(each.tool_name, "read");
    EXPECT_EQ(each.arguments, Json({{"path", "a"}}));
    EXPECT_TRUE(each.may_have_changed());
  }
}

TEST_F(JournalToolsTest, AResultThatSaysSoIsObservedAsAFailure) {
  (*gives_)["details"] = {{"ok", false}};
  Call();
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_FALSE(seen_[0].succeeded);
  EXPECT_TRUE(seen_[0].execution_started);
}

TEST_F(JournalToolsTest, AFailureBeforeExecutionIsNoChange) {
  host_.before_execute = [](const ToolCall&) -> Status { return Fail("no"); };
  Call();
  host_.before_execute = nullptr;
  host_.tools[0].prepare_arguments = [](const Json&) -> Expected<Json> {
    return Fail("no path");
  };
  Call();
  host_.tools[0].prepare_arguments = nullptr;
  capabilities_->binding->Close();
  Call();
  abort_.Abort();
  Call();
  ASSERT_EQ(seen_.size(), 4u);
  for (const ToolTerminal& each : seen_) {
    EXPECT_FALSE(each.execution_started) << each.failure;
    EXPECT_FALSE(each.may_have_changed()) << each.failure;
    EXPECT_FALSE(each.succeeded);
  }
}

TEST_F(JournalToolsTest, AnObserverThatFailsMakesTheCallFail) {
  observed_ = Fail("ledger gone");
  EXPECT_EQ(Call()["textResultForLlm"],
            "[copilot-tool-bridge] observeToolTerminal failed for tool "
            "'read': ledger gone");
}

TEST_F(JournalToolsTest, ASecretThatIsSplitOverBlocksIsRedacted) {
  gives_ = Json{{"content",
                 {{{"type", "text"}, {"text", "say open se"}},
                  {{"type", "text"}, {"text", "same now"}}}}};
  EXPECT_EQ(Call()["textResultForLlm"], "say [redacted]\n[redacted] now");
  rules_ = {};
  EXPECT_EQ(Call()["textResultForLlm"], "say open se\nsame now");
}

TEST_F(JournalToolsTest, ASecretInAFailureIsRedacted) {
  gives_ = Fail("cannot open sesame");
  const Json answer = Call();
  EXPECT_EQ(answer["error"], "cannot [redacted]");
  EXPECT_EQ(answer["textResultForLlm"],
            "[copilot-tool-bridge] tool 'read' failed: cannot [redacted]");
}

}  // namespace
}  // namespace copilot::harness
