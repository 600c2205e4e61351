// SPDX-License-Identifier: MIT
//
// The files of sessions that a client keeps for the CLI (sessionFs.*), in
// memory.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace copilot::conformance {

class KeptFiles {
 public:
  // Does what a request asks for, and returns its result. `operation` is the
  // method's name without "sessionFs.". What it does not know fails with
  // ENOSYS.
  nlohmann::json Answer(const std::string& operation,
                        const nlohmann::json& params);

  // Whether there is such a file.
  bool Has(const std::string& path) const { return files_.contains(path); }
  // Empty without one.
  std::string Content(const std::string& path) const;

 private:
  bool IsDirectory(const std::string& path) const;
  nlohmann::json Stat(const std::string& path) const;
  nlohmann::json List(const std::string& path, bool types) const;
  void Remove(const std::string& path);

  std::map<std::string, std::string> files_;
  std::set<std::string> directories_;
};

}  // namespace copilot::conformance
