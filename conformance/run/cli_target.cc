// SPDX-License-Identifier: MIT
//
// Scenarios for CLIs: scripted calls of a client, and a fake model behind the
// CLI. They run unchanged on the fake and on every real release.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "conformance/monitors/watch.h"
#include "conformance/run/target.h"
#include "conformance/stage/kept_files.h"
#include "conformance/stage/server_process.h"
#include "wire/peer.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kEndLimit(10000);
constexpr std::string_view kFiles = "sessionFs.";

class CliTarget : public Target, private wire::Peer::Handler {
 public:
  explicit CliTarget(Stage& stage) : stage_(stage) {}

  void SetUp() override {
    stage_.sandbox.Define("mcp", stage_.settings.fake_mcp);
    model_ = std::make_unique<ModelProcess>(
        stage_, stage_.scenario.given.value("model", Json::object()));
    stage_.sandbox.Define("model", model_->url());
    stage_.given = stage_.sandbox.Expand(stage_.scenario.given);
    for (const auto& [path, text] : Section(stage_.given, "files").items()) {
      stage_.sandbox.Write(path, text);
    }
    StartCli();
    Connect();
  }

  void Step(const Json& raw) override {
    const Json step = ResolveAll(raw, Bindings_());
    if (step.contains("call")) return Call(step);
    if (step.contains("turn")) return Turn(step);
    if (step.contains("await")) {
      const std::string name = step["await"];
      Wait("the end of " + name,
           [&] { return stage_.evidence.outcomes.contains(name); });
      return;
    }
    if (step.contains("waitFor")) {
      if (step["waitFor"].contains("exit")) return WaitForExit();
      Wait(Shown(step["waitFor"]),
           [&] { return stage_.Fulfilled(step["waitFor"]); });
      if (step.contains("as")) Remember(step);
      return;
    }
    if (step.contains("restart")) {
      EndCli();
      StartCli();
      Connect();
      return;
    }
    if (step.contains("reconnect")) {
      peer_.reset();
      Dial();
      Connect();
      return;
    }
    throw StepFailed("this step is not for a CLI");
  }

  void TearDown() override {
    EndCli();
    if (model_ != nullptr) model_->End();
  }

 private:
  Bindings Bindings_() const {
    Bindings bindings;
    for (const auto& [name, outcome] : stage_.evidence.outcomes) {
      bindings[name] = outcome.value;
    }
    return bindings;
  }

  // The event that was waited for is the step's result.
  void Remember(const Json& step) {
    const std::string type = step["waitFor"].value("event", "");
    const auto& events = stage_.evidence.events;
    const auto last = std::find_if(
        events.rbegin(), events.rend(),
        [&](const Json& event) { return event.value("type", "") == type; });
    if (last == events.rend()) throw StepFailed("only an event has a name");
    stage_.evidence.outcomes[step["as"]] = {true, *last};
  }

  template <typename Condition>
  void Wait(const std::string& what, Condition holds) {
    stage_.loop.RunUntil(what, [&] {
      if (!closed_.empty()) throw StepFailed("the CLI is gone: " + closed_);
      return holds();
    });
  }

  // Its stdin stays open: it ends by itself.
  void WaitForExit() {
    stage_.loop.RunUntil("the end of the CLI",
                         [&] { return cli_->exit_status().has_value(); });
  }

  std::vector<std::string> Environment() const {
    std::vector<std::string> environment = stage_.Environment();
    environment.push_back("COPILOT_HOME=" + stage_.sandbox.home() +
                          "/.copilot");
    environment.push_back("COPILOT_OFFLINE=true");
    environment.push_back("COPILOT_PROVIDER_BASE_URL=" +
                          stage_.sandbox.Expand(std::string("${model}")));
    environment.push_back("COPILOT_MODEL=gpt-4.1");
    if (!stage_.settings.cache.empty()) {
      environment.push_back("XDG_CACHE_HOME=" + stage_.settings.cache);
    }
    const Json spawn = stage_.given.value("spawn", Json::object());
    for (const auto& [name, value] : Section(spawn, "env").items()) {
      environment.push_back(name + "=" + value.get<std::string>());
    }
    return environment;
  }

