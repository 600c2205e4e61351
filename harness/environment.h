// SPDX-License-Identifier: MIT
//
// What the harness sees of the process it runs in. Replaceable, so that tests
// and adapters decide it; read anew at every use, so that a change takes effect
// with the next attempt. Implementations are thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace copilot::harness {

using Variables = std::map<std::string, std::string>;

class Environment {
 public:
  virtual ~Environment() = default;

  // The value of a variable; nothing when it is not set.
  virtual std::optional<std::string> Get(const std::string& name) const = 0;

  // What a child process inherits.
  virtual Variables All() const = 0;

  // The user's home directory; empty when the lookup fails.
  virtual std::string HomeDirectory() const = 0;

  virtual std::string CurrentDirectory() const = 0;
};

// Starts as a copy of the process's environment and can be changed.
class ProcessEnvironment : public Environment {
 public:
  ProcessEnvironment();

  // Nothing removes the variable.
  void Set(const std::string& name, std::optional<std::string> value);

  std::optional<std::string> Get(const std::string& name) const override;
  Variables All() const override;
  std::string HomeDirectory() const override;
  std::string CurrentDirectory() const override;

 private:
  mutable std::mutex mutex_;
  Variables variables_;
};

// `path` against `base`, without `.`, `..` and trailing separator.
std::string AbsolutePath(const std::string& path, const std::string& base);

}  // namespace copilot::harness
