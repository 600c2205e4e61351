// SPDX-License-Identifier: MIT
//
// What the model answers (README.md): the document as data, and which answer is
// next.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "fake-model/answer.h"
#include "fake-model/models.h"
#include "fake-model/prompt.h"
#include "fake-model/users.h"
#include "wire/document.h"

namespace copilot::fake_model {

class Script {
 public:
  // A script without answers.
  Script() = default;

  // Reads and validates a file.
  static tl::expected<Script, wire::DocumentErrors> Load(
      const std::string& path);

  // The same from text; `name` stands in the messages.
  static tl::expected<Script, wire::DocumentErrors> Parse(
      std::string_view text, const std::string& name);

  // The answer for a request, counted as used: the first that its `when` picks
  // and that is not used up, else the next one without `when`, else "Hello from
  // the model.". Not thread-safe.
  Answer Next(const Prompt& prompt);

  const Users& users() const { return users_; }
  const Models& models() const { return models_; }

 private:
  struct Entry {
    nlohmann::json when;  // null: in order
    int left = 1;         // -1: any number
    Answer answer;
  };

  static tl::expected<Script, wire::DocumentErrors> Compile(
      const nlohmann::json& document, const std::string& name);

  std::vector<Entry> entries_;
  Users users_;
  Models models_;
};

}  // namespace copilot::fake_model
