// SPDX-License-Identifier: MIT
#include "harness/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

namespace copilot::harness {
namespace {

TEST(ThreadExecutorTest, ABlockedPieceHoldsUpNoOther) {
  ThreadExecutor executor;
  std::promise<void> release;
  executor.Run([&] { release.get_future().wait(); });
  std::promise<void> other;
  executor.Run([&] { other.set_value(); });
  other.get_future().wait();
  release.set_value();
}

TEST(ThreadExecutorTest, WaitIdleWaitsForQueuedAndRunningWork) {
  ThreadExecutor executor;
  std::atomic<int> done = 0;
  for (int i = 0; i < 50; ++i) {
    executor.Run([&] {
      executor.Run([&] { ++done; });
      ++done;
    });
  }
  executor.WaitIdle();
  EXPECT_EQ(done, 100);
}

TEST(ThreadExecutorTest, TheDestructorFinishesWhatIsQueued) {
  std::atomic<int> done = 0;
  {
    ThreadExecutor executor;
    for (int i = 0; i < 20; ++i) executor.Run([&] { ++done; });
  }
  EXPECT_EQ(done, 20);
}

TEST(SerialQueueTest, WorkRunsInOrderAndNeverOverlaps) {
  const auto executor = std::make_shared<ThreadExecutor>();
  SerialQueue queue(executor);
  std::string order;
  for (char c = 'a'; c <= 'z'; ++c) {
    queue.Push([&order, c] { order += c; });
  }
  queue.Wait();
  EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_TRUE(queue.IsIdle());
}

TEST(SerialQueueTest, IsNotIdleWhileWorkRuns) {
  const auto executor = std::make_shared<ThreadExecutor>();
  SerialQueue queue(executor);
  std::promise<void> release;
  queue.Push([&] { release.get_future().wait(); });
  EXPECT_FALSE(queue.IsIdle());
  release.set_value();
  queue.Wait();
}

}  // namespace
}  // namespace copilot::harness
