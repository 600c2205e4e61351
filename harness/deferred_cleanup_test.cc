// SPDX-License-Identifier: MIT
#include "harness/deferred_cleanup.h"

#include <gtest/gtest.h>

#include <vector>

namespace copilot::harness {
namespace {

class DeferredCleanupTest : public testing::Test {
 protected:
  void Start() { cleanup_->Start(executor_, clock_, abort_.signal()); }

  std::vector<CleanupOutcome> outcomes_;
  AbortController abort_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<Executor> executor_ = std::make_shared<InlineExecutor>();
  std::shared_ptr<DeferredCleanup> cleanup_ = std::make_shared<DeferredCleanup>(
      "sdk-1",
      [this](CleanupOutcome outcome) { outcomes_.push_back(outcome); });
};

using Outcomes = std::vector<CleanupOutcome>;

TEST_F(DeferredCleanupTest, CompletesWhenTold) {
  Start();
  EXPECT_TRUE(outcomes_.empty());
  cleanup_->Complete();
  cleanup_->Wait();
  EXPECT_EQ(outcomes_, Outcomes{CleanupOutcome::kCompleted});
}

TEST_F(DeferredCleanupTest, IsDecidedOnce) {
  Start();
  cleanup_->Complete();
  cleanup_->Abort();
  abort_.Abort();
  clock_->Advance(kCompactionTimeout);
  EXPECT_EQ(outcomes_, Outcomes{CleanupOutcome::kCompleted});
}

TEST_F(DeferredCleanupTest, TheCallersAbortEndsIt) {
  Start();
  abort_.Abort();
  EXPECT_EQ(outcomes_, Outcomes{CleanupOutcome::kAborted});
}

TEST_F(DeferredCleanupTest, TheDeadlineEndsItNotEarlier) {
  Start();
  clock_->Advance(kCompactionTimeout - Milliseconds(1));
  EXPECT_TRUE(outcomes_.empty());
  clock_->Advance(Milliseconds(1));
  EXPECT_EQ(outcomes_, Outcomes{CleanupOutcome::kDeadline});
}

TEST_F(DeferredCleanupTest, WhatWasDecidedBeforeTheStartCounts) {
  cleanup_->Complete();
  abort_.Abort();
  EXPECT_TRUE(outcomes_.empty());
  Start();
  EXPECT_EQ(outcomes_, Outcomes{CleanupOutcome::kCompleted});
}

}  // namespace
}  // namespace copilot::harness
