// SPDX-License-Identifier: MIT
//
// `fake-copilot methods`: what the fake does with each method of the real
// CLI's API.
#pragma once

#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "fake-cli/methods/method.h"

namespace copilot::fake_cli {

// The methods that clients may call by the schemas that a release of the real
// CLI publishes; `directory` holds its api.schema.json. The error names the
// file.
tl::expected<std::set<std::string>, std::string> PublishedMethods(
    const std::string& directory);

// What the fake knows, and what it does not know of `published`. By name.
std::vector<KnownMethod> ListMethods(const std::set<std::string>& published);

// "full", "scripted", "stub", "absent".
std::string NameOf(Depth depth);

// A table for a terminal, with its counts in the last line.
std::string MethodTableText(const std::vector<KnownMethod>& methods,
                            bool colour);
// A line for each: depth, tab, name.
std::string MethodLines(const std::vector<KnownMethod>& methods);
// {"methods": [{"name", "depth"}], "counts": {…}}.
std::string MethodsJson(const std::vector<KnownMethod>& methods);

}  // namespace copilot::fake_cli
