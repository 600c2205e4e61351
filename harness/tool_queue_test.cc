// SPDX-License-Identifier: MIT
#include "harness/tool_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace copilot::harness {
namespace {

// Calls that wait for their turn on threads of their own.
class ToolQueueTest : public testing::Test {
 protected:
  struct Call {
    std::shared_ptr<ToolQueue::Place> place;
    std::future<void> turn;
    bool Waits() const {
      return turn.wait_for(std::chrono::seconds(0)) !=
             std::future_status::ready;
    }
  };
  Call Take(bool alone) {
    Call call;
    call.place = queue_->Take(alone);
    call.turn = std::async(
        std::launch::async,
        [this, place = call.place.get()] { place->Wait(abort_.signal()); });
    return call;
  }
  void End(Call& call) {
    call.turn.get();
    call.place.reset();
  }

  std::shared_ptr<ToolQueue> queue_ = std::make_shared<ToolQueue>();
  AbortController abort_;
};

TEST_F(ToolQueueTest, CallsThatMayOverlapDo) {
  Call one = Take(false);
  Call other = Take(false);
  other.turn.get();
  one.turn.get();
}

TEST_F(ToolQueueTest, ASequentialCallWaitsForEarlierOnesAndHoldsBackLaterOnes) {
  for (const bool first_alone : {true, false}) {
    for (const bool second_alone : {true, false}) {
      if (!first_alone && !second_alone) continue;
      Call first = Take(first_alone);
      Call second = Take(second_alone);
      first.turn.wait();
      EXPECT_TRUE(second.Waits());
      End(first);
      End(second);
    }
  }
}

TEST_F(ToolQueueTest, EarlierCallsAreOverHoweverTheyEnd) {
  Call failed = Take(false);
  Call alone = Take(true);
  Call later = Take(false);
  failed.turn.get();
  failed.place.reset();  // its tool threw
  alone.turn.wait();
  EXPECT_TRUE(later.Waits());
  End(alone);
  End(later);
}

TEST_F(ToolQueueTest, AnAbortEndsTheWaitAndHoldsUpNobody) {
  Call running = Take(true);
  running.turn.wait();
  Call queued = Take(true);
  abort_.Abort();
  queued.turn.get();
  queued.place.reset();
  running.place.reset();
  const auto next = queue_->Take(true);
  next->Wait(AbortSignal());
}

}  // namespace
}  // namespace copilot::harness
