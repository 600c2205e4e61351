// SPDX-License-Identifier: MIT
//
// The host's configuration: JSON5, in which strings refer to variables of the
// environment as `${NAME}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/environment.h"
#include "harness/error.h"
#include "wire/secret.h"

namespace copilot::harness {

// A value. `document` holds credentials: show nothing of it that did not pass
// through Redacted().
struct Configuration {
  std::string file;  // for messages
  Json document;     // an object, with the references replaced
  // What must not be shown: keys, headers, and what variables held outside of
  // names and directories.
  std::vector<wire::Secret> secrets;

  // `text` with each secret replaced by its fingerprint.
  std::string Redacted(std::string text) const;
};

// Reads configuration from text. A name has upper-case letters, digits and `_`;
// `$${NAME}` stands for the text `${NAME}`; an object {source: "env", id} in
// the place of a key is a reference, too. Fails with code CONFIG: with the
// place for text that is no JSON5, and with the path and the name of every
// variable that is missing or empty.
Expected<Configuration> ParseConfiguration(std::string_view text,
                                           const std::string& file,
                                           const Environment& environment);

inline constexpr size_t kMostConfigurationBytes = size_t{2} << 20;

// The same from a file of at most kMostConfigurationBytes.
Expected<Configuration> LoadConfiguration(const std::string& path,
                                          const Environment& environment);

// `$.a["b c"][0]`: `parent` and one member more.
std::string MemberPath(const std::string& parent, std::string_view name);
std::string ElementPath(const std::string& parent, size_t index);

}  // namespace copilot::harness
