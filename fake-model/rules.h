// SPDX-License-Identifier: MIT
//
// What a request to a model breaks of the rules of its API.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace copilot::fake_model {

// "$.messages[3].tool_call_id: no call call_9 waits for a result".
using Violations = std::vector<std::string>;

// Collects violations while one request is read.
class Findings {
 public:
  using Json = nlohmann::json;

  void Add(const std::string& path, const std::string& text);

  // The member, which must be a string that is not empty; "" when it is none.
  std::string String(const Json& object, const char* name,
                     const std::string& path);

  // The member, which must be such a list; an empty one when it is none.
  const Json& List(const Json& object, const char* name,
                   const std::string& path);

  // The member, which must be a list if it is there; an empty one if not.
  const Json& OptionalList(const Json& object, const char* name,
                           const std::string& path);

  // Complains unless `value` is an object.
  bool IsObject(const Json& value, const std::string& path);

  // Complains unless the text is one of these.
  void OneOf(const std::string& text, std::initializer_list<const char*> known,
             const std::string& path);

  Violations Take() { return std::move(violations_); }

 private:
  Violations violations_;
};

// The tool calls of a conversation that wait for their results.
class OpenCalls {
 public:
  explicit OpenCalls(Findings& findings) : findings_(findings) {}

  // A call; its id must be new.
  void Call(const std::string& id, const std::string& path);

  // A result; a call must wait for it.
  void Result(const std::string& id, const std::string& path);

  // No call may wait here any more.
  void Close();

 private:
  Findings& findings_;
  std::set<std::string> known_;
  std::vector<std::pair<std::string, std::string>> open_;  // id, path
};

// Whether the object has the member, and not as null.
bool Has(const nlohmann::json& object, const char* name);

// "$.messages[3]".
std::string At(const std::string& path, size_t index);

}  // namespace copilot::fake_model
