// SPDX-License-Identifier: MIT
//
// Why a document does not conform to a JSON Schema, in words for the person who
// wrote the document. The verdict itself is the validator's; this only explains
// it, so it knows the keywords that our schemas use and no more.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::wire {

struct SchemaComplaint {
  std::string path;     // "$.turns[2].say"
  std::string message;  // "expected string, got number 7"
  // How far the value is from what was meant; of several forms that a value
  // might have had, the nearest is talked about.
  int distance = 1;
  // The member of the object at `path` that is missing or unknown; empty for
  // other complaints.
  std::string member = {};
};

// All complaints, in the order of the document's schema; empty when none of the
// known keywords is to blame. `schema` is the root, where `#/…` leads.
std::vector<SchemaComplaint> ExplainMismatch(const nlohmann::json& schema,
                                             const nlohmann::json& value);

// The same for a `schema` inside of `root`.
std::vector<SchemaComplaint> ExplainMismatch(const nlohmann::json& root,
                                             const nlohmann::json& schema,
                                             const nlohmann::json& value);

// "$.a" and "b" make "$.a.b"; a name that is no identifier is put in brackets
// and quotes.
std::string MemberPath(const std::string& parent, const std::string& name);

}  // namespace copilot::wire
