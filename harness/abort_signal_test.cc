// SPDX-License-Identifier: MIT
#include "harness/abort_signal.h"

#include <gtest/gtest.h>

#include <optional>

namespace copilot::harness {
namespace {

TEST(AbortSignalTest, FiresOnceForAllWhoListen) {
  const AbortController controller;
  int fired = 0;
  const auto one = controller.OnAbort([&] { ++fired; });
  const auto other = controller.signal().OnAbort([&] { ++fired; });
  EXPECT_FALSE(controller.aborted());
  controller.Abort("enough");
  controller.Abort("again");
  EXPECT_EQ(fired, 2);
  EXPECT_EQ(controller.signal().reason(), "enough");
}

TEST(AbortSignalTest, AReasonIsNeverEmpty) {
  const AbortController controller;
  controller.Abort();
  EXPECT_EQ(controller.reason(), "aborted");
}

TEST(AbortSignalTest, ALateListenerIsCalledAtOnce) {
  const AbortController controller;
  controller.Abort();
  bool fired = false;
  const auto registration = controller.OnAbort([&] { fired = true; });
  EXPECT_TRUE(fired);
}

TEST(AbortSignalTest, AListenerThatWentIsNotCalled) {
  const AbortController controller;
  bool fired = false;
  std::optional registration = controller.OnAbort([&] { fired = true; });
  registration.reset();
  controller.Abort();
  EXPECT_FALSE(fired);
}

TEST(AbortSignalTest, AListenerMayOutliveTheController) {
  AbortSignal::Registration registration;
  {
    const AbortController controller;
    registration = controller.OnAbort([] {});
  }
  registration = {};
  EXPECT_FALSE(AbortSignal().aborted());
}

}  // namespace
}  // namespace copilot::harness
