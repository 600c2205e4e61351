// SPDX-License-Identifier: MIT
//
// copilot-conformance: its commands are in commands/.
#include <signal.h>

#include "conformance/commands/command.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

constexpr char kFooter[] = R"(
Examples:
  copilot-conformance run
  copilot-conformance run 'auth/*' --adapter "node my-adapter.js"
  copilot-conformance adapter check -- node my-adapter.js
  copilot-conformance run --report junit=report.xml --report json=report.json
  copilot-conformance run --report html=report.html --report github=-
  copilot-conformance report html=all.html one.json another.json
  copilot-conformance run --target cli --cli path/to/copilot
  copilot-conformance run --expectations known-failures.json --retry-alone
  copilot-conformance run --shard 2/4 --report json=part-2.json
  copilot-conformance merge --report junit=report.xml part-*.json
  copilot-conformance shrink auth/env-order-all-four
  copilot-conformance show auth/env-openclaw-before-gh
  copilot-conformance check my/scenario.json
  copilot-conformance traces 'error-*' --all
  copilot-conformance run --target cli --schemas path/to/schemas
  copilot-conformance gaps path/to/new/schemas --since path/to/schemas

Exit codes: 0 everything that ran passed; 1 something failed; 2 wrong usage or
input, or nothing to run; 3 the environment is to blame: nothing could be
started.

A run that is interrupted (SIGINT, SIGTERM) reports what ran, and fails; a second
signal ends it at once.

Live scenarios need OPENCLAW_COPILOT_AGENT_LIVE_TOKEN and a real CLI (--cli, or
COPILOT_CLI_PATH), and are skipped without.
)";

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  Common common{DefaultScenarios()};
  int code = kPassed;
  CLI::App app("Judges Copilot agent harnesses and CLI releases.",
               "copilot-conformance");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.add_option("--scenarios", common.scenarios, "directory of scenarios");
  app.fallthrough();
  AddRun(app, common, &code);
  AddAdapter(app, common, &code);
  AddMerge(app, common, &code);
  AddShrink(app, common, &code);
  AddReport(app, common, &code);
  AddCatalogueCommands(app, common, &code);
  AddWireCommands(app, common, &code);
  AddCompletion(app, &code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kBadInput;
  }
  return code;
}

}  // namespace
}  // namespace copilot::conformance

int main(int argc, char** argv) {
  return copilot::conformance::Main(argc, argv);
}
