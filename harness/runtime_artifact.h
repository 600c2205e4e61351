// SPDX-License-Identifier: MIT
//
// Binds work to the exact bytes of an SDK and the CLI that it starts, so that a
// host can tell whether they are still the same (harness spec 14.9).
#pragma once

#include <memory>
#include <string>

#include "harness/environment.h"
#include "harness/error.h"

namespace copilot::harness {

// Where the SDK is. Symbolic links are followed.
struct RuntimePackage {
  std::string directory;   // of the SDK's package
  std::string entry;       // the file that is loaded, below it
  std::string executable;  // the CLI that is packaged with it
};

// Equal for equal bytes at equal places.
struct RuntimeBinding {
  std::string id;           // copilot-sdk:<platform>:<entry>
  std::string fingerprint;  // "sha256:" and 64 hex characters

  friend bool operator==(const RuntimeBinding&,
                         const RuntimeBinding&) = default;
};

struct RuntimeCapture {
  Json connection;  // {kind: "stdio", path}
  RuntimeBinding binding;
};

// An SDK as it was when it was loaded. Thread-safe; reads files and blocks.
class RuntimeArtifact {
 public:
  // Fails when the package cannot be read.
  static Expected<RuntimeArtifact> Load(
      RuntimePackage package, std::shared_ptr<const Environment> environment);

  // Fails for what nobody can vouch for: another transport than stdio, another
  // CLI than the packaged one, an SDK that changed since it was loaded.
  Expected<RuntimeCapture> Capture() const;

  // Whether a capture of now would give `binding`.
  bool Validate(const RuntimeBinding& binding) const;

 private:
  RuntimeArtifact(RuntimePackage package,
                  std::shared_ptr<const Environment> environment,
                  std::string loaded);

  RuntimePackage package_;
  std::shared_ptr<const Environment> environment_;
  std::string loaded_;  // digest of the package
};

}  // namespace copilot::harness
