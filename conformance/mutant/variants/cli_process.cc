// SPDX-License-Identifier: MIT
//
// The process: CLI-44, CLI-51 and CLI-52.
#include <algorithm>

#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

// A CLI that speaks over stdio ends with an exit code of 1.
Fault EndBadly() {
  Fault fault;
  fault.place = Place::kCli;
  fault.launch = [](Launch& launch, State&) {
    auto& argv = launch.argv;
    if (std::find(argv.begin(), argv.end(), "--stdio") == argv.end()) return;
    argv.insert(argv.begin(), {"/bin/sh", "-c", "\"$@\"; exit 1", "copilot"});
  };
  return fault;
}

// Comes before faults of CLIs on TCP alone.
Fault RememberTcp() {
  Fault fault;
  fault.place = Place::kCli;
  fault.launch = [](Launch& launch, State& state) {
    const auto& argv = launch.argv;
    state.memory["tcp"] =
        std::find(argv.begin(), argv.end(), "--stdio") == argv.end();
  };
  return fault;
}

bool IsOnTcp(const State& state) {
  const auto tcp = state.memory.find("tcp");
  return tcp != state.memory.end() && tcp->second == true;
}

}  // namespace

std::vector<Mutation> CliProcessMutations() {
  return {
      {"cli-protocol-2",
       {"CLI-44"},
       "connect answers with an old protocol version",
       {OnCliAnswer("connect", Set("protocolVersion", 2))}},
      {"cli-connect-without-release",
       {"CLI-44"},
       "connect does not tell the release",
       {OnCliAnswer("connect", Erase("version"))}},
      {"cli-version-unlike",
       {"CLI-44"},
       "status.get tells another release than connect",
       {OnCliAnswer("status.get", Set("version", "0.0.1"))}},
      {"cli-status-without-protocol",
       {"CLI-44"},
       "status.get does not tell the protocol version",
       {OnCliAnswer("status.get", Erase("protocolVersion"))}},
      {"cli-exit-code-1",
       {"CLI-51"},
       "the process ends with exit code 1",
       {EndBadly()}},
      {"cli-tcp-turn-without-message",
       {"CLI-52"},
       "over TCP, turns have no message of the assistant",
       {RememberTcp(), At(Place::kCli, Way::kUp,
                          [](Frame& frame, State& state) {
                            if (IsOnTcp(state) &&
                                frame.EventType() == "assistant.message") {
                              frame.Drop();
                            }
                          })}},
      {"cli-tcp-no-way-back",
       {"CLI-52"},
       "over TCP, a client that comes back does not find its session",
       {RememberTcp(), At(Place::kCli, Way::kUp,
                          [](Frame& frame, State& state) {
                            state.count += frame.Answers("connect");
                            if (!IsOnTcp(state) || state.count < 2 ||
                                !frame.Answers("session.resume")) {
                              return;
                            }
                            frame.message.erase("result");
                            frame.message["error"] = {
                                {"code", -32603},
                                {"message", "Session not found"}};
                          })}},
      {"cli-shutdown-goes-on",
       {"CLI-51"},
       "runtime.shutdown is answered, and the process goes on",
       {SkipCliRequest("runtime.shutdown", nullptr)}},
      {"cli-shutdown-unconfirmed",
       {"CLI-51"},
       "runtime.shutdown ends the process and fails",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (!frame.Answers("runtime.shutdown")) return;
             frame.message.erase("result");
             frame.message["error"] = {{"code", -32603},
                                       {"message", "Runtime is gone"}};
           })}},
  };
}

}  // namespace copilot::conformance
