// SPDX-License-Identifier: MIT
#include "conformance/protocol/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Scenario Wanting(const std::vector<std::string>& capabilities,
                 const std::string& target = "harness") {
  Scenario scenario;
  scenario.target = target;
  scenario.requires_capabilities = capabilities;
  return scenario;
}

const std::vector<Scenario>& Some() {
  static const auto* const some = new std::vector<Scenario>{
      Wanting({}), Wanting({"attempt"}), Wanting({"attempt", "tools"}),
      Wanting({"attempt", "abort", "tools"}), Wanting({"attempt"}, "live")};
  return *some;
}

TEST(WorthOf, CountsWhatRunsAndWhatOneMoreWouldAdd) {
  const CapabilityWorth worth = WorthOf({"attempt"}, Some());
  EXPECT_EQ(worth.runs, 2u);
  EXPECT_EQ(worth.total, 4u);
  EXPECT_THAT(worth.would_add, ElementsAre(Pair("tools", 1)));
}

TEST(CapabilityTable, HasMethodsAndCounts) {
  EXPECT_THAT(
      CapabilityTable(Some()),
      HasSubstr("| `attempt` | It runs turns. | `attempt.run` | 3 |\n"));
  EXPECT_THAT(CapabilityTable(Some()),
              HasSubstr("| `question.asked`, `question.answer` | 0 |\n"));
}

}  // namespace
}  // namespace copilot::conformance
