// SPDX-License-Identifier: MIT
//
// mutant-adapter: a proxy that breaks what passes through it in one way.
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/mutant/mutation.h"
#include "conformance/mutant/proxy.h"
#include "conformance/mutant/wrapper.h"

namespace copilot::conformance {
namespace {

constexpr char kUsage[] =
    R"(usage: mutant-adapter [--record FILE] [--shared DIRECTORY] VARIANT PLACE COMMAND…
       mutant-adapter wrap VARIANT CLI OUT
       mutant-adapter list

PLACE is adapter (between the runner and an adapter) or cli (in front of a
CLI). The variant "none" breaks nothing. wrap writes a program that is a broken
CLI:
  mutant-adapter wrap cli-idle-early bin/fake-copilot ./copilot
  copilot-conformance run --target cli --cli ./copilot

Exit codes: that of the command; 2 wrong usage; 3 it could not be started.
)";

int Usage(const std::string& problem) {
  std::fprintf(stderr, "mutant-adapter: %s\n%s", problem.c_str(), kUsage);
  return 2;
}

int Wrap(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) return Usage("wrap needs VARIANT, CLI and OUT");
  if (FindMutation(arguments[1]) == nullptr) {
    return Usage("there is no variant \"" + arguments[1] + "\"");
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string cli = std::filesystem::absolute(arguments[2]);
  if (!WriteMutantCli(arguments[3], {self, arguments[1], cli, "", ""})) {
    std::perror(("mutant-adapter: " + arguments[3]).c_str());
    return 3;
  }
  return 0;
}

int List() {
  for (const Mutation& mutation : Mutations()) {
    std::printf("%-32s", mutation.name.c_str());
    for (const std::string& id : mutation.clauses) {
      std::printf(" %s", id.c_str());
    }
    std::printf("  %s\n", mutation.what.c_str());
  }
  return 0;
}

int Main(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments[0] == "wrap") return Wrap(arguments);
  if (!arguments.empty() && arguments[0] == "list") return List();
  ProxyOptions options;
  while (arguments.size() > 1 &&
         (arguments[0] == "--record" || arguments[0] == "--shared")) {
    (arguments[0] == "--record" ? options.record : options.shared) =
        arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.size() < 3) return Usage("too few arguments");
  const Mutation* mutation = FindMutation(arguments[0]);
  if (mutation == nullptr) {
    return Usage("there is no variant \"" + arguments[0] + "\"");
  }
  if (arguments[1] != "adapter" && arguments[1] != "cli") {
    return Usage("PLACE is adapter or cli, not \"" + arguments[1] + "\"");
  }
  options.place = arguments[1] == "cli" ? Place::kCli : Place::kAdapter;
  options.command.assign(arguments.begin() + 2, arguments.end());
  return RunProxy(*mutation, options);
}

}  // namespace
}  // namespace copilot::conformance

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  return copilot::conformance::Main({argv + 1, argv + argc});
}
