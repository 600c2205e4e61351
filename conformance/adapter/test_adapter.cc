// SPDX-License-Identifier: MIT
//
// An adapter that misbehaves as its first argument says, for runner_test. Each
// attempt says hello; `served` tells in how many scenarios the process has
// been, `home` where the current one lives.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "wire/message.h"

namespace {

using Json = nlohmann::json;

std::string mode = "good";
int served = 0;
std::string home;
std::string cli;
std::vector<std::string> held_back;  // answers

void Write(const std::string& line) { std::cout << line << "\n" << std::flush; }

void Flood() {
  const std::string line(1023, 'x');
  for (int i = 0; i < 4096; ++i) std::cerr << line << "\n";
}

bool Persistent() { return mode.rfind("persistent", 0) == 0; }

void Begin(const Json& params) {
  ++served;
  home = params["dirs"]["home"];
  cli = params["cli"]["path"];
}

Json Hello(const Json& params) {
  Begin(params);
  Json hello = {{"protocolVersion", mode == "wrong-version" ? 2 : 1},
                {"name", "test-adapter"},
                {"version", "1.2.3"},
                {"capabilities", {"attempt"}}};
  if (mode == "wrong-hello") hello.erase("name");
  if (Persistent()) hello["persistent"] = true;
  return hello;
}

// A CLI that nobody ends.
void LeaveCli() {
  if (fork() != 0) return;
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  execl(cli.c_str(), cli.c_str(), "--server", "--port", "0", nullptr);
  std::_Exit(1);
}

Json RunAttempt() {
  if (mode == "die") std::_Exit(3);
  if (mode == "persistent-dies" && served == 2) std::_Exit(3);
  if (mode == "persistent-leaves-cli") LeaveCli();
  if (mode == "hang") return nullptr;
  if (mode == "persistent-open" && served == 1) return nullptr;
  if (mode == "silent")
    return {{"aborted", false}, {"assistantTexts", Json::array()}};
  if (mode == "garbage") Write("this is {no message");
  if (mode == "flood-stderr") Flood();
  if (mode == "wrong-result") return {{"assistantTexts", "hello"}};
  return {{"aborted", false},
          {"assistantTexts", {"hello"}},
          {"served", served},
          {"home", home}};
}

// What the answer to a request is; null for none at all.
Json ResultOf(const std::string& method, const Json& params) {
  if (method == "initialize") return Hello(params);
  if (method == "scenario.begin") Begin(params);
  if (method == "attempt.run") return RunAttempt();
  return Json::object();
}

void Answer(const std::string& line) {
  const Json request = Json::parse(line);
  std::string id = request["id"].dump();
  const std::string method = request["method"];
  if (mode == "refuse") {
    return Write(copilot::wire::ErrorBody(id, {-32000, "not today", nullptr}));
  }
  const Json result = ResultOf(method, request.value("params", Json()));
  if (result.is_null()) return;
  const bool attempt = method == "attempt.run";
  if (mode == "unknown-id" && attempt) id = "\"" + id + "\"";
  const std::string answer = copilot::wire::ResultBody(id, result.dump());
  // The first attempt is answered after the second one.
  if (mode == "reverse" && attempt && held_back.empty()) {
    return held_back.push_back(answer);
  }
  Write(answer);
  if (mode == "twice" && attempt) Write(answer);
  if (mode == "reverse" && attempt) Write(held_back.front());
  if (method == "shutdown") std::exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) mode = argv[1];
  std::string line;
  while (std::getline(std::cin, line)) Answer(line);
  return 0;
}
