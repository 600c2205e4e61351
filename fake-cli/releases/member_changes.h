// SPDX-License-Identifier: MIT
//
// How a JSON object of today becomes one of an earlier release: members that
// came later go, those that are gone come back.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

namespace copilot::fake_cli {

class MemberChanges {
 public:
  // Raw JSON of the data of the last event of a type; empty without one.
  using LastEvent = std::function<std::string(const std::string& type)>;

  // A path: "a.b" is the member b of a, or of each of a; "a.b?" only when it is
  // empty.
  void Remove(const std::string& path);
  // A member that was there without being given; "<NOW>" is always the moment,
  // in milliseconds.
  void Add(const std::string& name, const nlohmann::json& value);
  // A member that repeated one of an event told before: "type.member".
  void Copy(const std::string& name, const std::string& source);
  // Texts of a member that were others, by those of today.
  void Reword(const std::string& name, const nlohmann::json& words);
  // Every member at this path has this value; null: there is none.
  void Set(const std::string& path, const nlohmann::json& value);

  // `raw` is returned as it is when it is no object.
  std::string Apply(std::string_view raw,
                    const LastEvent& last = nullptr) const;

 private:
  std::set<std::string> removed_;
  nlohmann::json added_ = nlohmann::json::object();
  nlohmann::json copied_ = nlohmann::json::object();
  nlohmann::json reworded_ = nlohmann::json::object();
  nlohmann::json set_ = nlohmann::json::object();
};

}  // namespace copilot::fake_cli
