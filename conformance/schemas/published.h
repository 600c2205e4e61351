// SPDX-License-Identifier: MIT
//
// The JSON Schemas that each release of the real CLI brings along: one for the
// methods (api.schema.json), one for the session events
// (session-events.schema.json). They are the vendor's and are only read where
// they are installed (docs/schemas.md).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>

namespace copilot::conformance {

// Who names more than the schemas do: nobody, or a CLI of another release.
enum class Strictness {
  kStrict,
  kLenient,  // members and frames that the schemas do not name are all right
};

class PublishedSchemas {
 public:
  // Where a schema stands in the document, e.g. "/results/session.send".
  using Pointers = std::map<std::string, std::string>;

  // Reads both files of `directory`. The error names the file.
  static tl::expected<PublishedSchemas, std::string> Load(
      const std::string& directory, Strictness strictness);

  // Both files as one schema of draft 7; every `$ref` leads to a place in it.
  const nlohmann::json& document() const { return document_; }
  bool lenient() const { return lenient_; }

  // Session events, by type.
  const Pointers& events() const { return events_; }
  // What the CLI is asked and answers, by method.
  const Pointers& params() const { return params_; }
  const Pointers& results() const { return results_; }
  // What the CLI asks or tells the client, and the client answers, by method.
  const Pointers& requests() const { return requests_; }
  const Pointers& answers() const { return answers_; }

  // The schema behind a pointer, and behind the `$ref` that stands there.
  const nlohmann::json& At(const std::string& pointer) const;
  const nlohmann::json& Followed(const nlohmann::json& schema) const;

 private:
  void AddApi(nlohmann::json api);
  void AddMethods(const nlohmann::json& node, bool of_client);
  // Of a method: `member` is "params" or "result".
  std::string AddSchema(const char* part, const std::string& method,
                        const nlohmann::json& node, const char* member);
  void AddEvents(nlohmann::json events);

  nlohmann::json document_ = nlohmann::json::object();
  bool lenient_ = false;
  Pointers events_;
  Pointers params_;
  Pointers results_;
  Pointers requests_;
  Pointers answers_;
};

}  // namespace copilot::conformance
