// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace copilot::fake_cli {

struct WrapOptions {
  std::string program;  // absolute path of fake-copilot
  std::string out;
  std::string script;        // may be empty
  std::string journal;       // may be empty
  std::string emulate = "";  // a release; empty: the newest
};

// Writes an executable that is a fake CLI with script, journal and release
// baked in, for clients that start the CLI with an environment of their own.
// Fails with a text that names the file and the reason.
tl::expected<void, std::string> Wrap(const WrapOptions& options);

}  // namespace copilot::fake_cli
