// SPDX-License-Identifier: MIT
#include "harness/cli_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <mutex>
#include <utility>

#include "harness/cli_session.h"
#include "harness/uuid.h"

namespace copilot::harness {
namespace {

constexpr int kProtocolVersion = 3;
constexpr Milliseconds kHandshakeLimit{60000};
constexpr Milliseconds kShutdownLimit{10000};
constexpr char kTokenVariable[] = "COPILOT_SDK_AUTH_TOKEN";

class CliClient : public SdkClient {
 public:
  CliClient(CliWorld world, ClientOptions options)
      : world_(std::move(world)), options_(std::move(options)) {}
  ~CliClient() override { ForceStop(); }

  Expected<std::shared_ptr<SdkSession>> CreateSession(
      const SessionConfig& config) override {
    const std::string id = RandomUuid();
    return Open("session.create", id, CreateParams(config, id), config);
  }

  Expected<std::shared_ptr<SdkSession>> ResumeSession(
      const std::string& session_id, const SessionConfig& config) override {
    return Open("session.resume", session_id, ResumeParams(config, session_id),
                config);
  }

  Status DeleteSession(const std::string& session_id) override;
  std::vector<Error> Stop() override;
  void ForceStop() override;

 private:
  using Connection = std::shared_ptr<CliConnection>;

  Expected<Connection> EnsureStarted();
  Status Handshake(CliConnection& connection);
  Connection Current() const;
  Expected<std::shared_ptr<SdkSession>> Open(const char* method,
                                             const std::string& id,
                                             const Json& params,
                                             const SessionConfig& config);

  const CliWorld world_;
  const ClientOptions options_;
  std::mutex start_mutex_;  // held while starting
  mutable std::mutex mutex_;
  Connection connection_;
  bool stopped_ = false;
};

CliClient::Connection CliClient::Current() const {
  const std::lock_guard lock(mutex_);
  return connection_;
}

Expected<CliClient::Connection> CliClient::EnsureStarted() {
  const std::lock_guard starting(start_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return Fail("Client was stopped");
    if (connection_ && !connection_->closed()) return connection_;
  }
  const std::string& path = world_.target.path;
  if (!world_.target.is_server() && path.find('/') != std::string::npos &&
      access(path.c_str(), F_OK) != 0) {
    return Fail("Copilot CLI not found at " + path +
                    ". Set COPILOT_CLI_PATH to use a custom installation.",
                "COPILOT_CLI_MISSING");
  }
  auto connection =
      CliConnection::Open(world_.loop, MakeLaunch(world_, options_));
  if (!connection) return connection;
  if (Status status = Handshake(**connection); !status) {
    (*connection)->Kill();
    return Fail(status.error());
  }
  const std::lock_guard lock(mutex_);
  connection_ = *connection;
  return connection_;
}

Status CliClient::Handshake(CliConnection& connection) {
  auto answer = connection.Call(
      "connect", {{"supportedTaskKinds", {"agent", "client", "shell"}}},
      kHandshakeLimit);
  if (!answer && (answer.error().rpc_code == wire::kMethodNotFound ||
                  answer.error().message == "Unhandled method connect")) {
    answer = connection.Call("ping", Json::object(), kHandshakeLimit);
  }
  if (!answer) return Fail(answer.error());
  const std::string_view raw = wire::RawMember(*answer, "protocolVersion");
  const Json version = Json::parse(raw.begin(), raw.end(), nullptr, false);
  if (!version.is_number_integer()) {
    return Fail(fmt::format(
        "SDK protocol version mismatch: SDK supports versions {0}-{0}, but "
        "server does not report a protocol version. Please update your server "
        "to ensure compatibility.",
        kProtocolVersion));
  }
  if (version.get<int>() != kProtocolVersion) {
    return Fail(fmt::format(
        "SDK protocol version mismatch: SDK supports versions {0}-{0}, but "
        "server reports version {1}. Please update your SDK or server to "
        "ensure compatibility.",
        kProtocolVersion, version.get<int>()));
  }
  return {};
}

Expected<std::shared_ptr<SdkSession>> CliClient::Open(
    const char* method, const std::string& id, const Json& params,
    const SessionConfig& config) {
  auto connection = EnsureStarted();
  if (!connection) return Fail(connection.error());
  // Registered first, because events may come before the answer.
  auto session =
      CliSession::Make(*connection, world_.clock, world_.executor, id, config);
  auto answer = (*connection)->Call(method, params);
  if (!answer) {
    session->Forget();
    return Fail(answer.error());
  }
  const std::string returned =
      wire::RawString(wire::RawMember(*answer, "sessionId"));
  if (returned != id) {
    session->Forget();
    return Fail(
        returned.empty()
            ? fmt::format("{} response did not include a sessionId", method)
            : fmt::format("{} returned sessionId {} but the caller "
                          "requested {}",
                          method, returned, id));
  }
  if (!config.options.is_null()) {
    Json patch = config.options;
    patch["sessionId"] = id;
    // A session that is not restricted as asked must not be used.
    if (const auto updated =
            (*connection)->Call("session.options.update", patch);
        !updated) {
      (void)session->Disconnect();
      return Fail(updated.error());
    }
  }
  return session;
}

Status CliClient::DeleteSession(const std::string& session_id) {
  const Connection connection = Current();
  if (!connection || connection->closed()) return Fail("Client not connected");
  const auto answer =
      connection->Call("session.delete", {{"sessionId", session_id}});
  if (!answer) return Fail(answer.error());
  if (wire::RawMember(*answer, "success") != "true") {
    std::string error = wire::RawString(wire::RawMember(*answer, "error"));
    if (error.empty()) error = "Unknown error";
    return Fail("Failed to delete session " + session_id + ": " + error);
  }
  return {};
}

std::vector<Error> CliClient::Stop() {
  const std::lock_guard starting(start_mutex_);
  Connection connection;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return {};
    stopped_ = true;
    connection.swap(connection_);
  }
  if (!connection) return {};
  std::vector<Error> errors;
  if (!connection->closed() && !connection->is_server()) {
    const auto answer =
        connection->Call("runtime.shutdown", Json::object(), kShutdownLimit);
    // CLIs before 1.0.61 do not know the method and end with their stdin; one
    // that is gone already needs no shutdown.
    if (!answer && answer.error().rpc_code != wire::kMethodNotFound &&
        answer.error().rpc_code != wire::kConnectionClosed) {
      errors.push_back(Error{
          "Failed to gracefully shut down runtime: " + answer.error().message,
          "", answer.error().rpc_code, 0});
    }
  }
  for (Error& error : connection->End()) errors.push_back(std::move(error));
  return errors;
}

void CliClient::ForceStop() {
  Connection connection;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    connection.swap(connection_);
  }
  if (connection) connection->Kill();
}

