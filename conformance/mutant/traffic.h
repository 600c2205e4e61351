// SPDX-License-Identifier: MIT
//
// What passed through the proxies of a scenario with a sound harness, written
// down; and whether a mutation would have changed any of it. A mutation that
// changes nothing in the sound run of a scenario cannot fail it.
#pragma once

#include <string>
#include <vector>

#include "conformance/mutant/mutation.h"

namespace copilot::conformance {

// Appends to a file that the proxies of one scenario share.
class TrafficRecorder {
 public:
  // An empty path records nothing.
  explicit TrafficRecorder(std::string path) : path_(std::move(path)) {}

  void Started(Place place, const Launch& launch) const;
  void Passed(Place place, Way way, const nlohmann::json& message) const;

 private:
  void Append(nlohmann::json record) const;

  std::string path_;
};

// The sound run of one scenario. Not thread-safe.
class Traffic {
 public:
  // A file that is not there is empty.
  static Traffic Read(const std::string& path);

  size_t size() const { return records_.size(); }

  // Whether the mutation does anything to it: to a message, to how something
  // is started, or to the world.
  bool IsTouchedBy(const Mutation& mutation);

 private:
  struct Record {
    int process = 0;
    Place place = Place::kAdapter;
    bool is_start = false;
    Launch launch = {};
    Way way = Way::kDown;
    nlohmann::json message = {};
    // Given to the changes, which change it, and compared.
    nlohmann::json copy = {};
  };

  std::vector<Record> records_;
};

}  // namespace copilot::conformance
