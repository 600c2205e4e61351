// SPDX-License-Identifier: MIT
#include "conformance/mutant/proxy.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "conformance/mutant/meddler.h"
#include "conformance/mutant/relay.h"
#include "conformance/mutant/tcp_front.h"
#include "conformance/mutant/traffic.h"
#include "conformance/mutant/wrapper.h"
#include "conformance/stage/programs.h"
#include "wire/child_process.h"
#include "wire/transport.h"

extern char** environ;

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string ReadText(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class RealWorld : public World {
 public:
  explicit RealWorld(std::string shared) : shared_(std::move(shared)) {}

  void SetShared(const std::string& directory) { shared_ = directory; }
  const std::string& shared() const { return shared_; }

  std::string Read(const std::string& path) override { return ReadText(path); }

  void Write(const std::string& path, const std::string& text) override {
    std::error_code ignored;
    fs::create_directories(fs::path(path).parent_path(), ignored);
    std::ofstream(path) << text;
  }

  void Remove(const std::string& path) override {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }

  void Print(const std::string& line) override {
    std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
  }

  void Share(const std::string& name, const Json& value) override {
    if (shared_.empty()) return;
    const std::string path = PathOf(name);
    const std::string fresh = path + "." + std::to_string(getpid());
    Write(fresh, value.dump());
    std::error_code ignored;
    fs::rename(fresh, path, ignored);
  }

  Json Shared(const std::string& name) override {
    if (shared_.empty()) return {};
    const Json value = Json::parse(ReadText(PathOf(name)), nullptr, false);
    return value.is_discarded() ? Json() : value;
  }

 private:
  std::string PathOf(const std::string& name) const {
    return shared_ + "/mutant-" + name;
  }

  std::string shared_;
};

// The runner's own part of a sandbox, given its directory for temporary files:
// no scenario looks into it, and it is not searched for secrets.
std::string SharedBeside(const std::string& temp) {
  const fs::path shared = fs::path(temp).parent_path() / "runner";
  std::error_code ignored;
  return fs::is_directory(shared, ignored) ? shared.string() : temp;
}

// In front of a CLI that is under test itself.
std::string SharedOf(const ProxyOptions& options) {
  if (!options.shared.empty() || options.place == Place::kAdapter) {
    return options.shared;
  }
  const std::string temp = OwnVariable("TMPDIR");
  return temp.empty() ? "" : SharedBeside(temp);
}

// Our stdout is a pipe that others may have made non-blocking.
void WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait = {STDOUT_FILENO, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

Launch OwnLaunch(const std::vector<std::string>& command) {
  Launch launch;
  launch.argv = command;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    launch.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  launch.directory = fs::current_path();
  return launch;
}

std::vector<std::string> AsList(
    const std::map<std::string, std::string>& variables) {
  std::vector<std::string> list;
  for (const auto& [name, value] : variables) {
    list.push_back(name + "=" + value);
  }
  return list;
}

// Becomes the command: where there is no conversation on stdio.
int Become(const Launch& launch) {
  std::vector<std::string> variables = AsList(launch.environment);
  std::vector<std::string> arguments = launch.argv;
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  };
  if (chdir(launch.directory.c_str()) == 0) {
    execve(arguments.front().c_str(), pointers(arguments).data(),
           pointers(variables).data());
  }
  std::perror(("mutant-adapter: " + arguments.front()).c_str());
  return 3;
}

class Proxy {
 public:
  Proxy(const Mutation& mutation, const ProxyOptions& options)
      : mutation_(mutation),
        options_(options),
        world_(SharedOf(options)),
        recorder_(options.record),
        meddler_(mutation, options.place, world_),
        signals_(io_, SIGTERM, SIGINT) {}

  int Run() {
    Launch launch = OwnLaunch(options_.command);
    recorder_.Started(options_.place, launch);
    meddler_.Start(launch);
    if (options_.place == Place::kCli && !Has(launch, "--stdio")) {
      return Has(launch, "--headless") || Has(launch, "--server")
                 ? Serve(launch)
                 : Become(launch);
    }
    for (int i = 0; i < launch.processes; ++i) {
      if (!Spawn(launch, true)) return kCannotStart;
    }
    to_child_ = children_.front()->TakeTransport();
    relay_ = MakeRelay(
        [this](std::string frame) { to_child_->Send(std::move(frame)); },
        [](std::string frame) { WriteAll(frame); });
    if (options_.place == Place::kAdapter) {
      relay_->OnInitialize([this](Json& params) { FindPlaces(params); });
    }
    to_child_->Start(
        [this](std::string_view bytes) { relay_->FromChild(bytes); },
        [this](const std::string&) { ChildIsSilent(); });
    // Our stdout is written by WriteAll, and closed as the child closes its.
    to_us_ = wire::MakeFdTransport(io_, dup(STDIN_FILENO),
                                   open("/dev/null", O_WRONLY | O_CLOEXEC));
    to_us_->Start([this](std::string_view bytes) { relay_->FromUs(bytes); },
                  [this](const std::string&) {
                    to_child_->CloseWrite();
                    extra_.clear();
                  });
    return RunToItsEnd();
  }

 private:
  static constexpr int kCannotStart = 3;

  static bool Has(const Launch& launch, const char* argument) {
    return std::find(launch.argv.begin(), launch.argv.end(), argument) !=
           launch.argv.end();
  }

  std::unique_ptr<Relay> MakeRelay(Relay::Sink to_child, Relay::Sink to_us) {
    return std::make_unique<Relay>(options_.place, meddler_, recorder_,
                                   std::move(to_child), std::move(to_us));
  }

  // A CLI on TCP: nothing comes on stdin, and its stdout tells its port.
  int Serve(const Launch& launch) {
    if (!Spawn(launch, false)) return kCannotStart;
    TcpFront front(io_, [this](Relay::Sink to_child, Relay::Sink to_us) {
      return MakeRelay(std::move(to_child), std::move(to_us));
    });
    to_child_ = children_.front()->TakeTransport();
    to_child_->Start(
        [&](std::string_view bytes) { WriteAll(front.Printed(bytes)); },
        [this](const std::string&) { ChildIsSilent(); });
    return RunToItsEnd();
  }

  int RunToItsEnd() {
    children_.front()->OnExit([this](wire::ExitStatus status) {
      status_ = status;
      EndIfDone();
    });
    HandOnSignals();
    io_.run();
    return End();
  }

  void ChildIsSilent() {
    child_is_silent_ = true;
    close(STDOUT_FILENO);
    EndIfDone();
  }

  bool Spawn(const Launch& launch, bool pipe_stdin) {
    wire::ChildOptions options;
    options.pipe_stdin = pipe_stdin;
    options.argv = launch.argv;
    options.environment = AsList(launch.environment);
    options.working_directory = launch.directory;
    options.on_stderr = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stderr);
    };
    auto child = wire::ChildProcess::Spawn(io_, std::move(options));
    if (!child) {
      std::fprintf(stderr, "mutant-adapter: %s\n", child.error().c_str());
      return false;
    }
    children_.push_back(std::move(*child));
    if (children_.size() > 1) {
      extra_.push_back(children_.back()->TakeTransport());
    }
    return true;
  }

  void HandOnSignals() {
    signals_.async_wait([this](const std::error_code& error, int signal) {
      if (error) return;
      for (const auto& child : children_) child->Signal(signal);
      HandOnSignals();
    });
  }

  void EndIfDone() {
    if (child_is_silent_ && status_) io_.stop();
  }

  int End() {
    children_.clear();
    std::fflush(stderr);
    if (status_->signal != 0) {
      signals_.clear();
      signal(status_->signal, SIG_DFL);
      raise(status_->signal);
    }
    return status_->code;
  }

  // The directories of the scenario; and the harness gets a CLI that is this
  // program in front of the real one.
  void FindPlaces(Json& initialize) {
    const std::string temp = initialize["dirs"]["temp"];
    if (world_.shared().empty()) world_.SetShared(SharedBeside(temp));
    if (!mutation_.HasFaultAt(Place::kCli) && options_.record.empty()) return;
    const std::string wrapper = world_.shared() + "/mutant-cli";
    WriteMutantCli(
        wrapper, {fs::read_symlink("/proc/self/exe"), mutation_.name,
                  initialize["cli"]["path"], options_.record, world_.shared()});
    initialize["cli"]["path"] = wrapper;
  }

  const Mutation& mutation_;
  const ProxyOptions& options_;
  asio::io_context io_{1};
  RealWorld world_;
  TrafficRecorder recorder_;
  Meddler meddler_;
  asio::signal_set signals_;
  std::vector<std::unique_ptr<wire::ChildProcess>> children_;
  std::vector<std::unique_ptr<wire::Transport>> extra_;  // of the others
  std::unique_ptr<wire::Transport> to_child_;
  std::unique_ptr<wire::Transport> to_us_;
  std::unique_ptr<Relay> relay_;
  bool child_is_silent_ = false;
  std::optional<wire::ExitStatus> status_;
};

}  // namespace

int RunProxy(const Mutation& mutation, const ProxyOptions& options) {
  return Proxy(mutation, options).Run();
}

}  // namespace copilot::conformance
