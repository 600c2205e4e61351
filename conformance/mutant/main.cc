// SPDX-License-Identifier: MIT
//
// mutant-adapter: a proxy that breaks what passes through it in one way.
//   mutant-adapter NAME adapter COMMAND…   between the runner and an adapter
//   mutant-adapter NAME cli COMMAND…       between a harness and the CLI
#include <signal.h>
#include <sys/stat.h>

#include <asio/io_context.hpp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "conformance/mutant/mutation.h"
#include "wire/child_process.h"
#include "wire/framing.h"
#include "wire/transport.h"

extern char** environ;

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

class Proxy {
 public:
  Proxy(const Mutation& mutation, bool is_cli)
      : mutation_(mutation),
        is_cli_(is_cli),
        from_us_(MakeFraming()),
        from_child_(MakeFraming()) {}

  int Run(const std::vector<std::string>& command) {
    wire::ChildOptions options;
    options.argv = command;
    options.environment = Environment();
    options.on_stderr = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stderr);
    };
    auto child = wire::ChildProcess::Spawn(io_, std::move(options));
    if (!child) {
      std::fprintf(stderr, "mutant-adapter: %s\n", child.error().c_str());
      return 3;
    }
    to_child_ = (*child)->TakeTransport();
    to_us_ = wire::MakeStdioTransport(io_);
    int code = 0;
    (*child)->OnExit([&](wire::ExitStatus status) {
      code = status.code;
      io_.stop();
    });
    to_child_->Start(
        [this](std::string_view bytes) {
          Pass(bytes, *from_child_, *to_us_, false);
        },
        [](const std::string&) {});
    to_us_->Start(
        [this](std::string_view bytes) {
          Pass(bytes, *from_us_, *to_child_, true);
        },
        [this](const std::string&) { to_child_->CloseWrite(); });
    io_.run();
    return code;
  }

 private:
  std::unique_ptr<wire::Framing> MakeFraming() const {
    return is_cli_ ? wire::MakeContentLengthFraming() : wire::MakeLineFraming();
  }

  std::vector<std::string> Environment() const {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      const size_t equals = text.find('=');
      variables[text.substr(0, equals)] = text.substr(equals + 1);
    }
    if (mutation_.environ && !is_cli_) mutation_.environ(variables);
    std::vector<std::string> list;
    for (const auto& [name, value] : variables) {
      list.push_back(name + "=" + value);
    }
    return list;
  }

  void Pass(std::string_view bytes, wire::Framing& framing, wire::Transport& to,
            bool to_child) {
    framing.Append(bytes);
    while (const auto body = framing.Next()) {
      if (!*body) return;
      Json message = Json::parse(**body, nullptr, false);
      if (message.is_object() && !Apply(message, to_child)) continue;
      std::string frame;
      framing.Encode(message.is_object() ? message.dump() : std::string(**body),
                     &frame);
      to.Send(std::move(frame));
    }
  }

  // False drops the message.
  bool Apply(Json& message, bool to_child) {
    if (is_cli_) {
      return !to_child || !mutation_.to_cli ||
             mutation_.to_cli(message, state_);
    }
    if (to_child) {
      Observe(message);
      return !mutation_.to_adapter || mutation_.to_adapter(message, state_);
    }
    if (!message.contains("method") && message.contains("id")) {
      message["$method"] = state_.methods[message["id"].dump()];
    }
    const bool pass =
        !mutation_.from_adapter || mutation_.from_adapter(message, state_);
    message.erase("$method");
    return pass;
  }

  void Observe(Json& message) {
    const std::string method = message.value("method", "");
    if (message.contains("id")) {
      state_.methods[message["id"].dump()] = method;
    }
    if (method == "initialize") {
      state_.dirs = message["params"]["dirs"];
      if (mutation_.to_cli) InterposeCli(message["params"]["cli"]);
    }
    if (method == "attempt.run" || method == "session.compact") {
      state_.params = message["params"]["params"];
    }
  }

  // The harness gets a CLI that is this program in front of the real one.
  void InterposeCli(Json& cli) {
    const std::string wrapper =
        state_.dirs["temp"].get<std::string>() + "/mutant-cli";
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    std::ofstream(wrapper) << "#!/bin/sh\nexec '" << self << "' "
                           << mutation_.name << " cli '"
                           << cli["path"].get<std::string>() << "' \"$@\"\n";
    chmod(wrapper.c_str(), 0755);
    cli["path"] = wrapper;
  }

  const Mutation& mutation_;
  const bool is_cli_;
  asio::io_context io_{1};
  std::unique_ptr<wire::Framing> from_us_;
  std::unique_ptr<wire::Framing> from_child_;
  std::unique_ptr<wire::Transport> to_child_;
  std::unique_ptr<wire::Transport> to_us_;
  MutantState state_;
};

}  // namespace
}  // namespace copilot::conformance

int main(int argc, char** argv) {
  using copilot::conformance::FindMutation;
  signal(SIGPIPE, SIG_IGN);
  const auto* mutation = argc > 3 ? FindMutation(argv[1]) : nullptr;
  if (mutation == nullptr) {
    std::fputs("usage: mutant-adapter NAME adapter|cli COMMAND…\n", stderr);
    return 2;
  }
  return copilot::conformance::Proxy(*mutation,
                                     std::strcmp(argv[2], "cli") == 0)
      .Run(std::vector<std::string>(argv + 3, argv + argc));
}
