// SPDX-License-Identifier: MIT
#include "conformance/stage/wrapped_cli.h"

#include "wire/child_process.h"

namespace copilot::conformance {

std::string WrapFakeCli(Loop& loop, const Sandbox& sandbox,
                        const std::string& fake_cli,
                        const nlohmann::json& script) {
  const std::string file = sandbox.own("script.json");
  sandbox.Write(file, script.dump(2));
  wire::ChildOptions options;
  options.argv = {
      fake_cli,   "wrap", "--out",     sandbox.own("copilot"),
      "--script", file,   "--journal", sandbox.own("journal.jsonl")};
  auto child = wire::ChildProcess::Spawn(loop.io(), options);
  if (!child) throw EnvironmentFailed("the fake CLI: " + child.error());
  bool ended = false;
  (*child)->OnExit([&](wire::ExitStatus) { ended = true; });
  loop.RunUntil("fake-copilot wrap", [&] { return ended; });
  if ((*child)->exit_status()->code != 0) {
    throw EnvironmentFailed("given.cli: " + (*child)->stderr_text());
  }
  return sandbox.own("copilot");
}

}  // namespace copilot::conformance
