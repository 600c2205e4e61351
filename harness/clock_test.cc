// SPDX-License-Identifier: MIT
#include "harness/clock.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "harness/loop.h"

namespace copilot::harness {
namespace {

TEST(VirtualClockTest, TimersRunInOrderOfTimeThenOfMaking) {
  VirtualClock clock;
  std::string order;
  clock.After(Milliseconds(20), [&] { order += "c"; });
  clock.After(Milliseconds(10), [&] { order += "a"; });
  clock.After(Milliseconds(10), [&] { order += "b"; });
  clock.Advance(Milliseconds(9));
  EXPECT_EQ(order, "");
  clock.Advance(Milliseconds(11));
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(clock.Now(), 20);
}

TEST(VirtualClockTest, ATimerMadeByATimerRunsInTheSameAdvance) {
  VirtualClock clock;
  int64_t at = 0;
  clock.After(Milliseconds(10),
              [&] { clock.After(Milliseconds(5), [&] { at = clock.Now(); }); });
  clock.Advance(Milliseconds(100));
  EXPECT_EQ(at, 15);
}

TEST(VirtualClockTest, ACancelledTimerDoesNotRun) {
  VirtualClock clock;
  bool ran = false;
  const auto id = clock.After(Milliseconds(10), [&] { ran = true; });
  clock.Cancel(id);
  clock.Cancel(12345);
  clock.Advance(Milliseconds(10));
  EXPECT_FALSE(ran);
}

TEST(RealClockTest, ATimerRunsOnTheLoop) {
  Loop loop;
  const auto clock = MakeRealClock(&loop);
  std::promise<bool> on_loop;
  clock->After(Milliseconds(0), [&] { on_loop.set_value(loop.IsCurrent()); });
  EXPECT_TRUE(on_loop.get_future().get());
}

TEST(RealClockTest, ACancelledTimerDoesNotRun) {
  Loop loop;
  const auto clock = MakeRealClock(&loop);
  bool ran = false;
  const auto id = clock->After(Milliseconds(100000), [&] { ran = true; });
  clock->Cancel(id);
  loop.Run([] {});
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace copilot::harness
