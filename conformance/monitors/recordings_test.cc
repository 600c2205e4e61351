// SPDX-License-Identifier: MIT
//
// The real CLI breaks no invariant: in none of the recordings, of whatever
// release. One that it does break is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/monitors/watch.h"
#include "conformance/traces/trace.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// The lines that a journal of the same conversation would have.
std::vector<Json> JournalOf(const Trace& trace) {
  std::vector<Json> journal;
  int process = 0;
  for (const TraceLine& line : trace.lines) {
    // A recording numbers processes only when there are several at a time.
    if (line.kind == TraceLine::Kind::kSpawn) ++process;
    Json entry = {{"pid", line.process > 0 ? -line.process : process},
                  {"conn", line.connection}};
    switch (line.kind) {
      case TraceLine::Kind::kExit:
        entry["event"] = "exit";
        break;
      case TraceLine::Kind::kSent:
        entry["event"] = "received";
        break;
      case TraceLine::Kind::kCame:
        entry["event"] = "sent";
        break;
      default:
        continue;
    }
    if (line.message.is_null()) {
      entry["raw"] = line.raw;
    } else {
      entry["message"] = line.message;
    }
    journal.push_back(std::move(entry));
  }
  return journal;
}

class RecordingsTest : public testing::TestWithParam<const char*> {};

TEST_P(RecordingsTest, KeepTheInvariants) {
  size_t frames = 0;
  const std::string directory =
      std::string(SCENARIO_SOURCE_DIRECTORY) + GetParam();
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".jsonl") continue;
    const auto trace = LoadTrace(entry.path());
    ASSERT_TRUE(trace) << trace.error();
    const std::vector<Json> journal = JournalOf(*trace);
    const Watched watched = WatchCli(journal);
    frames += watched.frames;
    for (const Breach& breach : watched.breaches) {
      // What the client says in there is an experiment.
      if (breach.culprit == Party::kClient) continue;
      ADD_FAILURE() << entry.path() << "\n"
                    << TitleOf(breach) << "\n"
                    << DetailOf(breach, journal);
    }
  }
  EXPECT_GT(frames, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Releases, RecordingsTest,
                         testing::Values("/traces", "/traces/releases"));

}  // namespace
}  // namespace copilot::conformance
