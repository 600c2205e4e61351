// SPDX-License-Identifier: MIT
//
// Recordings name places of their machine by placeholders: "<CWD>", "<HOME>".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace copilot::conformance {

class Places {
 public:
  // Longer places are to come before those that they lie in.
  void Add(std::string placeholder, std::string place) {
    places_.emplace_back(std::move(placeholder), std::move(place));
  }

  // With places for placeholders, in all texts.
  std::string ToHere(std::string text) const;
  nlohmann::json ToHere(const nlohmann::json& message) const;

  // With placeholders for places.
  std::string ToRecording(std::string text) const;
  nlohmann::json ToRecording(const nlohmann::json& message) const;

 private:
  std::vector<std::pair<std::string, std::string>> places_;
};

}  // namespace copilot::conformance
