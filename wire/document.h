// SPDX-License-Identifier: MIT
//
// JSON documents that people write: scripts, scenarios, configuration. They may
// hold comments, are checked against a JSON Schema, and every complaint names
// the file, the line or JSON path, what stands there and what was expected.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::wire {

struct DocumentError {
  std::string file;
  int line = 0;         // from 1; 0 when the place is a path
  std::string path;     // "$.turns[2].say"; empty when the place is a line
  std::string message;  // "expected string, got number 7"

  // "script.json:12: …" or "script.json: $.turns[2].say: …".
  std::string ToString() const;
};

using DocumentErrors = std::vector<DocumentError>;

// A compiled JSON Schema (draft 7). Thread-safe once made.
class Schema {
 public:
  // `text` must be a valid schema: it is ours. Throws std::logic_error if not.
  explicit Schema(std::string_view text);
  ~Schema();
  Schema(Schema&&) noexcept;

  // All complaints about `value`; empty when it conforms. `file` is only for
  // the messages.
  DocumentErrors Validate(const nlohmann::json& value,
                          const std::string& file) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

// Parses text with comments; duplicate keys are errors.
tl::expected<nlohmann::json, DocumentErrors> ParseDocument(
    std::string_view text, const std::string& file);

// Reads, parses and, when `schema` is given, validates.
tl::expected<nlohmann::json, DocumentErrors> LoadDocument(
    const std::string& path, const Schema* schema = nullptr);

}  // namespace copilot::wire
