// SPDX-License-Identifier: MIT
//
// What the CLI tells of the git repository that a session works in.
#pragma once

#include <string>

namespace copilot::fake_cli {

struct GitContext {
  std::string root;        // empty: no repository
  std::string repository;  // "owner/name" of the remote "origin"
  std::string host;        // "github.com"
  std::string branch;      // empty on a detached head

  // "github"; empty for other hosts.
  std::string host_type() const { return host == "github.com" ? "github" : ""; }
};

// Reads the files of git itself, of `directory` or of the nearest one above.
GitContext ReadGitContext(const std::string& directory);

}  // namespace copilot::fake_cli
