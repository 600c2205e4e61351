// SPDX-License-Identifier: MIT
//
// The harness in a program of one's own, with two tools that the model may use.
//   harness-example CLI PROMPT
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>

#include "harness/harness.h"

namespace {

using copilot::harness::AbortSignal;
using copilot::harness::Expected;
using copilot::harness::Fail;
using copilot::harness::HostTool;
using copilot::harness::Json;

Json Text(const std::string& text) {
  return {{"content", {{{"type", "text"}, {"text", text}}}}};
}

// Counts the words of a text: a tool without state.
HostTool CountWords() {
  HostTool tool;
  tool.name = "count_words";
  tool.description = "Counts the words of a text.";
  tool.parameters = {{"type", "object"},
                     {"properties", {{"text", {{"type", "string"}}}}},
                     {"required", {"text"}}};
  tool.execute = [](const std::string&, const Json& arguments,
                    const AbortSignal&) -> Expected<Json> {
    std::istringstream in(arguments.value("text", ""));
    int words = 0;
    for (std::string word; in >> word;) ++words;
    return Text(std::to_string(words));
  };
  return tool;
}

// Notes that outlive a turn. Tools run on worker threads, several at a time.
class Notes {
 public:
  HostTool Tool() {
    HostTool tool;
    tool.name = "note";
    tool.description =
        "Keeps a note under a name and tells how many there are.";
    tool.parameters = {
        {"type", "object"},
        {"properties",
         {{"name", {{"type", "string"}}}, {"text", {{"type", "string"}}}}},
        {"required", {"name", "text"}}};
    tool.execute = [this](const std::string&, const Json& arguments,
                          const AbortSignal&) -> Expected<Json> {
      const std::string name = arguments.value("name", "");
      // The model is told, and may try again.
      if (name.empty()) return Fail("a note needs a name");
      const std::lock_guard lock(mutex_);
      notes_[name] = arguments.value("text", "");
      return Text(std::to_string(notes_.size()));
    };
    return tool;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> notes_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: harness-example CLI PROMPT\n", stderr);
    return 2;
  }
  // A CLI that ends while it is written to must not end this program.
  std::signal(SIGPIPE, SIG_IGN);
  Notes notes;  // outlives the harness, whose destructor waits for the tools

  copilot::harness::HarnessOptions options;
  options.cli.path = argv[1];
  copilot::harness::Harness harness(std::move(options));

  copilot::harness::AttemptParams params;
  params.session_id = "example";
  params.provider = "github-copilot";
  params.model_id = "gpt-4.1";
  params.prompt = argv[2];
  params.timeout_ms = 60000;

  copilot::harness::AttemptHost host;
  host.tools = {CountWords(), notes.Tool()};

  const auto result = harness.RunAttempt(params, host);
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    return 1;
  }
  for (const std::string& text : result->assistant_texts) {
    std::printf("%s\n", text.c_str());
  }
  if (!result->prompt_error) return result->timed_out ? 1 : 0;
  std::fprintf(stderr, "%s\n", result->prompt_error->message.c_str());
  return 1;
}
