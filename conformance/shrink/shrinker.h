// SPDX-License-Identifier: MIT
//
// Delta debugging of JSON documents: what of one is needed?
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace copilot::conformance {

class Shrinker {
 public:
  using Json = nlohmann::ordered_json;

  struct Questions {
    // Cheap; asked first. What is not valid is never tested.
    std::function<bool(const Json&)> valid;
    // Whether a document still has what matters. Expensive, asked at most
    // `budget` times, and never twice about one document.
    std::function<bool(const Json&)> matters;
  };

  Shrinker(Questions questions, int budget);

  // `document` without whatever it does not need: elements of arrays and
  // members of objects, at any depth. The outermost members in `kept` stay as
  // they are. When the budget lasts, nothing that is left can be left out
  // alone.
  Json Shrink(Json document, const std::set<std::string>& kept);

  int tests() const { return tests_; }
  bool exhausted() const { return exhausted_; }

 private:
  using Path = Json::json_pointer;

  bool Reduce(const Path& path, const std::set<std::string>& kept);
  bool RemoveChildren(const Path& path, const std::set<std::string>& kept);
  bool Try(Json candidate);

  Questions questions_;
  int budget_;
  int tests_ = 0;
  bool exhausted_ = false;
  Json document_;
  std::set<std::string> rejected_;
};

}  // namespace copilot::conformance
