// SPDX-License-Identifier: MIT
//
// An adapter that misbehaves as its first argument says, for runner_test.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "wire/message.h"

namespace {

using Json = nlohmann::json;

void Write(const std::string& line) { std::cout << line << "\n" << std::flush; }

void Flood() {
  const std::string line(1023, 'x');
  for (int i = 0; i < 4096; ++i) std::cerr << line << "\n";
}

Json Hello(const std::string& mode) {
  return {{"protocolVersion", mode == "wrong-version" ? 2 : 1},
          {"name", "test-adapter"},
          {"capabilities", {"attempt"}}};
}

// What the answer to `request` is; null for none at all.
Json ResultOf(const std::string& mode, const std::string& method) {
  if (method == "initialize") return Hello(mode);
  if (method != "attempt.run") return Json::object();
  if (mode == "die") std::_Exit(3);
  if (mode == "hang") return nullptr;
  if (mode == "garbage") Write("this is {no message");
  if (mode == "flood-stderr") Flood();
  return {{"assistantTexts", {"hello"}}};
}

void Answer(const std::string& mode, const std::string& line) {
  const Json request = Json::parse(line);
  const std::string id = request["id"].dump();
  const std::string method = request["method"];
  if (mode == "refuse") {
    return Write(copilot::wire::ErrorBody(id, {-32000, "not today", nullptr}));
  }
  const Json result = ResultOf(mode, method);
  if (result.is_null()) return;
  Write(copilot::wire::ResultBody(id, result.dump()));
  if (method == "shutdown") std::exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "good";
  std::string line;
  while (std::getline(std::cin, line)) Answer(mode, line);
  return 0;
}
