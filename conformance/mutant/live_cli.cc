// SPDX-License-Identifier: MIT
#include "conformance/mutant/live_cli.h"

#include <cstdlib>
#include <stdexcept>

namespace copilot::conformance {

std::string MakeLiveCli(const Sandbox& sandbox, const std::string& fake_cli) {
  sandbox.Write(sandbox.own("live.json"), R"({"turns":[
      {"when":{"prompt":{"regex":"ready"}},"say":"ready"},
      {"when":{"prompt":{"regex":"Remember the word"}},"say":"noted"},
      {"when":{"prompt":{"regex":"Which word"}},"say":"kingfisher"},
      {"when":{"prompt":{"regex":"live_echo"}},"steps":[
        {"toolCall":{"name":"live_echo","arguments":{"text":"phase-1-green"},
                     "as":"echo"}},
        {"say":"{{echo.text}}"}]}]})");
  std::string cli = sandbox.own("copilot");
  const std::string command = "'" + fake_cli + "' wrap --out '" + cli +
                              "' --script '" + sandbox.own("live.json") +
                              "' --journal '" + sandbox.own("live.jsonl") + "'";
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("cannot make a CLI for live scenarios: " +
                             command);
  }
  return cli;
}

}  // namespace copilot::conformance
