// SPDX-License-Identifier: MIT
#include "conformance/stage/server_process.h"

#include <sstream>
#include <utility>

namespace copilot::conformance {
namespace {

// What follows `mark`, up to a character that is none of these; empty while
// that character has not come.
std::string After(const std::string& text, const std::string& mark,
                  const char* characters) {
  const size_t at = text.find(mark);
  if (at == std::string::npos) return "";
  const size_t begin = at + mark.size();
  const size_t end = text.find_first_not_of(characters, begin);
  return end == std::string::npos ? "" : text.substr(begin, end - begin);
}

wire::ChildOptions ModelOptions(Stage& stage, const nlohmann::json& script) {
  const Sandbox& sandbox = stage.sandbox;
  sandbox.Write(sandbox.own("model.json"), sandbox.Expand(script).dump(2));
  wire::ChildOptions options;
  options.argv = {stage.settings.fake_model,
                  "--port",
                  "0",
                  "--script",
                  sandbox.own("model.json"),
                  "--record",
                  sandbox.own("model.jsonl")};
  return options;
}

}  // namespace

ServerProcess::ServerProcess(Loop& loop, wire::ChildOptions options,
                             const std::string& mark, const char* characters) {
  const std::string program = options.argv[0];
  auto spawned = wire::ChildProcess::Spawn(loop.io(), std::move(options));
  if (!spawned) throw EnvironmentFailed(spawned.error());
  child_ = std::move(*spawned);
  output_ = child_->TakeTransport();
  // Shared: the program may go on writing long after this.
  const auto text = std::make_shared<std::string>();
  const auto closed = std::make_shared<bool>(false);
  output_->Start([text](std::string_view bytes) { *text += bytes; },
                 [closed](const std::string&) { *closed = true; });
  loop.RunUntil("the first line of " + program, [&] {
    place_ = After(*text, mark, characters);
    return *closed || !place_.empty();
  });
  if (place_.empty()) {
    throw EnvironmentFailed(program + " did not start: " + *text +
                            child_->stderr_text());
  }
}

ModelProcess::ModelProcess(Stage& stage, const nlohmann::json& script)
    : stage_(stage),
      process_(stage.loop, ModelOptions(stage, script), "listening on ",
               "abcdefghijklmnopqrstuvwxyz0123456789:/.") {}

std::string ModelProcess::origin() const {
  return url().substr(0, url().find('/', url().find("//") + 2));
}

void ModelProcess::End() {
  process_.child().Kill();
  std::istringstream in(ReadFile(stage_.sandbox.own("model.jsonl")));
  std::string line;
  while (std::getline(in, line)) {
    auto request = nlohmann::json::parse(line, nullptr, false);
    if (request.is_object()) {
      stage_.evidence.model_requests.push_back(std::move(request));
    }
  }
}

}  // namespace copilot::conformance
