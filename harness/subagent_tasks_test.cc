// SPDX-License-Identifier: MIT
#include "harness/subagent_tasks.h"

#include <gtest/gtest.h>

#include <vector>

namespace copilot::harness {
namespace {

class SubagentTasksTest : public testing::Test {
 protected:
  SubagentTasks::Report Recorder() {
    return [this](const Json& record) { records_.push_back(record); };
  }
  static Json Started(const std::string& id) {
    return {{"type", "subagent.started"},
            {"agentId", "a-1"},
            {"data",
             {{"toolCallId", id},
              {"agentName", "task"},
              {"agentDisplayName", "Researcher"},
              {"agentDescription", "Look it up"}}}};
  }
  static Json Completed(const std::string& id) {
    return {
        {"type", "subagent.completed"},
        {"data",
         {{"toolCallId", id}, {"totalToolCalls", 3}, {"totalTokens", 110}}}};
  }

  std::vector<Json> records_;
  SubagentTasks tasks_{"scope-1", Recorder()};
};

TEST_F(SubagentTasksTest, ASubAgentRunsAndThenHasSucceeded) {
  tasks_.OnEvent(Started("c1"));
  tasks_.OnEvent(Completed("c1"));
  tasks_.OnEvent(Completed("c1"));
  ASSERT_EQ(records_.size(), 2u);
  EXPECT_EQ(records_[0], Json({{"scope", "scope-1"},
                               {"runId", "copilot-agent:a-1"},
                               {"kind", "copilot-native"},
                               {"sourceId", "c1"},
                               {"label", "Researcher"},
                               {"task", "Look it up"},
                               {"status", "running"},
                               {"notify", "silent"},
                               {"delivery", "not_applicable"}}));
  EXPECT_EQ(records_[1]["status"], "succeeded");
  EXPECT_EQ(records_[1]["runId"], records_[0]["runId"]);
  EXPECT_EQ(records_[1]["summary"],
            "Subagent Researcher completed (3 tool calls, 110 tokens)");
}

TEST_F(SubagentTasksTest, AFailureCarriesItsError) {
  tasks_.OnEvent(Started("c1"));
  tasks_.OnEvent({{"type", "subagent.failed"},
                  {"data", {{"toolCallId", "c1"}, {"error", "no model"}}}});
  EXPECT_EQ(records_.at(1)["status"], "failed");
  EXPECT_EQ(records_.at(1)["error"], "no model");
}

TEST_F(SubagentTasksTest, ASecondStartAndABlankIdAreIgnored) {
  tasks_.OnEvent(Started("c1"));
  tasks_.OnEvent(Started("c1"));
  tasks_.OnEvent(Started(" "));
  EXPECT_EQ(records_.size(), 1u);
  tasks_.OnEvent(Completed("c1"));
  tasks_.OnEvent(Started("c1"));
  EXPECT_EQ(records_.size(), 2u);
}

TEST_F(SubagentTasksTest, WhatStillRunsAtTheEndIsCancelled) {
  tasks_.OnEvent(Started("c1"));
  tasks_.OnEvent(Started("c2"));
  tasks_.OnEvent(Completed("c1"));
  tasks_.Finish();
  tasks_.Finish();
  ASSERT_EQ(records_.size(), 4u);
  EXPECT_EQ(records_[3]["sourceId"], "c2");
  EXPECT_EQ(records_[3]["status"], "cancelled");
}

TEST_F(SubagentTasksTest, WithoutAScopeNothingIsRecorded) {
  SubagentTasks tasks("", Recorder());
  tasks.OnEvent(Started("c1"));
  tasks.Finish();
  EXPECT_TRUE(records_.empty());
}

TEST_F(SubagentTasksTest, WithoutNamesThereIsStillALabel) {
  tasks_.OnEvent(
      {{"type", "subagent.started"}, {"data", {{"toolCallId", "c1"}}}});
  EXPECT_EQ(records_.at(0)["label"], "Subagent");
  EXPECT_EQ(records_.at(0)["task"], "Subagent Subagent");
  EXPECT_EQ(records_.at(0)["runId"], "copilot-agent:c1");
}

}  // namespace
}  // namespace copilot::harness
