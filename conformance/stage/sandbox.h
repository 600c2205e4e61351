// SPDX-License-Identifier: MIT
//
// What a scenario has for itself: a fresh directory with home, workspace, state
// and temp, and names for them in its texts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace copilot::conformance {

// Where sandboxes are: TMPDIR when it is set. Else memory, /dev/shm, when it
// has a GiB to spare and programs may run there: a scenario makes some forty
// files and directories, which on a disk takes as long as all the rest. Else
// /tmp.
std::string SandboxDirectory();

class Sandbox {
 public:
  // Makes the directories below SandboxDirectory. Throws std::runtime_error
  // when it cannot.
  Sandbox();
  // Removes them unless told to keep them.
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  void Keep() { keep_ = true; }

  const std::string& root() const { return root_; }
  std::string home() const { return root_ + "/home"; }
  std::string workspace() const { return root_ + "/workspace"; }
  std::string state() const { return root_ + "/state"; }
  std::string temp() const { return root_ + "/temp"; }
  // The runner's own files: script, journal, wrapper, records.
  std::string own(const std::string& name) const {
    return root_ + "/runner/" + name;
  }

  // Gives `${name}` a meaning beyond the directories.
  void Define(const std::string& name, const std::string& value);

  // `${home}` and so on replaced, in texts and in names of members.
  std::string Expand(const std::string& text) const;
  nlohmann::json Expand(const nlohmann::json& value) const;

  // Writes a file, with its directories. A null text with a path that ends in
  // a slash makes a directory.
  void Write(const std::string& path, const nlohmann::json& text) const;

 private:
  std::string root_;
  std::map<std::string, std::string> names_;
  bool keep_ = false;
};

std::string ReadFile(const std::string& path);

}  // namespace copilot::conformance
