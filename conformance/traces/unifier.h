// SPDX-License-Identifier: MIT
//
// Tells whether two JSON values are the same but for what differs from run to
// run: ids (the same id must always stand for the same one), moments, and texts
// that a recording left out ("<elided 12 chars>"). Texts that are JSON
// documents are compared as such.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/scenario/matcher.h"

namespace copilot::conformance {

class Unifier {
 public:
  // What differs. Ids that meet for the first time are taken to be the same.
  Mismatches Compare(const nlohmann::json& recorded,
                     const nlohmann::json& came);

  // `recorded` with each known id replaced by the one that came for it.
  std::string Translate(const std::string& recorded) const;
  nlohmann::json Translate(const nlohmann::json& recorded) const;

 private:
  void Compare(const nlohmann::json& recorded, const nlohmann::json* came,
               const std::string& path, Mismatches* differences);
  void CompareMembers(const nlohmann::json& recorded,
                      const nlohmann::json& came, const std::string& path,
                      Mismatches* differences);
  std::string MemberName(const std::string& recorded,
                         const nlohmann::json& came);
  void CompareTexts(const nlohmann::json& recorded, const nlohmann::json& came,
                    const std::string& path, Mismatches* differences);
  // `names`: an id that is met for the first time is learnt.
  bool SameText(const std::string& recorded, const std::string& came,
                bool names);
  bool SameId(const std::string& recorded, const std::string& came, bool names);

  std::map<std::string, std::string> came_for_;
  std::map<std::string, std::string> recorded_for_;
};

}  // namespace copilot::conformance