  void StartCli() {
    const Json spawn = stage_.given.value("spawn", Json::object());
    const bool tcp = spawn.value("transport", "stdio") == "tcp";
    const std::string& cli = stage_.settings.cli;
    wire::ChildOptions options;
    if (cli.size() > 3 && cli.substr(cli.size() - 3) == ".js") {
      options.argv.push_back("node");
    }
    options.argv.insert(options.argv.end(),
                        {cli, "--headless", "--no-auto-update"});
    if (!tcp) options.argv.push_back("--stdio");
    for (const Json& argument : spawn.value("args", Json::array())) {
      options.argv.push_back(argument);
    }
    options.environment = Environment();
    options.working_directory = stage_.sandbox.workspace();
    options.pipe_stdin = !tcp;
    options.on_stderr = [this](std::string_view text) {
      stage_.evidence.stderr_text += text;
    };
    closed_.clear();
    stage_.evidence.log.Started(
        kCli, fmt::format("{}", fmt::join(options.argv, " ")));
    ++processes_;
    if (tcp) {
      servers_.push_back(std::make_unique<ServerProcess>(
          stage_.loop, std::move(options), "listening on port ", "0123456789"));
      port_ = std::stoi(servers_.back()->place());
      cli_ = servers_.back()->TakeChild();
      Dial();
      return;
    }
    auto child =
        wire::ChildProcess::Spawn(stage_.loop.io(), std::move(options));
    if (!child) throw EnvironmentFailed("the CLI: " + child.error());
    cli_ = std::move(*child);
    Adopt(cli_->TakeTransport());
  }

  void Dial() {
    auto transport = wire::DialTcp(stage_.loop.io(), "127.0.0.1", port_, 5000);
    if (!transport) throw EnvironmentFailed(transport.error());
    Adopt(std::move(*transport));
  }

  void Adopt(std::unique_ptr<wire::Transport> transport) {
    wire::Peer::Options options;
    const Link link = {processes_, ++connections_};
    options.tap = [this, link](bool incoming, std::string_view body) {
      stage_.evidence.log.Heard(incoming ? kCli : kRunner,
                                incoming ? kRunner : kCli, body);
      stage_.frames.push_back(
          FrameLine(incoming ? Party::kCli : Party::kClient, link, body));
    };
    peer_ = std::make_unique<wire::Peer>(stage_.loop.io(), std::move(transport),
                                         wire::MakeContentLengthFraming(),
                                         std::move(options));
    peer_->Start(this);
  }

  void Connect() {
    const Outcome hello = CallAndWait("connect", Json::object());
    if (!hello.ok) {
      throw EnvironmentFailed("the CLI refused connect: " + Shown(hello.value));
    }
    stage_.evidence.outcomes["connect"] = hello;
    stage_.evidence.implementation = kCopilotCli;
    stage_.evidence.implementation_version =
        StringMember(hello.value, "version");
  }

  void Send(const std::string& method, const Json& params,
            std::function<void(Outcome)> done) {
    peer_->Call(method, params.is_null() ? "" : params.dump(),
                [done = std::move(done)](const wire::RawResult& raw) {
                  if (raw) {
                    done({true, Json::parse(*raw, nullptr, false)});
                  } else {
                    done({false,
                          {{"code", raw.error().code},
                           {"message", raw.error().message}}});
                  }
                });
  }

  Outcome CallAndWait(const std::string& method, const Json& params) {
    // Shared: the answer may come after a failed wait.
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    Send(method, params,
         [outcome](Outcome came) { *outcome = std::move(came); });
    Wait("the answer to " + method, [&] { return outcome->has_value(); });
    return **outcome;
  }

  void Call(const Json& step) {
    const std::string method = step["call"];
    const std::string name = step.value("as", method);
    const Json params = step.value("params", Json());
    if (!step.value("background", false)) {
      stage_.evidence.outcomes[name] = CallAndWait(method, params);
      return;
    }
    Send(method, params, [this, name](Outcome outcome) {
      stage_.evidence.outcomes[name] = std::move(outcome);
    });
  }