class CliClientFactory : public ClientFactory {
 public:
  explicit CliClientFactory(CliWorld world) : world_(std::move(world)) {}

  Expected<std::shared_ptr<SdkClient>> Create(
      const ClientOptions& options) override {
    if (!world_.target.is_server() && world_.target.path.empty()) {
      return Fail(
          "No Copilot CLI: give a path or an address, set COPILOT_CLI_PATH, or "
          "put `copilot` into PATH.",
          "COPILOT_CLI_MISSING");
    }
    return MakeCliClient(world_, options);
  }

 private:
  const CliWorld world_;
};

}  // namespace

CliLaunch MakeLaunch(const CliWorld& world, const ClientOptions& options) {
  CliLaunch launch;
  launch.target = world.target;
  launch.flags = {"--headless", "--no-auto-update", "--stdio"};
  launch.environment = world.environment->All();
  launch.environment.erase("NODE_DEBUG");
  if (!options.github_token.empty()) {
    launch.flags.push_back("--auth-token-env");
    launch.flags.push_back(kTokenVariable);
    launch.environment[kTokenVariable] = options.github_token.Reveal();
  }
  if (!options.use_logged_in_user) launch.flags.push_back("--no-auto-login");
  if (!options.base_directory.empty()) {
    launch.environment["COPILOT_HOME"] = options.base_directory;
  }
  if (options.client_mode == kEmptyMode) {
    launch.environment["COPILOT_DISABLE_KEYTAR"] = "1";
  }
  launch.working_directory = world.environment->CurrentDirectory();
  launch.token = options.github_token;
  launch.on_stderr = world.on_stderr;
  return launch;
}

std::shared_ptr<SdkClient> MakeCliClient(CliWorld world,
                                         ClientOptions options) {
  return std::make_shared<CliClient>(std::move(world), std::move(options));
}

std::shared_ptr<ClientFactory> MakeCliClientFactory(CliWorld world) {
  return std::make_shared<CliClientFactory>(std::move(world));
}

}  // namespace copilot::harness
