// SPDX-License-Identifier: MIT
//
// Finds the Copilot CLI where nobody names one. A host in JavaScript looks for
// the SDK (harness spec 4.4); what a host in C++ needs is the CLI that the SDK
// would start, so it is looked for in the same order:
//
//   1. the one that was configured, or `copilot` beside the program,
//   2. <state>/npm-runtime/copilot/node_modules, if that directory exists;
//      <state> is OPENCLAW_STATE_DIR, or ~/.openclaw,
//   3. COPILOT_CLI_PATH,
//   4. `copilot` in PATH.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "harness/cli_connection.h"
#include "harness/environment.h"
#include "harness/error.h"

namespace copilot::harness {

// Thread-safe.
class CliDiscovery {
 public:
  // `configured` is a path, or empty; then `copilot` in `beside`, a directory,
  // or nowhere when that is empty, too.
  CliDiscovery(std::shared_ptr<const Environment> environment,
               std::string configured, std::string beside);

  // What was found once is found for good. A failure is not remembered, so that
  // a CLI that is installed later is found without a restart. Fails with code
  // COPILOT_SDK_MISSING and a text that tells how to reinstall, where it looked
  // and what was wrong there.
  Expected<CliTarget> Locate();

 private:
  const std::shared_ptr<const Environment> environment_;
  const std::string configured_;
  const std::string beside_;
  std::mutex mutex_;
  std::optional<CliTarget> found_;
};

// The file that the first directory of `path`, which is as PATH, has under
// `name` for this user to run; empty when none has.
std::string FindInPath(const std::string& name, const std::string& path);

// The directory of the running program; empty when it is unknown.
std::string ProgramDirectory();

}  // namespace copilot::harness