  void Turn(const Json& step) {
    const size_t begin = stage_.evidence.events.size();
    const Outcome sent = CallAndWait("session.send", step["turn"]);
    const std::string name = step.value("as", "turn");
    if (!sent.ok) {
      stage_.evidence.outcomes[name] = sent;
      return;
    }
    const auto& events = stage_.evidence.events;
    Wait("session.idle", [&] {
      for (size_t i = begin; i < events.size(); ++i) {
        if (events[i].value("type", "") == "session.idle") return true;
      }
      return false;
    });
    Json came = Json::array();
    for (size_t i = begin; i < events.size(); ++i) came.push_back(events[i]);
    stage_.evidence.outcomes[name] = {
        true,
        {{"messageId", sent.value.value("messageId", Json())},
         {"events", std::move(came)}}};
  }

  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    const Json params = Json::parse(request.params, nullptr, false);
    stage_.evidence.notified.emplace_back(request.method, params);
    const Json client = stage_.given.value("client", Json::object());
    if (request.method.rfind(kFiles, 0) == 0 && client.contains("files")) {
      const std::string operation = request.method.substr(kFiles.size());
      const Json failing = client["files"].value(operation, Json());
      responder.Result(failing.is_null() ? files_.Answer(operation, params)
                                         : failing);
    } else if (request.method == "hooks.invoke" && client.contains("hooks")) {
      const Json output =
          client["hooks"].value(params.value("hookType", ""), Json());
      responder.Result(output.is_null() ? Json::object()
                                        : Json({{"output", output}}));
    } else if (client.contains(request.method)) {
      responder.Result(client[request.method]);
    } else {
      unanswered_.push_back(std::move(responder));
    }
  }

  void OnNotification(const wire::Message& notification) override {
    Json params = Json::parse(notification.params, nullptr, false);
    if (notification.method == "session.event" && params.is_object()) {
      stage_.evidence.events.push_back(params.value("event", Json::object()));
      Answer(params.value("sessionId", ""), stage_.evidence.events.back());
    }
    stage_.evidence.notified.emplace_back(notification.method,
                                          std::move(params));
  }

  // What the scenario's client does about tools, permissions and forms.
  void Answer(const std::string& session, const Json& event) {
    const Json client = stage_.given.value("client", Json::object());
    const Json data = event.value("data", Json::object());
    const std::string type = event.value("type", "");
    Json params = {{"sessionId", session},
                   {"requestId", data.value("requestId", Json())}};
    if (type == "external_tool.requested" && client.contains("external_tool")) {
      const Json result =
          client["external_tool"].value(data.value("toolName", ""), Json());
      if (result.is_null()) return;
      params["result"] = result;
      Send("session.tools.handlePendingToolCall", params,
           [](const Outcome&) {});
    }
    if (type == "permission.requested" && client.contains("permission")) {
      params["result"] = client["permission"];
      Send("session.permissions.handlePendingPermissionRequest", params,
           [](const Outcome&) {});
    }
    if (type == "elicitation.requested" && client.contains("elicitation")) {
      params["result"] = client["elicitation"];
      Send("session.ui.handlePendingElicitation", params,
           [](const Outcome&) {});
    }
  }

  void OnClosed(const std::string& reason) override { closed_ = reason; }

  void EndCli() {
    if (cli_ == nullptr) return;
    if (peer_ != nullptr) peer_->CloseWrite();
    if (port_ != 0) cli_->Signal(15);
    const bool ended = stage_.loop.RunFor(
        kEndLimit, [&] { return cli_->exit_status().has_value(); });
    if (ended) {
      stage_.evidence.exit = cli_->exit_status();
      stage_.evidence.log.Ended(kCli, cli_->exit_status()->ToString());
    } else {
      cli_->Kill();
    }
    peer_.reset();
    cli_.reset();
    port_ = 0;
  }

  Stage& stage_;
  std::unique_ptr<ModelProcess> model_;
  std::unique_ptr<wire::ChildProcess> cli_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;  // CLIs on TCP
  std::unique_ptr<wire::Peer> peer_;
  KeptFiles files_;  // if the client keeps them
  std::vector<wire::Responder> unanswered_;
  std::string closed_;
  int port_ = 0;
  int processes_ = 0;    // started so far
  int connections_ = 0;  // made so far
};

}  // namespace

std::unique_ptr<Target> MakeCliTarget(Stage& stage) {
  return std::make_unique<CliTarget>(stage);
}

}  // namespace copilot::conformance
